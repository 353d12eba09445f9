"""CCF templates of a session folder: made from its roster, followed from what came back.

Files are read from `donnees/` as they are now: templates go out before any mark has come in, and
their return is followed between two publications.
"""

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path, PurePosixPath

import duckdb

from perequation.ingestion.ccf.destinataires import (
    Destinataire,
    SansModele,
    list_left_out,
    list_recipients,
)
from perequation.ingestion.ccf.modele_ccf import write_templates
from perequation.ingestion.ccf.suivi import Suivi, follow_templates, unexpected_templates
from perequation.ingestion.fichiers import is_read, list_files
from perequation.ingestion.importation import import_entries
from perequation.socle import couches, entrepot
from perequation.socle.dossier import Dossier, load_reglements
from perequation.socle.erreurs import MissingInputError
from perequation.socle.fichiers import within, write_csv
from perequation.socle.filled_file import refuse_filled, remember
from perequation.socle.formats import format_count
from perequation.socle.referentiel import create_reference

_LUS = ("candidats", "notes", "etablissements")
# The most urgent first.
_ETATS = ("en_retard", "incomplet", "attendu", "complet")
_COLONNES = (
    "uai",
    "etablissement",
    "specialite",
    "etat",
    "fichier",
    "est_modele",
    "version",
    "enregistre_le",
    "nb_attendues",
    "nb_recues",
    "nb_rejetees",
    "est_hors_delai",
    "est_conforme",
)
# Where the guide says returned templates go.
_RETOUR = "donnees/ccf"


def make_templates(dossier: Dossier, cible: Path | None = None, version: int = 1) -> list[str]:
    """Write the CCF templates of a session, one per establishment and spécialité.

    Parameters
    ----------
    dossier
        A session folder with its roster; marks already in, and the list of establishments when
        there is one, close the cells that have nothing to receive.
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
        No roster, no candidate that may be assessed in CCF, or no CCF épreuve.
    """
    cible = cible or dossier.sortie / "modeles_ccf"
    refuse_filled(
        dossier,
        sorted(cible.glob(f"ccf_*_v{version}.xlsx")),
        f"Pour un nouvel envoi : --version {version + 1}, ou écrivez ailleurs avec --vers.",
    )
    with _open_session(dossier, "intermediate.case_ccf") as con:
        destinataires, sans_modele = list_recipients(con), list_left_out(con)
    if not destinataires:
        raise MissingInputError(
            "Aucun modèle à faire : pas d'épreuve de CCF (voir [ccf] epreuves dans session.toml), "
            "ou pas de candidat qui puisse en avoir.",
            [_name(s.uai, s.etablissement, s.raison) for s in sans_modele],
        )
    limite = dossier.configuration.ccf.date_limite
    modeles = write_templates(destinataires, cible, version=version, date_limite=limite)
    remember(dossier, modeles)
    return [
        f"{format_count(len(modeles), 'modèle')} dans {within(dossier, cible)} :",
        *(f"  {modele.name}" for modele in modeles),
        *_tell_left_out(sans_modele),
        *_tell_unknown(dossier, destinataires),
        *_tell_return(dossier, modeles[0].name),
    ]


def _tell_left_out(sans_modele: Sequence[SansModele]) -> Iterator[str]:
    if sans_modele:
        yield f"{format_count(len(sans_modele), 'établissement')} sans modèle :"
        yield from (f"  {_name(s.uai, s.etablissement, s.raison)}" for s in sans_modele)


def _tell_unknown(dossier: Dossier, destinataires: Iterable[Destinataire]) -> Iterator[str]:
    """Say which templates are made without knowing whether the establishment may assess in CCF."""
    inconnus = sorted(
        {(d.uai, d.etablissement) for d in destinataires if not d.est_habilitation_connue}
    )
    if not inconnus:
        return
    if not list_files(dossier, "etablissements"):
        yield "Habilitations au CCF inconnues, faute de liste des établissements : modèles faits."
        return
    yield (
        f"{format_count(len(inconnus), 'habilitation')} au CCF absente"
        f"{'s' if len(inconnus) > 1 else ''} de la liste des établissements, modèle fait :"
    )
    yield from (f"  {_name(uai, nom)}" for uai, nom in inconnus)


def _tell_return(dossier: Dossier, modele: str) -> Iterator[str]:
    """Say where the filled workbooks go, or what to add for them to be read at all."""
    globs = dossier.configuration.donnees.notes
    lus = [
        d for d in (_RETOUR, *_fixed_folders(globs)) if is_read(dossier, "notes", f"{d}/{modele}")
    ]
    if lus:
        yield f"Remplis, déposez-les dans {lus[0]}/ : ils y seront lus avec les notes."
        return
    items = ", ".join(f'"{glob}"' for glob in (*globs, f"{_RETOUR}/*.xlsx"))
    yield (
        f"Remplis, déposez-les dans {_RETOUR}/. session.toml ne les y lirait pas encore ; "
        "dans [donnees], écrivez :"
    )
    yield f"  notes = [{items}]"


