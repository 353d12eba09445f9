"""CCF templates of a session folder: made from its roster, followed from what came back.

Only the files these need are read, from `donnees/` as it is now: templates go out before any mark
has come in, and their return is followed between two publications.
"""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

import duckdb

from perequation import entrepot
from perequation.configuration import Dossier
from perequation.erreurs import ConfigurationError, MissingInputError
from perequation.ingestion.fichiers import FichierEntree, list_files
from perequation.ingestion.importation import import_entries
from perequation.ingestion.modele import read_template
from perequation.ingestion.modele_ccf import write_templates
from perequation.ingestion.suivi_ccf import Suivi, follow_templates
from perequation.presentation.formats import format_count
from perequation.referentiel import create_reference
from perequation.reglement import load_reglements

# The most urgent first.
_ETATS = ("en_retard", "incomplet", "attendu", "complet")
_COLONNES = (
    "uai", "etablissement", "specialite", "etat", "fichier", "version", "recu_le",
    "nb_attendues", "nb_saisies", "nb_rejetees", "est_hors_delai", "est_conforme",
)  # fmt: skip


def make_templates(dossier: Dossier, cible: Path | None = None, version: int = 1) -> list[str]:
    """Write the CCF templates of a session, one per establishment and spécialité.

    Parameters
    ----------
    dossier
        A session folder with its roster.
    cible
        Where to write; `sortie/modeles_ccf` by default.
    version
        Raised when templates are sent out again: the higher replaces the lower.

    Returns
    -------
    list of str
        Lines for the user.

    Raises
    ------
    ConfigurationError
        A template of this version is there already, and may have been filled in.
    MissingInputError
        No roster, no candidate of an establishment, or no CCF épreuve.
    """
    cible = cible or dossier.sortie / "modeles_ccf"
    deja = sorted(cible.glob(f"ccf_*_v{version}.xlsx"))
    if deja:
        raise ConfigurationError(
            f"{len(deja)} modèles de version {version} sont déjà dans {cible}. Pour un nouvel "
            f"envoi : --version {version + 1}, ou écrivez ailleurs avec --vers."
        )
    with _open_roster(dossier, _roster(dossier)) as con:
        limite = dossier.configuration.ccf.date_limite
        modeles = write_templates(con, cible, version=version, date_limite=limite)
    globs = ", ".join(dossier.configuration.donnees.notes)
    return [
        f"{format_count(len(modeles), 'modèle')} dans {cible} :",
        *(f"  {modele.name}" for modele in modeles),
        f"Remplis, ils reviennent par [donnees] notes de session.toml ({globs}).",
    ]


def follow_session(dossier: Dossier, jour: date | None = None) -> Iterator[str]:
    """Say who has sent which template, the most urgent first; write `exports/suivi_ccf.csv`.

    Parameters
    ----------
    dossier
        A session folder with its roster.
    jour
        The day of the question, today by default.
    """
    limite = dossier.configuration.ccf.date_limite
    revenus = [e for e in list_files(dossier, "notes") if read_template(e.chemin) is not None]
    with _open_roster(dossier, [*_roster(dossier), *revenus]) as con:
        jour = jour or datetime.now().astimezone().date()
        suivis = sorted(
            follow_templates(con, jour, limite),
            key=lambda s: (_ETATS.index(s.etat), s.specialite, s.uai),
        )
    path = _write_csv(dossier, suivis)
    if not suivis:
        yield "Aucun modèle attendu : pas d'épreuve de CCF, ou pas de candidat d'établissement."
        return
    comptes = {etat: sum(s.etat == etat for s in suivis) for etat in _ETATS}
    detail = ", ".join(_many(n, etat) for etat, n in comptes.items() if n)
    yield f"{format_count(len(suivis), 'modèle')} de CCF{_deadline(limite)} : {detail}."
    yield from (f"  {_describe(s)}" for s in suivis)
    yield f"Liste : {path.relative_to(dossier.racine)}"


def _many(nombre: int, etat: str) -> str:
    mot = etat.replace("_", " ")
    return f"{nombre} {mot if nombre < 2 or etat == 'en_retard' else mot + 's'}"


def _deadline(limite: date | None) -> str:
    return f", date limite {limite:%d/%m/%Y}" if limite else ", sans date limite"


def _describe(s: Suivi) -> str:
    recu = f"{s.nb_saisies} notes sur {s.nb_attendues}" if s.fichier else "rien de reçu"
    details = [recu]
    if s.nb_rejetees:
        details.append(f"{s.nb_rejetees} rejetées")
    if s.fichier and s.est_hors_delai and s.recu_le:
        details.append(f"hors délai, enregistré le {date.fromisoformat(s.recu_le[:10]):%d/%m/%Y}")
    if s.est_conforme is False:
        details.append("identités modifiées : à vérifier avec l'établissement")
    if s.fichier:
        details.append(s.fichier)
    etat = s.etat.replace("_", " ")
    return f"{s.uai}  {s.specialite}  {etat:<9}  {s.etablissement} : {', '.join(details)}"


def _write_csv(dossier: Dossier, suivis: list[Suivi]) -> Path:
    import polars as pl

    dossier.exports.mkdir(parents=True, exist_ok=True)
    path = dossier.exports / "suivi_ccf.csv"
    provisoire = path.with_suffix(".tmp")
    lignes = [{nom: getattr(s, nom) for nom in _COLONNES} for s in suivis]
    frame = pl.DataFrame(lignes, schema=_COLONNES, infer_schema_length=None)
    frame.write_csv(provisoire, include_bom=True, separator=";")
    provisoire.replace(path)
    return path


def _roster(dossier: Dossier) -> tuple[FichierEntree, ...]:
    fichiers = list_files(dossier, "candidats")
    if not fichiers:
        globs = ", ".join(dossier.configuration.donnees.candidats)
        raise MissingInputError(
            f"Aucun fichier de candidats dans {dossier.racine.name} (motifs cherchés : {globs})."
        )
    return fichiers


@contextmanager
def _open_roster(
    dossier: Dossier, entrees: tuple[FichierEntree, ...] | list[FichierEntree]
) -> Generator[duckdb.DuckDBPyConnection]:
    """Read some input files into a warehouse in memory, up to `staging`."""
    reglements = load_reglements(dossier)
    with entrepot.open_memory() as con:
        for schema in entrepot.SCHEMAS:
            con.execute(f"create schema if not exists {schema}")
        create_reference(con, dossier, reglements)
        import_entries(con, dossier, entrees)
        entrepot.build_missing(con, ["staging.candidat", "staging.rejet_note"])
        yield con
