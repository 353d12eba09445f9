"""`perequation etat`: where a session folder stands, from what is in it."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

import polars as pl

from perequation.socle import publication
from perequation.socle.dossier import Dossier, reserve_of
from perequation.socle.en_vigueur import read_remaining
from perequation.socle.entrepot import open_read_only, read_mart
from perequation.socle.erreurs import ConfigurationError
from perequation.socle.fichiers import list_visible
from perequation.socle.formats import format_count, format_percent, free_spaces
from perequation.socle.manifeste import moment, read_manifeste, sha256_of
from perequation.suivi.calendrier import next_step

_PAPIERS = {
    "Compte rendu de la réunion": "reunion/compte_rendu.html",
    "Procès-verbal du jury": "jury/proces_verbal.html",
}


def describe(dossier: Dossier) -> Iterator[str]:
    """Yield what a session folder holds and what to do next, in French, line by line."""
    session = dossier.configuration.session
    yield f"{session.titre} ({', '.join(session.specialites)})"
    if dossier.construction.is_file():
        page = dossier.rejets / "10_qualite.html"
        voir = f" Ce qui bloque : {page}" if page.is_file() else ""
        yield f"Le dernier import n'a pas été publié.{voir}"
    manifeste = read_manifeste(dossier.entrepot)
    if manifeste is None:
        yield f"Aucun résultat publié. Lancez : perequation executer {dossier.racine}"
        return
    yield (
        f"Résultats publiés le {moment(dossier.entrepot)} "
        f"par perequation {manifeste['perequation']}."
    )
    if not publication.is_as_published(dossier):
        yield f"Attention : {dossier.entrepot.name} a été modifié depuis sa publication."
    yield from (f"  {ligne}" for ligne in summarise(dossier))
    yield from (f"  {free_spaces(ligne)}" for ligne in next_step(dossier))
    yield from list_changes(dossier)
    rapports = [path.name for path in list_visible(dossier.rapports, "*.html")]
    yield f"Rapports : {', '.join(rapports) if rapports else 'aucun, lancez perequation editer'}"


def summarise(dossier: Dossier) -> Iterator[str]:
    """Yield one line of key figures per spécialité, then the alerts of the whole session."""
    total = read_mart(dossier.entrepot, "reussite", maille="total")
    for ligne in total.iter_rows(named=True):
        yield free_spaces(
            f"{ligne['specialite']} {ligne['session']} : "
            f"{format_count(ligne['inscrits'], 'inscrit')}, "
            f"{format_count(ligne['presents'], 'présent')}, "
            f"{format_count(ligne['admis'], 'admis', 'admis')} "
            f"(dont {ligne['admis_controle']} après contrôle), "
            f"{ligne['controle']} en attente de décision, {_rate(ligne)}"
        )
    yield free_spaces(f"À regarder : {', '.join(_alerts(dossier))}")
    if reserve := reserve_of(dossier):
        yield f"Réserve : {free_spaces(reserve)}"


def _rate(total: Mapping[str, Any]) -> str:
    """Say the rate, and how many it doesn't know yet; with nobody decided there is none."""
    known = any(total[name] for name in ("admis", "controle", "refuses", "elimines"))
    rate = (
        f"taux {format_percent(total['taux_reussite'])} des présents"
        if known
        else "taux pas encore connu"
    )
    left = format_count(total["incomplets"], "incomplet ou en cours", "incomplets ou en cours")
    return f"{left}, {rate}" if total["incomplets"] else rate


def conclude(dossier: Dossier) -> Iterator[str]:
    """Yield what a whole run ends with: the results, what to look at, what comes next, what to open."""
    with open_read_only(dossier.entrepot):  # kept open: it is read many times
        yield from summarise(dossier)
        yield from (free_spaces(ligne) for ligne in next_step(dossier))
    for nom, page in _PAPIERS.items():
        if (dossier.sortie / page).is_file():
            yield f"{nom} : {dossier.sortie / page}"
    index = dossier.rapports / "index.html"
    yield f"À ouvrir : {index if index.is_file() else dossier.exports}"


def _alerts(dossier: Dossier) -> Iterator[str]:
    rejets = read_mart(dossier.entrepot, "bilan_import")["lignes_rejetees"].sum()
    yield format_count(int(rejets), "ligne rejetée", "lignes rejetées")
    manques = read_mart(dossier.entrepot, "controle_qualite", reussi=False)
    avertissements = manques.filter(pl.col("gravite") == "avertissement").height
    yield format_count(avertissements, "avertissement")
    resultats = read_mart(dossier.entrepot, "resultat_candidat", a_verifier=True).height
    yield format_count(resultats, "résultat à vérifier", "résultats à vérifier")
    if restants := read_remaining(dossier.entrepot):
        yield str(restants)


def require_current(dossier: Dossier, sauf: Collection[str] = ()) -> None:
    """Stop when what is decided on is not what the inputs say any more.

    Parameters
    ----------
    dossier
        A session folder.
    sauf
        The kinds of inputs that change nothing of it.

    Raises
    ------
    ConfigurationError
        With one line per input that changed since the last computation.
    """
    motifs = [motif for kind in sauf for motif in getattr(dossier.configuration.donnees, kind)]
    changes = [
        ligne
        for fichier, ligne in _changes(dossier)
        if not any(PurePosixPath(fichier.lower()).match(motif.lower()) for motif in motifs)
    ]
    if changes:
        raise ConfigurationError(
            "Des fichiers ont changé depuis le dernier calcul : ce qui est proposé n'est plus à jour. "
            f"Lancez d'abord : perequation executer {dossier.racine}",
            changes,
        )


def list_changes(dossier: Dossier) -> Iterator[str]:
    """Yield the inputs that are not those of the publication any more."""
    return (ligne for _, ligne in _changes(dossier))


def _changes(dossier: Dossier) -> Iterator[tuple[str, str]]:
    manifeste = read_manifeste(dossier.entrepot)
    if manifeste is None:
        return
    publies = {e["fichier"]: e["sha256"] for e in manifeste["entrees"]}
    presents = {path.relative_to(dossier.racine).as_posix(): path for path in dossier.inputs()}
    modifies = [f for f, p in presents.items() if f in publies and sha256_of(p) != publies[f]]
    for quoi, fichiers in (
        ("modifié", modifies),
        ("nouveau", sorted(set(presents) - set(publies))),
        ("disparu", sorted(set(publies) - set(presents))),
    ):
        yield from ((f, f"Fichier {quoi} depuis la publication : {f}") for f in fichiers)
    if sha256_of(dossier.racine / "session.toml") != manifeste["session_toml"]:
        yield "session.toml", "session.toml a changé depuis la publication."
