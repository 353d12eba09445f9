"""Read the filled-in file back: by the rules of the import, and against what the rules propose."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import duckdb
import polars as pl

from perequation.ingestion.correction import SorteDeDecision, file_decisions
from perequation.ingestion.fichiers import list_files
from perequation.ingestion.hors_dossier import import_one_file, read_all_filed
from perequation.jury.dossier import NOM, prepared_files
from perequation.presentation.lexique import DANS_UNE_PHRASE
from perequation.socle import couches, entrepot
from perequation.socle.dossier import Dossier
from perequation.socle.erreurs import BlockingQualityError, MissingInputError
from perequation.socle.fichiers import write_csv
from perequation.socle.filled_file import Depot, only_filled_in
from perequation.socle.formats import format_count
from perequation.socle.ressources import ressource

_LUES = "staging.decision_jury_lue"
_CHARGEES = "staging.decision_jury"
_CLE = ["numero_candidat", "specialite", "session", "etape"]
_SORTE = SorteDeDecision(
    NOM,
    tuple(_CLE),
    ("decision", "livret", "motif"),
    "des candidats sont déjà décidés",
    lambda row: f"{row['numero_candidat']} est déjà décidé",
    "jury verifier",
)
_PUBLIEES = (
    "staging.candidat",
    "staging.candidat_ecarte",
    "reference.specialite",
    "reference.alias_epreuve",
    "reference.epreuve",
    "reference.session",
    "reference.regime",
    "reference.regle_decision",
)
_LIMITES = ("intermediate.decision_jury", "intermediate.limite_jury")
# What the limits of a jury are judged on, as the results keep it.
_PROPOSITIONS = """
    create table intermediate.decision_calculee as
    select numero_candidat, specialite, session, regle, decision_calculee
    from publie.marts.resultat_candidat"""


@dataclass(frozen=True)
class Relecture:
    """What was found in a file of decisions.

    Attributes
    ----------
    decisions
        The lines with a decision: columns of the contract as text, and ligne.
    nb_vides
        Lines not filled in.
    constats
        ligne, numero_candidat, gravite (faute, a_voir), regle, message.
    """

    decisions: pl.DataFrame
    nb_vides: int
    constats: pl.DataFrame

    @property
    def fautes(self) -> pl.DataFrame:
        """What must be corrected."""
        return self.constats.filter(gravite="faute")

    @property
    def a_voir(self) -> pl.DataFrame:
        """What the jury may well have meant."""
        return self.constats.filter(gravite="a_voir")


def check_decisions(
    dossier: Dossier, fichier: Path | None = None, auteur: str = "", *, corrige: bool = False
) -> Depot:
    """Check a filled-in file; when it has no fault, file it where `session.toml` reads it.

    Parameters
    ----------
    dossier
        A session folder whose results are published.
    fichier
        CSV or workbook; by default that of the files prepared which was filled in last.
    auteur
        Who typed the decisions; kept beside each, with the time.
    corrige
        What the file says otherwise takes the place of what was filed, which is kept aside.

    Returns
    -------
    Depot
        What became of it; decisions that contradict the proposal are in its lines.

    Raises
    ------
    MissingInputError
        There is no such file, or no result to check against.
    BlockingQualityError
        Every fault is told with its line, also in `rejets/`; nothing else is written.
    """
    path = fichier or only_filled_in(
        dossier,
        prepared_files(dossier),
        "Aucun fichier de décisions préparé. Lancez d'abord : perequation jury preparer DOSSIER",
        partial(is_blank, dossier),
    )
    relecture = read_decisions(dossier, path)
    if corrige:
        autres = relecture.constats.filter(pl.col("regle") != "deja_decide")
        relecture = replace(relecture, constats=autres)
    _write_findings(dossier, path, relecture)
    if not relecture.fautes.is_empty():
        nombre = format_count(relecture.fautes.height, "faute")
        raise BlockingQualityError(f"{path.name} : {nombre} à corriger.", _lines(relecture.fautes))
    if relecture.decisions.is_empty():
        return Depot(path, None, 0, (f"{path.name} : aucune décision n'y est écrite encore.",))
    est_entree = _name_in(dossier, path) in {e.nom for e in list_files(dossier, NOM)}
    depot = (
        Depot(path, None, 0, ("Ce fichier est déjà une entrée de la session.",))
        if est_entree
        else file_decisions(
            dossier,
            _SORTE,
            path,
            relecture.decisions,
            read_recorded(dossier),
            auteur=auteur,
            corrige=corrige,
        )
    )
    return replace(
        depot,
        lignes=(*_summary(path, relecture), *depot.lignes),
        nominatives=tuple(f"  - {texte}" for texte in _lines(relecture.a_voir)),
    )


def read_recorded(dossier: Dossier) -> pl.DataFrame:
    """Return the decisions that the inputs hold now.

    Returns
    -------
    polars.DataFrame
        The columns of ``staging.decision_jury_lue``, and saisi_par, saisi_le.
    """
    with entrepot.open_read_only(dossier.entrepot) as publie:
        candidats = entrepot.read_relation(publie, "staging.candidat")
    recognise = partial(_recognise_numbers, candidats=candidats)
    return read_all_filed(dossier, NOM, _LUES, recognise)


def _recognise_numbers(con: duckdb.DuckDBPyConnection, candidats: pl.DataFrame) -> None:
    """Have numbers repaired after those of the published candidates."""
    con.register("connus", candidats.select("numero_candidat").to_arrow())
    con.execute("insert into raw.candidats by name select numero_candidat from connus")


def is_blank(dossier: Dossier, path: Path) -> bool:
    """Say whether nothing at all was decided in a file, which may then be prepared again."""
    relecture = read_decisions(dossier, path)
    return relecture.decisions.is_empty() and relecture.fautes.is_empty()


def read_decisions(dossier: Dossier, path: Path) -> Relecture:
    """Read a file of decisions and list what is to correct or to confirm."""
    if not dossier.entrepot.is_file():
        raise MissingInputError(
            "Cette session n'a pas encore de résultats à quoi comparer les décisions. "
            "Lancez d'abord : perequation executer DOSSIER"
        )
    requete = ressource("sql", "jury", "constat.sql").read_text(encoding="utf-8")
    with entrepot.open_scratch(dossier.entrepot) as con:
        for relation in _PUBLIEES:
            con.execute(f"create view {relation} as select * from publie.{relation}")
        import_one_file(con, dossier, path, NOM)
        _recognise_numbers(con, entrepot.read_relation(con, "staging.candidat"))
        fichier = _name_in(dossier, path)
        con.execute(_PROPOSITIONS)
        couches.build_missing(con, [_CHARGEES])
        # A decision is judged beside those the session already has.
        con.execute(
            f"insert into {_CHARGEES} by name select * from publie.{_CHARGEES} "
            f"where fichier is distinct from ? and ({', '.join(_CLE)}) not in "
            f"(select ({', '.join(_CLE)}) from {_LUES} where numero_candidat is not null)",
            [fichier],
        )
        couches.build_relations(con, _LIMITES)
        parametres = {
            "fichier": fichier,
            "codes": list(DANS_UNE_PHRASE),
            "mots": list(DANS_UNE_PHRASE.values()),
        }
        constats = con.sql(requete, params=parametres).pl()
        lues = entrepot.read_relation(con, _LUES).sort("ligne")
    vides = pl.all_horizontal(
        pl.col(nom).is_null() for nom in ("decision_lue", "livret_lu", "motif")
    )
    remplies = lues.filter(~vides).with_columns(livret_examine="livret")
    return Relecture(remplies, lues.height - remplies.height, constats)


def _name_in(dossier: Dossier, path: Path) -> str:
    """Return the name the file has as an input of the session, its own name elsewhere."""
    absolu = path.resolve()
    if absolu.is_relative_to(dossier.racine):
        return absolu.relative_to(dossier.racine).as_posix()
    return absolu.name


def _write_findings(dossier: Dossier, path: Path, relecture: Relecture) -> None:
    target = dossier.rejets / "decisions_jury_relues.csv"
    lignes = relecture.constats.select(pl.lit(path.name).alias("fichier"), pl.all())
    write_csv(target, lignes)


def _lines(constats: pl.DataFrame) -> Iterator[str]:
    for row in constats.iter_rows(named=True):
        debut = f"ligne {row['ligne']} : " if row["ligne"] else ""
        qui = row["numero_candidat"]
        deja_dit = qui is None or f"« {qui} »" in row["message"]
        yield debut + ("" if deja_dit else f"{qui}, ") + row["message"].rstrip(".")


def _summary(path: Path, relecture: Relecture) -> Iterator[str]:
    comptes = relecture.decisions.group_by("etape", "decision").len().sort("etape", "decision")
    detail = ", ".join(
        f"{DANS_UNE_PHRASE[decision]}{' après contrôle' if etape == 'controle' else ''} : {n}"
        for etape, decision, n in comptes.iter_rows()
    )
    lues = format_count(relecture.decisions.height, "décision")
    yield f"{path.name} : aucune faute ; {lues}" + (f" ({detail})." if detail else ".")
    if relecture.nb_vides:
        vides = format_count(relecture.nb_vides, "ligne laissée vide", "lignes laissées vides")
        yield f"{vides} : la proposition y reste."
    if not relecture.a_voir.is_empty():
        nombre = format_count(relecture.a_voir.height, "décision ne suit", "décisions ne suivent")
        yield (
            f"À savoir : {nombre} pas la proposition ; rien d'autre à confirmer, le jury est "
            "souverain."
        )
