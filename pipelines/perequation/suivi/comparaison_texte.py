"""`perequation comparer`: what changed since the last publication, in French."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perequation.presentation.lexique import CODES
from perequation.socle.dossier import Dossier
from perequation.socle.fichiers import write_csv
from perequation.socle.manifeste import moment, read_manifeste
from perequation.suivi.comparaison import Comparaison, compare_publications

if TYPE_CHECKING:
    import polars as pl

LIMITE = 40
_MARQUES = ("provisoire", "a_verifier")
_CHAMPS = {
    "candidat": "candidat",
    "decision_finale": "décision finale",
    "decision_calculee": "proposition calculée",
    "decision_apres_controle": "après contrôle",
    "decision_jury": "jury, premier groupe",
    "decision_jury_controle": "jury, après contrôle",
    "moyenne_generale": "moyenne générale",
    "moyenne_professionnelle": "moyenne professionnelle",
    "moyenne_finale": "moyenne après contrôle",
    "points": "points",
    "coefficients": "coefficients",
    "provisoire": "provisoire",
    "a_verifier": "à vérifier",
    "note": "note",
    "code": "code",
    "etape": "étape",
    "mode": "mode",
    "centre": "centre",
    "commission": "commission",
    "rejet": "règle de rejet",
}


def run_comparison(dossier: Dossier, *, tout: bool = False) -> Iterator[str]:
    """Compare, write `exports/comparaison.csv`, and yield what changed line by line.

    Parameters
    ----------
    dossier
        A published session folder.
    tout
        List every change, not the first forty of each kind.
    """
    comparaison = compare_publications(dossier)
    if comparaison is None:
        yield (
            "Cette session n'a été publiée qu'une fois : il n'y a pas de publication précédente "
            "à laquelle la comparer."
        )
        return
    yield f"Avant : {moment(dossier.precedent)}. Maintenant : {moment(dossier.entrepot)}."
    yield from _inputs(dossier)
    if comparaison.est_vide:
        yield "Aucun résultat et aucune note n'ont changé."
    else:
        yield from _changes(comparaison, LIMITE if not tout else None)
    yield from _quality(comparaison.qualite)
    yield f"Toutes les différences : {_write_changes(comparaison, dossier).relative_to(dossier.racine)}"


def _write_changes(comparaison: Comparaison, dossier: Dossier) -> Path:
    """Write every change as CSV: a row per candidate, épreuve and field."""
    import polars as pl

    lignes = pl.concat([comparaison.candidats, comparaison.notes], how="diagonal")
    colonnes = ["session", "specialite", "numero_candidat", "epreuve", "groupe", "champ", "avant"]
    path = dossier.exports / "comparaison.csv"
    write_csv(path, lignes.select(*colonnes, "apres"))
    return path


def _inputs(dossier: Dossier) -> Iterator[str]:
    """Yield which inputs the two publications were not made from alike."""
    avant = read_manifeste(dossier.precedent) or {}
    apres = read_manifeste(dossier.entrepot) or {}
    anciens, nouveaux = _hashes(avant), _hashes(apres)
    for quoi, fichiers in (
        ("modifié", {f for f in nouveaux if anciens.get(f, nouveaux[f]) != nouveaux[f]}),
        ("ajouté", set(nouveaux) - set(anciens)),
        ("retiré", set(anciens) - set(nouveaux)),
    ):
        yield from (f"Fichier {quoi} : {fichier}" for fichier in sorted(fichiers))
    for key, phrase in (
        ("session_toml", "session.toml a changé."),
        ("reglements", "Les règlements du dossier ont changé."),
        ("perequation", "La version de perequation a changé."),
    ):
        if avant.get(key) != apres.get(key):
            yield phrase


def _hashes(manifeste: dict[str, Any]) -> dict[str, str]:
    return {e["fichier"]: e["sha256"] for e in manifeste.get("entrees", ())}


def _changes(comparaison: Comparaison, limite: int | None) -> Iterator[str]:
    import polars as pl

    candidats, notes = comparaison.candidats, comparaison.notes
    presences = candidats.filter(pl.col("champ") == "candidat")
    resultats = candidats.filter(pl.col("champ") != "candidat")
    decisions = resultats.filter(pl.col("champ") == "decision_finale").height
    yield (
        f"Candidats : {_many(presences['apres'].count(), 'ajouté')}, "
        f"{_many(presences['avant'].count(), 'retiré')}, "
        f"{resultats['numero_candidat'].n_unique()} au résultat différent "
        f"(dont {_many(decisions, 'décision finale', 'décisions finales')})."
    )
    epreuves = notes.select("specialite", "numero_candidat", "epreuve", "groupe").n_unique()
    yield (
        f"Notes : {_many(epreuves, 'différente')}, chez "
        f"{_many(notes['numero_candidat'].n_unique(), 'candidat')} "
        f"({_fields(notes) or 'aucun champ'})."
    )
    # What is decided of someone is never cut short, and comes before what is only a figure.
    decide = pl.col("champ").str.starts_with("decision") | (pl.col("champ") == "candidat")
    marque = pl.col("champ").is_in(_MARQUES)
    yield from _listing("Décisions", _once(candidats.filter(decide)), None)
    yield from _listing("Moyennes et points", candidats.filter(~decide, ~marque), limite)
    yield from _listing("Notes", notes, limite)
    yield from _listing("Provisoires et à vérifier", candidats.filter(marque), limite)


def _once(decisions: "pl.DataFrame") -> "pl.DataFrame":
    """Say once of a candidate the same change of the proposal and of what follows from it."""
    import polars as pl

    apart = ["session", "specialite", "numero_candidat", "avant", "apres"]
    return decisions.group_by(apart, maintain_order=True).agg(pl.first("champ"))


def _fields(notes: "pl.DataFrame") -> str:
    comptes = (
        notes.group_by("champ", maintain_order=True)
        .len()
        .sort("len", "champ", descending=[True, False])
    )
    return ", ".join(f"{_CHAMPS[champ]} {n}" for champ, n in comptes.iter_rows())


def _listing(titre: str, lignes: "pl.DataFrame", limite: int | None) -> Iterator[str]:
    if lignes.is_empty():
        return
    montrees = lignes if limite is None else lignes.head(limite)
    yield ""
    yield titre
    yield from _align(_row(ligne) for ligne in montrees.iter_rows(named=True))
    if montrees.height < lignes.height:
        rest = lignes.height - montrees.height
        yield f"  … et {rest} autres lignes (--tout les montre, comparaison.csv les a toutes)."


def _row(ligne: dict[str, Any]) -> tuple[str, ...]:
    epreuve = ligne.get("epreuve") or ""
    if ligne.get("groupe") == "controle":
        epreuve += " (contrôle)"
    avant, apres = (ligne[cote] or "–" for cote in ("avant", "apres"))
    champ = _CHAMPS[ligne["champ"]]
    if ligne["champ"].startswith("decision"):
        avant, apres = (CODES.get(valeur, valeur) for valeur in (avant, apres))
    return (ligne["specialite"], ligne["numero_candidat"], epreuve, champ, f"{avant} → {apres}")


def _align(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    rows = list(rows)
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    kept = [i for i, width in enumerate(widths) if width]
    for row in rows:
        yield "  " + "  ".join(row[i].ljust(widths[i]) for i in kept).rstrip()


def _quality(qualite: "pl.DataFrame") -> Iterator[str]:
    """Yield how many rows were read and rejected, then the rules whose count moved."""
    import polars as pl

    lignes = {
        regle: (avant, apres)
        for nature, regle, avant, apres in qualite.iter_rows()
        if nature == "import"
    }
    yield ""
    yield "Qualité : " + ", ".join(
        f"{nom} {avant} → {apres}"
        for nom, (avant, apres) in (
            ("lignes lues", lignes["lignes_lues"]),
            ("rejetées", lignes["lignes_rejetees"]),
        )
    )
    changees = qualite.filter(
        pl.col("nature") != "import", pl.col("avant") != pl.col("apres")
    ).sort("nature", "regle")
    yield from (
        f"  {nature} {regle} : {avant} → {apres}"
        for nature, regle, avant, apres in changees.iter_rows()
    )


def _many(count: int, word: str, pluriel: str = "") -> str:
    return f"{count} {(pluriel or word + 's') if count > 1 else word}"
