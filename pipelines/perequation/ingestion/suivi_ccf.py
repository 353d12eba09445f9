"""Who has sent which CCF template back: received, late, incomplete, altered, or nothing yet."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

import duckdb

from perequation.ingestion.modele_ccf import list_recipients

Etat = Literal["attendu", "en_retard", "incomplet", "complet"]


@dataclass(frozen=True)
class Suivi:
    """Where one establishment stands.

    Attributes
    ----------
    uai, etablissement, specialite
        Whose template.
    etat
        ``complet``: every cell filled; ``incomplet``: some; ``attendu``: nothing came back;
        ``en_retard``: nothing came back and the deadline has passed.
    fichier, version, recu_le
        The file that counts, its version and when it was saved (ISO), None when none came.
    nb_attendues, nb_saisies, nb_rejetees
        Mark cells: to fill, filled, rejected by the checks.
    est_hors_delai
        Whether it was saved after the deadline.
    est_conforme
        False when identities were altered, None when nothing came back.
    """

    uai: str
    etablissement: str
    specialite: str
    etat: Etat
    fichier: str | None
    version: str | None
    recu_le: str | None
    nb_attendues: int
    nb_saisies: int
    nb_rejetees: int
    est_hors_delai: bool
    est_conforme: bool | None


def follow_templates(
    con: duckdb.DuckDBPyConnection, aujourd_hui: date, date_limite: date | None = None
) -> tuple[Suivi, ...]:
    """Say who has sent what, one line per template expected.

    Parameters
    ----------
    con
        A warehouse after import, with the layer `staging`.
    aujourd_hui
        The day of the question.
    date_limite
        When templates are due.
    """
    recus = {
        (uai, specialite): (fichier, version, modifie_le, conforme, lues)
        for uai, specialite, fichier, version, modifie_le, conforme, lues in con.execute(
            "select modele_uai, modele_specialite, fichier, modele_version, modifie_le, "
            "modele_conforme, lignes_lues from raw.fichier "
            "where modele_uai is not null and copie_de is null and remplace_par is null"
        ).fetchall()
    }
    rejets: dict[str, int] = dict(
        con.execute(
            "select fichier, count(distinct rang) from staging.rejet_note group by all"
        ).fetchall()
    )
    suivis: list[Suivi] = []
    for d in list_recipients(con):
        fichier, version, recu_le, conforme, saisies = recus.get(
            (d.uai, d.specialite), (None, None, None, None, 0)
        )
        attendues = len(d.candidats) * len(d.epreuves)
        suivis.append(
            Suivi(
                d.uai, d.etablissement, d.specialite,
                _state(fichier is not None, saisies >= attendues, aujourd_hui, date_limite),
                fichier, version, recu_le, attendues, saisies,
                rejets.get(fichier, 0) if fichier else 0,
                _is_late(recu_le, date_limite), conforme,
            )
        )  # fmt: skip
    return tuple(suivis)


def _state(est_recu: bool, est_complet: bool, aujourd_hui: date, limite: date | None) -> Etat:
    if est_recu:
        return "complet" if est_complet else "incomplet"
    return "en_retard" if limite is not None and aujourd_hui > limite else "attendu"


def _is_late(recu_le: str | None, date_limite: date | None) -> bool:
    if recu_le is None or date_limite is None:
        return False
    return recu_le[:10] > date_limite.isoformat()
