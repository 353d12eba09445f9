"""Who has sent its CCF marks: received, incomplete, late, altered, or nothing yet."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

import duckdb

Etat = Literal["attendu", "en_retard", "incomplet", "complet"]

_COLONNES = (
    "uai, etablissement, specialite, reception, fichier, est_modele, nb_fichiers, version, "
    "enregistre_le, nb_attendues, nb_recues, nb_rejetees, est_hors_delai, est_conforme"
)


@dataclass(frozen=True)
class Suivi:
    """Where one establishment stands.

    Attributes
    ----------
    uai, etablissement, specialite
        Whose marks.
    etat
        ``complet``: every mark expected is loaded; ``incomplet``: some are; ``attendu``: nothing
        came; ``en_retard``: nothing came and the deadline has passed.
    fichier, est_modele, nb_fichiers
        The file that counts, None when none came; whether it is a template, and how many files
        brought marks when it isn't.
    version, enregistre_le
        What a template says of itself: its version and when it was last saved (ISO).
    nb_attendues, nb_recues, nb_rejetees
        Marks: expected (optional épreuves apart), loaded among them, rejected by the checks.
    est_hors_delai
        Whether a template was saved after the deadline; None when nobody can say.
    est_conforme
        False when the identities of a template were altered, None without a template.
    """

    uai: str
    etablissement: str
    specialite: str
    etat: Etat
    fichier: str | None
    est_modele: bool
    nb_fichiers: int | None
    version: str | None
    enregistre_le: str | None
    nb_attendues: int
    nb_recues: int
    nb_rejetees: int
    est_hors_delai: bool | None
    est_conforme: bool | None


def follow_templates(
    con: duckdb.DuckDBPyConnection, aujourd_hui: date, date_limite: date | None = None
) -> tuple[Suivi, ...]:
    """Say who has sent what, one line per establishment and spécialité with marks expected.

    Parameters
    ----------
    con
        A warehouse with `marts.suivi_ccf`.
    aujourd_hui
        The day of the question.
    date_limite
        When the marks are due.
    """
    passee = date_limite is not None and aujourd_hui > date_limite
    rows = con.execute(
        f"select {_COLONNES} from marts.suivi_ccf order by specialite, uai"
    ).fetchall()
    return tuple(
        Suivi(uai, etablissement, specialite, _state(reception, est_passee=passee), *rest)
        for uai, etablissement, specialite, reception, *rest in rows
    )


def unexpected_templates(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str]]:
    """List the templates received that nobody waits for: file, UAI, spécialité."""
    return con.execute("""
        select fichier, modele_uai, modele_specialite
        from raw.fichier as recu
        anti join marts.suivi_ccf as suivi
            on suivi.uai = recu.modele_uai and suivi.specialite = recu.modele_specialite
        where modele_uai is not null and modele_etape is distinct from 'controle'
            and copie_de is null and remplace_par is null
        order by all""").fetchall()


def _state(reception: str, *, est_passee: bool) -> Etat:
    if reception == "rien":
        return "en_retard" if est_passee else "attendu"
    return "complet" if reception == "complet" else "incomplet"
