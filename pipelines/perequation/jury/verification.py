"""Read the filled-in file back: by the rules of the import, and against what the rules propose."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from perequation.ingestion.fichiers import list_files
from perequation.ingestion.hors_dossier import import_one_file
from perequation.jury.preparation import NOM, jury_folder, write_decisions
from perequation.presentation.lexique import DANS_UNE_PHRASE
from perequation.socle import entrepot
from perequation.socle.dossier import Dossier
from perequation.socle.erreurs import BlockingQualityError, MissingInputError
from perequation.socle.fichiers import within, write_csv
from perequation.socle.filled_file import file_back, place_it
from perequation.socle.formats import format_count
from perequation.socle.ressources import ressource

_A_CONSTRUIRE = ("staging.decision_jury_lue", "staging.rejet_decision_jury")
_PUBLIEES = (
    "staging.candidat",
    "staging.candidat_ecarte",
    "reference.specialite",
    "reference.session",
)


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


def check_decisions(dossier: Dossier, chemin: Path, auteur: str = "") -> list[str]:
    """Check a filled-in file; when it has no fault, file it where `session.toml` reads it.

    Parameters
    ----------
    dossier
        A session folder whose results are published.
    chemin
        CSV or workbook.
    auteur
        Who typed the decisions; kept beside each, with the time.

    Returns
    -------
    list of str
        Lines for the user; decisions that contradict the proposal are listed.

    Raises
    ------
    MissingInputError
        There is no such file, or no result to check against.
    BlockingQualityError
        Every fault is told with its line, also in `rejets/`; nothing else is written.
    """
    relecture = read_decisions(dossier, chemin)
    _write_findings(dossier, chemin, relecture)
    if not relecture.fautes.is_empty():
        nombre = format_count(relecture.fautes.height, "faute")
        raise BlockingQualityError(
            f"{chemin.name} : {nombre} à corriger.", _lines(relecture.fautes)
        )
    if relecture.decisions.is_empty():
        return [f"{chemin.name} : aucune décision n'y est écrite encore."]
    if _name_in(dossier, chemin) in {e.nom for e in list_files(dossier, NOM)}:
        return [*_summary(chemin, relecture), "Ce fichier est déjà une entrée de la session."]
    return [*_summary(chemin, relecture), *_file(dossier, relecture.decisions, auteur)]


def _file(dossier: Dossier, decisions: pl.DataFrame, auteur: str) -> Iterator[str]:
    """File the checked decisions where `session.toml` reads them."""
    globs = dossier.configuration.donnees.decisions_jury
    classee = file_back(
        dossier, globs, f"{NOM}.csv", lambda path: write_decisions(path, decisions, auteur)
    )
    if classee is None:
        copie = jury_folder(dossier) / f"{NOM}_verifiees.csv"
        write_decisions(copie, decisions, auteur)
        yield place_it(dossier, NOM, globs, copie)
    else:
        yield f"Classées dans {within(dossier, classee)}, que session.toml lit."
    yield "Ensuite : perequation executer DOSSIER"


def read_decisions(dossier: Dossier, chemin: Path) -> Relecture:
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
        import_one_file(con, dossier, chemin, NOM)
        # Numbers are repaired after those of the published candidates.
        con.execute(
            "insert into raw.candidats by name select numero_candidat from staging.candidat"
        )
        entrepot.build_missing(con, _A_CONSTRUIRE)
        parametres = {
            "fichier": _name_in(dossier, chemin),
            "codes": list(DANS_UNE_PHRASE),
            "mots": list(DANS_UNE_PHRASE.values()),
        }
        constats = con.sql(requete, params=parametres).pl()
        lues = entrepot.read_relation(con, _A_CONSTRUIRE[0]).sort("ligne")
    vides = pl.all_horizontal(
        pl.col(nom).is_null() for nom in ("decision_lue", "livret_lu", "motif")
    )
    remplies = lues.filter(~vides).with_columns(
        livret_examine=pl.col("est_livret_examine").replace_strict(
            {True: "O", False: "N"}, default=None, return_dtype=pl.String
        )
    )
    return Relecture(remplies, lues.height - remplies.height, constats)


def _name_in(dossier: Dossier, chemin: Path) -> str:
    """Return the name the file has as an input of the session, its own name elsewhere."""
    absolu = chemin.resolve()
    if absolu.is_relative_to(dossier.racine):
        return absolu.relative_to(dossier.racine).as_posix()
    return absolu.name


def _write_findings(dossier: Dossier, chemin: Path, relecture: Relecture) -> None:
    path = dossier.rejets / "decisions_jury_relues.csv"
    lignes = relecture.constats.select(pl.lit(chemin.name).alias("fichier"), pl.all())
    write_csv(path, lignes)


def _lines(constats: pl.DataFrame) -> Iterator[str]:
    for row in constats.iter_rows(named=True):
        debut = f"ligne {row['ligne']} : " if row["ligne"] else ""
        qui = row["numero_candidat"]
        deja_dit = qui is None or f"« {qui} »" in row["message"]
        yield debut + ("" if deja_dit else f"{qui}, ") + row["message"].rstrip(".")


def _summary(chemin: Path, relecture: Relecture) -> Iterator[str]:
    comptes = relecture.decisions.group_by("etape", "decision").len().sort("etape", "decision")
    detail = ", ".join(
        f"{DANS_UNE_PHRASE[decision]}{' après contrôle' if etape == 'controle' else ''} : {n}"
        for etape, decision, n in comptes.iter_rows()
    )
    lues = format_count(relecture.decisions.height, "décision")
    yield f"{chemin.name} : aucune faute ; {lues}" + (f" ({detail})." if detail else ".")
    if relecture.nb_vides:
        vides = format_count(relecture.nb_vides, "ligne laissée vide", "lignes laissées vides")
        yield f"{vides} : la proposition y reste."
    if not relecture.a_voir.is_empty():
        yield "À confirmer : ces décisions ne suivent pas la proposition (le jury est souverain)."
        yield from (f"  - {texte}" for texte in _lines(relecture.a_voir))