def _fixed_folders(globs: Iterable[str]) -> Iterator[str]:
    """Yield the folder each pattern looks in, when it is one folder."""
    for glob in globs:
        dossier = PurePosixPath(glob).parent.as_posix()
        if not any(c in dossier for c in "*?["):
            yield dossier


def follow_session(dossier: Dossier, jour: date | None = None) -> Iterator[str]:
    """Say who has sent its CCF marks, the most urgent first; write `exports/suivi_ccf.csv`.

    Parameters
    ----------
    dossier
        A session folder with its roster.
    jour
        The day of the question, today by default.
    """
    limite = dossier.configuration.ccf.date_limite
    with _open_session(dossier, "marts.suivi_ccf") as con:
        jour = jour or datetime.now().astimezone().date()
        suivis = sorted(
            follow_templates(con, jour, limite),
            key=lambda s: (_ETATS.index(s.etat), s.specialite, s.uai),
        )
        inattendus = unexpected_templates(con)
    path = _write_follow_up(dossier, suivis)
    if not suivis:
        yield "Aucune note de CCF attendue : pas d'épreuve de CCF, ou pas de candidat concerné."
        return
    comptes = {etat: sum(s.etat == etat for s in suivis) for etat in _ETATS}
    detail = ", ".join(_many(n, etat) for etat, n in comptes.items() if n)
    envois = format_count(len(suivis), "envoi attendu", "envois attendus")
    yield f"Notes de CCF : {envois}{_deadline(limite)} : {detail}."
    yield from (f"  {_describe(s)}" for s in suivis)
    for fichier, uai, specialite in inattendus:
        yield f"  Classeur qui n'était pas attendu : {fichier} ({uai}, {specialite})"
    yield f"Liste : {path.relative_to(dossier.racine)}"


def _many(count: int, etat: str) -> str:
    mot = etat.replace("_", " ")
    return f"{count} {mot if count < 2 or etat == 'en_retard' else mot + 's'}"


def _deadline(limite: date | None) -> str:
    return f", date limite {limite:%d/%m/%Y}" if limite else ", sans date limite"


def _describe(s: Suivi) -> str:
    nom = _name(s.uai, s.etablissement)
    return f"{s.etat.replace('_', ' '):<9}  {s.specialite}  {nom} : {', '.join(_details(s))}"


def _details(s: Suivi) -> Iterator[str]:
    notes = format_count(s.nb_recues, "note")
    yield f"{notes} sur {s.nb_attendues}" if s.fichier else "rien de reçu"
    if s.nb_rejetees:
        yield format_count(s.nb_rejetees, "rejetée")
    if s.est_hors_delai and s.enregistre_le:
        jour = date.fromisoformat(s.enregistre_le[:10])
        yield f"hors délai, enregistré le {jour:%d/%m/%Y}"
    if s.est_conforme is False:
        yield "identités modifiées : à vérifier avec l'établissement"
    if s.fichier:
        yield f"{s.fichier}{_not_a_template(s)}"


def _not_a_template(s: Suivi) -> str:
    """Say that the marks came otherwise than by a template, which says neither when nor whose."""
    if s.est_modele:
        return ""
    autres = (s.nb_fichiers or 1) - 1
    return (f" et {format_count(autres, 'autre fichier', 'autres fichiers')}" if autres else "") + (
        " (reçu autrement que par un modèle)"
    )


def _name(uai: str, etablissement: str, raison: str = "") -> str:
    return f"{uai}  {etablissement}" + (f" : {raison}" if raison else "")


def _write_follow_up(dossier: Dossier, suivis: list[Suivi]) -> Path:
    import polars as pl

    path = dossier.exports / "suivi_ccf.csv"
    lignes = [{nom: getattr(s, nom) for nom in _COLONNES} for s in suivis]
    write_csv(path, pl.DataFrame(lignes, schema=_COLONNES, infer_schema_length=None))
    return path


@contextmanager
def _open_session(dossier: Dossier, relation: str) -> Generator[duckdb.DuckDBPyConnection]:
    """Read the input files into a warehouse in memory, and build a relation with what it reads."""
    fichiers = {nom: list_files(dossier, nom) for nom in _LUS}
    if not fichiers["candidats"]:
        globs = ", ".join(dossier.configuration.donnees.candidats)
        raise MissingInputError(
            f"Aucun fichier de candidats dans {dossier.racine.name} (motifs cherchés : {globs})."
        )
    with entrepot.open_scratch() as con:
        create_reference(con, dossier, load_reglements(dossier))
        import_entries(con, dossier, [f for items in fichiers.values() for f in items])
        couches.build_missing(con, [relation])
        yield con
