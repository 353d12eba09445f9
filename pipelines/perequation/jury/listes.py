"""The XLSX lists people work from: jury and rattrapage."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from perequation.jury import cas, rattrapage
from perequation.jury import rapport as jury
from perequation.presentation.classeur import Feuille, save_workbook
from perequation.presentation.lexique import Nature
from perequation.socle.dossier import Dossier, reserve_of
from perequation.socle.lecture import Lecture, open_lecture
from perequation.socle.regles_decision import rules_in_force

_QUI = ("centre_ecrit", "numero_candidat", "candidat")
_MOYENNES = ("moyenne_generale", "moyenne_professionnelle", "points_manquants")
_LIBELLES = {
    "moyenne_generale": "Moy.",
    "moyenne_professionnelle": "Moy. prof.",
    "points_manquants": rattrapage.BEFORE,
    "epreuves_possibles": "Épreuves possibles",
    "gain_maximal": "Gain max.",
    "epreuves_passees": "Épreuves passées",
    "gain_obtenu": "Points gagnés",
    "moyenne_finale": "Moy. après",
    "absences": "Sans note à",
    "situation": rattrapage.DECISION,
}
_REGLES = rules_in_force()
# What the short words and the letters of the lists stand for, on the first sheet of each workbook.
_ABREVIATIONS = {
    "Moy.": "moyenne générale du premier groupe, sur 20",
    "Moy. prof.": "moyenne des épreuves professionnelles, sur 20",
    "Moy. après": "moyenne générale après contrôle, sur 20",
    rattrapage.BEFORE: f"points jusqu’à {_REGLES.admission} de moyenne, multipliés par les coefficients",
    "Gain max.": "points que rapporteraient deux épreuves de contrôle notées 20",
    "Fac.": f"points au-dessus de {_REGLES.facultative} des épreuves facultatives",
    "AB, AJ": "absence non justifiée, absence justifiée",
    "NV": "épreuve, dossier ou stage non valide",
    "FR": "fraude : le résultat est retenu",
    "DI": "dispense",
    "b, r": "note conservée : bénéfice, report d’une session antérieure",
    "p": "note provisoire (elle n’est pas encore définitive)",
    "s": "NV sous réserve : la note compte, le résultat est à vérifier",
    "rejet": "la ligne de cette note a été rejetée à la lecture",
}


def write_lists(dossier: Dossier) -> tuple[Path, ...]:
    """Write the nominative lists of every spécialité in `exports/`.

    Parameters
    ----------
    dossier
        A session folder whose results are published.

    Returns
    -------
    tuple of pathlib.Path
        The workbooks written.
    """
    reserve = reserve_of(dossier)
    return tuple(
        save_workbook(dossier.exports, name, [_abbreviations(sheets[0].titre), *sheets], reserve)
        for name, sheets in _workbooks(dossier)
    )


def _abbreviations(titre: str) -> Feuille:
    rows = pl.DataFrame(list(_ABREVIATIONS.items()), ["abreviation", "sens"], orient="row")
    return Feuille(
        "Abréviations",
        rows,
        rows.columns,
        titre,
        libelles={"abreviation": "Abréviation", "sens": "Ce qu’elle veut dire"},
    )


def _workbooks(dossier: Dossier) -> Iterator[tuple[str, list[Feuille]]]:
    session = dossier.configuration.session
    for specialite in session.specialites:
        lecture = open_lecture(str(dossier.racine), session.annee, specialite)
        yield f"jury_{specialite}", _jury(lecture)
        called, done = _rattrapage(lecture)
        yield f"rattrapage_{specialite}", [called]
        yield f"apres_controle_{specialite}", [done]


def _jury(lecture: Lecture) -> list[Feuille]:
    """Return the lists of the jury, each narrow enough to be read once printed."""
    rows = cas.dossier(
        lecture.table("resultat_candidat"),
        lecture.table("staging.candidat"),
        lecture.table("note_retenue"),
        lecture.table("staging.decision_jury"),
        "centre_ecrit",
    )
    rows = cas.with_absences(rows, lecture.table("epreuve_controle"))
    short = pl.when("est_absent_controle").then(pl.lit("absent au contrôle"))
    rows = rows.with_columns(raison=short.otherwise("raison"))
    codes = [code for code in cas.compulsory(lecture.epreuves) if code in rows.columns]
    title = f"{lecture.titre} : dossier de jury {lecture.specialite}, document de travail"
    labels = jury.LABELS | {"cas": "À examiner"} | {code: code for code in codes}
    cases = rows.filter(cas.is_to_examine()).with_columns(motif=cas.in_words())
    natures: dict[str, Nature] = dict.fromkeys(codes, "note")
    empties = ("Livret", "Décision du jury")
    return [
        Feuille(
            "Jury",
            rows,
            [*_QUI, *_MOYENNES, "decision_calculee", "raison", "a_verifier"],
            title,
            libelles=labels,
            vides=empties,
        ),
        Feuille(
            "À examiner",
            cases,
            ["cas", *_QUI, *_MOYENNES[:2], "decision_calculee", "motif"],
            f"{title} : cas à examiner",
            libelles=labels,
        ),
        Feuille(
            "Notes",
            rows.with_columns(_numbers(rows[code]) for code in codes),
            [*_QUI, *codes, "points_facultatifs", "points", *_MOYENNES],
            f"{title} : notes",
            libelles=labels,
            natures=natures,
        ),
        Feuille(
            "Candidats",
            rows,
            [
                "numero_candidat",
                "nom",
                "prenom",
                "statut",
                "forme",
                "uai",
                "etablissement",
                "centre_ecrit",
                "cas",
            ],
            f"{title} : candidats",
            libelles=labels,
        ),
    ]


def _numbers(marks: pl.Series) -> pl.Series:
    """Return marks as numbers, and those with a letter or a code as they are written."""
    written = [
        mark if mark is None or mark[-1].isalpha() else float(mark.replace(",", "."))
        for mark in marks
    ]
    return pl.Series(marks.name, written, dtype=pl.Object)


def _rattrapage(lecture: Lecture) -> list[Feuille]:
    rows = rattrapage.called(
        lecture.table("rattrapage"),
        lecture.table("staging.candidat"),
        lecture.table("epreuve_controle"),
        "centre_ecrit",
    )
    title = f"{lecture.titre} : épreuves de contrôle {lecture.specialite}"
    called = Feuille(
        "Appelés",
        rows,
        [*_QUI, "date_naissance", *_MOYENNES, "epreuves_possibles", "gain_maximal", "atteignable"],
        title,
        libelles=_LIBELLES,
        vides=("1er oral", "2e oral", "Émargement"),
    )
    absent = pl.col("est_en_attente") & pl.col("absences").is_not_null()
    short = pl.when(absent).then(pl.lit("À décider par le jury")).otherwise("situation")
    done = Feuille(
        "Après contrôle",
        rows.filter(~pl.col("est_en_attente") | absent).with_columns(situation=short),
        [
            *_QUI,
            "moyenne_generale",
            "epreuves_passees",
            "absences",
            "gain_obtenu",
            "moyenne_finale",
            "situation",
        ],
        title,
        libelles=_LIBELLES,
        natures={"gain_obtenu": "points"},
    )
    return [called, done]
