"""The XLSX lists people work from: jury, rattrapage, and everything to correct."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from perequation.configuration import Dossier
from perequation.edition.lecture import Lecture, open_lecture
from perequation.edition.tableur import Feuille, write_workbook
from perequation.presentation import jury, rattrapage
from perequation.presentation.lexique import Nature

_JURY = ("centre_ecrit", "numero_candidat", "nom", "prenom", "etablissement")
_AVERAGES = ("points", "moyenne_generale", "moyenne_professionnelle", "points_manquants")


def write_lists(dossier: Dossier) -> tuple[Path, ...]:
    """Write the nominative lists of every spécialité, and the rows to correct, in `exports/`.

    Parameters
    ----------
    dossier
        A session folder whose results are published.

    Returns
    -------
    tuple of pathlib.Path
        The workbooks written.
    """
    dossier.exports.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for name, feuilles in _workbooks(dossier):
        path = dossier.exports / f"{name}.xlsx"
        hidden = path.with_name(f".{path.name}")
        write_workbook(hidden, feuilles)
        hidden.replace(path)
        written.append(path)
    return tuple(written)


def _workbooks(dossier: Dossier) -> Iterator[tuple[str, list[Feuille]]]:
    session = dossier.configuration.session
    for specialite in session.specialites:
        lecture = open_lecture(str(dossier.racine), session.annee, specialite)
        yield f"jury_{specialite}", _jury(lecture)
        yield f"rattrapage_{specialite}", _rattrapage(lecture)
    yield "a_corriger", _to_correct(open_lecture(str(dossier.racine), session.annee, None))


def _jury(lecture: Lecture) -> list[Feuille]:
    rows = jury.dossier(
        lecture.table("resultat_candidat"),
        lecture.table("staging.candidat"),
        lecture.table("note_retenue"),
        lecture.table("staging.decision_jury"),
        "centre_ecrit",
    )
    epreuves = [code for code in jury.compulsory(lecture.epreuves) if code in rows.columns]
    columns = ["cas", *_JURY, *epreuves, *_AVERAGES, "decision_calculee", "raison", "a_verifier"]
    title = f"{lecture.titre} : dossier de jury {lecture.specialite}, document de travail"
    natures: dict[str, Nature] = dict.fromkeys(epreuves, "texte")
    liste = Feuille(
        "Jury", rows, columns, title,
        libelles=jury.LABELS | {"cas": "À examiner"} | {code: code for code in epreuves},
        natures=natures,
        vides=("Livret", "Décision du jury"),
    )  # fmt: skip
    return [liste]


def _rattrapage(lecture: Lecture) -> list[Feuille]:
    rows = rattrapage.called(
        lecture.table("rattrapage"), lecture.table("staging.candidat"), "centre_ecrit"
    )
    title = f"{lecture.titre} : épreuves de contrôle {lecture.specialite}"
    who = ["centre_ecrit", "numero_candidat", "nom", "prenom", "date_naissance"]
    averages = ["moyenne_generale", "moyenne_professionnelle", "points_manquants"]
    called = Feuille(
        "Appelés", rows, [*who, *averages, "epreuves_possibles", "gain_maximal", "atteignable"],
        title, libelles={"epreuves_possibles": "Épreuves possibles"},
        vides=("1er oral", "2e oral", "Émargement"),
    )  # fmt: skip
    done = Feuille(
        "Après contrôle", rows.filter(pl.col("decision_finale").is_not_null()),
        [*who[:4], "moyenne_generale", "epreuves_passees", "gain_obtenu", "moyenne_finale",
         "decision_finale"],
        title,
        libelles={"epreuves_passees": "Épreuves passées", "gain_obtenu": "Points gagnés"},
        natures={"gain_obtenu": "points"},
    )  # fmt: skip
    return [called, done]


def _to_correct(lecture: Lecture) -> list[Feuille]:
    columns = ["fichier", "ligne", "colonne", "valeur", "regle", "message"]
    title = f"{lecture.titre} : lignes à corriger"
    anomalies = lecture.table_or_empty("anomalie", (*columns, "gravite"))
    return [
        Feuille("Rejets", lecture.table("rejet"), columns, title),
        Feuille("À vérifier", anomalies, ["gravite", *columns], title),
    ]
