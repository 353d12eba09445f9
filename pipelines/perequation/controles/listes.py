"""The workbook of everything to correct: rejects, anomalies, marks to ask for."""

from pathlib import Path

import polars as pl

from perequation.controles.mots import in_words
from perequation.controles.rapport import COMPLETUDE
from perequation.presentation.classeur import Feuille, save_workbook
from perequation.socle.dossier import Dossier, reserve_of
from perequation.socle.lecture import Lecture, open_lecture


def write_everything_to_correct(dossier: Dossier) -> Path:
    """Write the rows to correct of a publication, in `exports/`."""
    session = dossier.configuration.session.annee
    lecture = open_lecture(str(dossier.racine), session, None)
    return save_workbook(dossier.exports, "a_corriger", to_correct(lecture), reserve_of(dossier))


def write_corrections(dossier: Dossier) -> Path:
    """Write the rows to correct of a construction that blocks, beside its quality report."""
    session = dossier.configuration.session.annee
    lecture = open_lecture(str(dossier.racine), session, None, str(dossier.construction))
    return save_workbook(dossier.rejets, "a_corriger", to_correct(lecture), reserve_of(dossier))


def to_correct(lecture: Lecture) -> list[Feuille]:
    """Return the sheets of what is to correct: rejects, anomalies, missing marks."""
    columns = ["fichier", "ligne", "colonne", "valeur", "regle", "message"]
    title = f"{lecture.titre} : lignes à corriger"
    # What a later template replaces has nothing to correct.
    rejets = lecture.table("rejet").filter(pl.col("regle") != "remplace")
    anomalies = lecture.table_or_empty("anomalie", (*columns, "gravite", "uai"))
    completude = lecture.table_or_empty("completude", lecture.COMPLETUDE)
    return [
        Feuille("Rejets", in_words(rejets), columns, title),
        Feuille("À vérifier", in_words(anomalies), ["gravite", "uai", *columns], title),
        Feuille(
            "Notes manquantes",
            completude.filter(pl.col("manquantes") > 0),
            ["etablissement", "epreuve", "attendues", "recues", "manquantes", "rejetees"],
            f"{lecture.titre} : notes obligatoires à réclamer",
            libelles=COMPLETUDE,
        ),
    ]
