"""The marks of the contrôle: templates for the examiners, and their filing once filled in."""

from functools import partial
from pathlib import Path

from perequation.ingestion.ccf.destinataires import list_control_recipients
from perequation.ingestion.ccf.modele_ccf import template_name, write_templates
from perequation.ingestion.hors_dossier import import_one_file, read_filed
from perequation.ingestion.lecture.modele_rempli import read_template
from perequation.socle import entrepot
from perequation.socle.dossier import Dossier
from perequation.socle.erreurs import BlockingQualityError
from perequation.socle.fichiers import within, write_whole
from perequation.socle.filled_file import (
    Depot,
    Remise,
    file_back,
    file_rows,
    mark_filed,
    refuse_filled,
    remember,
)
from perequation.socle.formats import format_count

_CLE = ["numero_candidat", "specialite", "session", "epreuve", "etape"]


def control_folder(dossier: Dossier) -> Path:
    """Return the folder of the templates of the contrôle."""
    return dossier.sortie / "modeles_controle"


def control_templates(dossier: Dossier) -> tuple[Path, ...]:
    """Return the templates of the contrôle that are there, filled in or not."""
    return tuple(sorted(control_folder(dossier).glob("notes_controle_*.xlsx")))


def make_control_templates(dossier: Dossier, *, remplacer: bool = False) -> Remise:
    """Write the templates of the contrôle, one per spécialité and académie of those called.

    Parameters
    ----------
    dossier
        A session folder whose results are published.
    remplacer
        Write over templates that may have been filled in.

    Returns
    -------
    Remise
        The templates; none when nobody is called, or every result after the contrôle is known.

    Raises
    ------
    ConfigurationError
        A template is there and was filled in and not filed.
    """
    with entrepot.open_read_only(dossier.entrepot) as con:
        destinataires = list_control_recipients(con)
    if not destinataires:
        return Remise((), 0, ("Aucune note de contrôle à demander.",))
    cible = control_folder(dossier)
    if not remplacer:
        paths = [cible / template_name(d) for d in destinataires]
        refuse_filled(
            dossier, paths, "Pour les refaire : --remplacer.", partial(has_no_mark, dossier)
        )
    limite = dossier.configuration.calendrier.controle
    modeles = write_templates(destinataires, cible, date_limite=limite)
    remember(dossier, modeles)
    candidats = sum(len(d.candidats) for d in destinataires)
    count = format_count(len(modeles), "modèle")
    dits = (
        (
            f"{count} de notes de contrôle ({format_count(candidats, 'candidat')}) "
            f"dans {within(dossier, cible)}."
        ),
        (
            "Remplis à leur place, perequation executer DOSSIER les classe ; revenus d'ailleurs, "
            "déposez-les parmi les notes."
        ),
    )
    return Remise(modeles, candidats, dits)


def has_no_mark(dossier: Dossier, chemin: Path) -> bool:
    """Say whether a template has no mark in it, which may then be made again."""
    return read_template(chemin) is not None and _count_marks(dossier, chemin) == 0


def file_control_template(dossier: Dossier, chemin: Path) -> Depot:
    """File a template filled in where it was made, as an input of the session.

    The import reads it by the rules of any other file of marks; a later one of the same sender
    replaces it.

    Parameters
    ----------
    dossier
        A session folder.
    chemin
        The template.

    Raises
    ------
    BlockingQualityError
        It is not such a template any more, or its candidates were altered.
    """
    modele = read_template(chemin)
    if modele is None or not modele.est_conforme:
        raise BlockingQualityError(
            f"{chemin.name} : l'identité des candidats a été changée, ou ce n'est plus le modèle."
        )
    count = _count_marks(dossier, chemin)
    if not count:
        return Depot(chemin, None, 0, (f"{chemin.name} : aucune note n'y est écrite encore.",))
    globs = dossier.configuration.donnees.notes
    classe = file_back(dossier, globs, chemin.name, partial(_copy, chemin))
    if classe is None:
        return _file_as_rows(dossier, chemin)
    mark_filed(dossier, chemin)
    notes = format_count(count, "note de contrôle classée", "notes de contrôle classées")
    return Depot(chemin, classe, count, (f"{notes} dans {within(dossier, classe)}.",))


def _file_as_rows(dossier: Dossier, chemin: Path) -> Depot:
    """File the new marks of a template as a CSV, where a session reads no workbook."""
    with entrepot.open_scratch() as con:
        import_one_file(con, dossier, chemin, "notes")
        lues = entrepot.read_relation(con, "raw.notes").drop_nulls("note")
    classees = read_filed(dossier, "notes", "raw.notes", _CLE, lambda _: None)
    nouvelles = lues.join(classees, on=[*_CLE, "note"], how="anti")
    if nouvelles.is_empty():
        mark_filed(dossier, chemin)
        return Depot(chemin, None, 0, ("Ces notes sont déjà parmi les entrées de la session.",))
    classe, ligne = file_rows(dossier, "notes", nouvelles, chemin, "notes_controle.csv")
    return Depot(chemin, classe, nouvelles.height if classe else 0, (ligne,))


def _copy(source: Path, target: Path) -> None:
    write_whole(target, source.read_bytes())


def _count_marks(dossier: Dossier, chemin: Path) -> int:
    with entrepot.open_scratch() as con:
        import_one_file(con, dossier, chemin, "notes")
        rows = con.execute("select count(*) from raw.notes where note is not null").fetchall()
    return rows[0][0]
