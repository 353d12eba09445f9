"""The file a jury fills in: every candidate still to decide, near-threshold cases first.

The CSV has the columns of `decisions_jury` and nothing else; the workbook has the evidence beside
the same columns. Either can be checked and read back.
"""

from collections.abc import Callable, Collection, Iterable
from functools import partial
from pathlib import Path

import polars as pl

from perequation.jury import cas, rattrapage
from perequation.jury.dossier import ETAPES, NOM, jury_folder
from perequation.jury.verification import is_blank
from perequation.presentation import lexique
from perequation.presentation.classeur import Feuille, write_workbook
from perequation.presentation.lexique import Nature
from perequation.socle import formats
from perequation.socle.dossier import Dossier, reserve_of
from perequation.socle.filled_file import Remise, hand_out, write_rows
from perequation.socle.lecture import Lecture, open_lecture
from perequation.socle.regles_decision import PROCHE, rules_of
from perequation.socle.schema import CODES_DECISION_JURY, LIVRET

_A_REMPLIR = ("decision", "livret_examine", "motif")
_CLE = ("numero_candidat", "specialite", "session", "etape")
_QUI = ("cas", "centre_ecrit", "nom", "prenom")
_MOYENNES = ("moyenne_generale", "moyenne_professionnelle", "points_manquants")
_CONTROLE = ("epreuves_passees", "points_controle", "moyenne_finale", "decision_apres_controle")
# After the contrôle, who is closest to what admits comes first.
_CAS_CONTROLE = ("2. Sans note de contrôle", "3. Refus", "4. Admission")
_LIBELLES = {
    "numero_candidat": "N° candidat",
    "specialite": "specialite",
    "session": "session",
    "etape": "etape",
    "cas": "À examiner",
    "raison": "Règle",
    "points_manquants": rattrapage.BEFORE,
    "moyenne_generale": "Moy.",
    "moyenne_professionnelle": "Moy. prof.",
    "decision_calculee": "Proposition",
    "verifications": "À vérifier",
    "epreuves_passees": "Épreuves passées",
    "points_controle": "Points gagnés",
    "moyenne_finale": "Moy. après contrôle",
    "decision_apres_controle": "Proposition après contrôle",
}
_BLANK = {nom: pl.lit(None, pl.String) for nom in _A_REMPLIR}
#: What a jury decides at a step: nobody is called again after the contrôle (CE D643-22).
DECISIONS: dict[str, tuple[str, ...]] = dict(
    zip(ETAPES, (CODES_DECISION_JURY, ("ADMIS", "REFUSE")), strict=True)
)
_MODE_D_EMPLOI = (
    "Une ligne par candidat à décider, cas proches d’un seuil d’abord.",
    "Remplissez les trois dernières colonnes. decision : {decisions}.",
    "livret_examine : O, N, ou AUCUN si le candidat n’en a pas fourni. Un refus demande O ou AUCUN.",
    "Une ligne laissée vide n’est pas reprise : la proposition calculée reste, sans le jury.",
    "Ne changez ni numéro, ni spécialité, ni session, ni étape. L’ordre des lignes est libre.",
    (
        "Enregistrez le fichier à sa place, puis : perequation executer DOSSIER, qui le relit et le classe "
        "(perequation jury verifier DOSSIER le relit seulement)."
    ),
)


def prepare_decisions(
    dossier: Dossier,
    specialites: Collection[str] = (),
    etape: str | None = None,
    *,
    remplacer: bool = False,
) -> Remise:
    """Write the files to fill in, a CSV and a workbook per spécialité, and say where they are.

    Parameters
    ----------
    dossier
        A session folder whose results are published.
    specialites
        Codes; none means those of the session.
    etape
        ``premier_groupe``: every candidate the jury has not decided, those of the forme
        progressive still under way apart; ``controle``: those called and not decided after it. None
        is the step the session is at: the contrôle once one of its marks is in.
    remplacer
        Write over files prepared before, filled in or not.

    Returns
    -------
    Remise
        The files.

    Raises
    ------
    ConfigurationError
        A file is there already and was filled in and not filed; or a spécialité is not the session's.
    MissingInputError
        The session has no results yet.
    """
    session = dossier.configuration.session
    wanted = tuple(specialites) or session.specialites
    lectures = [open_lecture(str(dossier.racine), session.annee, code) for code in wanted]
    etape = etape or _step(lectures)
    sortie = jury_folder(dossier)
    fichiers = {code: sortie / _name(code, etape) for code in wanted}
    lists = {lecture.specialite or "": choose_rows(lecture, etape) for lecture in lectures}
    a_remettre: dict[Path, Callable[[Path], None]] = {}
    for lecture in lectures:
        code = lecture.specialite or ""
        vierges = lists[code].with_columns(**_BLANK)
        a_remettre[fichiers[code].with_suffix(".csv")] = partial(write_rows, kind=NOM, rows=vierges)
        a_remettre[fichiers[code].with_suffix(".xlsx")] = partial(
            _write_workbook, lignes=lists[code], lecture=lecture, etape=etape
        )
    hand_out(dossier, a_remettre, remplacer=remplacer, is_blank=partial(is_blank, dossier))
    lignes = [_tell(dossier, fichiers[code], code, lists[code]) for code in wanted]
    suite = "Ensuite : perequation executer DOSSIER (ou jury verifier, pour le relire seul)"
    count = sum(items.height for items in lists.values())
    return Remise(tuple(a_remettre), count, (*lignes, suite))


def _step(lectures: Iterable[Lecture]) -> str:
    """Return the step a session is at: after the contrôle once a called candidate has its mark."""
    for lecture in lectures:
        if (
            not lecture.table("rattrapage")
            .filter(pl.col("epreuves_passees").list.len() > 0)
            .is_empty()
        ):
            return ETAPES[1]
    return ETAPES[0]


def _name(code: str, etape: str) -> str:
    return f"{NOM}_{code}" + ("" if etape == ETAPES[0] else f"_{etape}")


def _tell(dossier: Dossier, path: Path, code: str, lignes: pl.DataFrame) -> str:
    if lignes.is_empty():
        return f"{code} : aucun candidat à décider, les fichiers n'ont que leur en-tête."
    csv = path.with_suffix(".csv").relative_to(dossier.racine)
    return (
        f"{code} : {formats.format_count(lignes.height, 'candidat')} à décider, {_near(lignes)}. "
        f"À remplir : {csv}, ou {path.name}.xlsx (avec notes et moyennes)."
    )


def _near(lignes: pl.DataFrame) -> str:
    """Say how many are near the threshold, and how many nobody can say it of yet."""
    seuil = rules_of(lignes["session"]).admission
    sans_moyenne = lignes.filter(decision_calculee="INCOMPLET").height
    proches = f"dont {lignes.filter(pl.col('cas').str.starts_with('1.')).height} près de {seuil}"
    if not sans_moyenne:
        return proches
    sans = f"{formats.format_integer(sans_moyenne)} sans toutes leurs notes"
    if sans_moyenne == lignes.height:
        return f"{sans} : près de {seuil}, pas encore connu"
    return f"{proches} ({sans}, pas encore jugés)"


def choose_rows(lecture: Lecture, etape: str, *, decides: bool = False) -> pl.DataFrame:
    """Return the candidates to decide with their evidence, in the order a jury takes them.

    Parameters
    ----------
    lecture
        One spécialité of a published session.
    etape
        ``premier_groupe`` or ``controle``.
    decides
        Also those whom the jury has decided on at that step.

    Returns
    -------
    polars.DataFrame
        What `cas.dossier` returns, with etape, verifications, and question, pourquoi (`cas.split`).
    """
    rows = cas.dossier(
        lecture.table("resultat_candidat"),
        lecture.table("staging.candidat"),
        lecture.table("note_retenue"),
        lecture.table("staging.decision_jury"),
        "centre_ecrit",
    ).with_columns(
        etape=pl.lit(etape), verifications=pl.col("raisons_verification").list.join(" ; ")
    )
    asked = cas.split(cas.with_absences(rows, lecture.table("epreuve_controle")))
    rows = rows.join(
        asked.select("numero_candidat", "question", "pourquoi"), on="numero_candidat", how="left"
    )
    if etape == "controle":
        return _called(rows, lecture, decides=decides)
    return _first_group(rows, decides=decides)


def _first_group(rows: pl.DataFrame, *, decides: bool) -> pl.DataFrame:
    decided = pl.col("decision_jury").is_not_null()
    undecided = ~decided & (pl.col("decision_calculee") != "EN_COURS")
    return _in_order(rows.filter(undecided | (decided & decides)), "moyenne_generale")


def _called(rows: pl.DataFrame, lecture: Lecture, *, decides: bool) -> pl.DataFrame:
    passees = lecture.table("rattrapage").select(
        "numero_candidat", pl.col("epreuves_passees").list.join(", ")
    )
    decided = pl.col("decision_jury_controle").is_not_null()
    called = rows.filter((pl.col("est_appele") & ~decided) | (decided & decides))
    joined = called.join(passees, on="numero_candidat", how="left")
    with_case = joined.with_columns(cas=_case_after_control(joined)).with_columns(
        pl.col("decision_apres_controle").replace(lexique.CODES)
    )
    return _in_order(with_case, "moyenne_finale")


def _case_after_control(rows: pl.DataFrame) -> pl.Expr:
    near = cas.CASES[0]
    admission = rules_of(rows["session"]).regime.admission
    decision = pl.col("decision_apres_controle")
    return (
        pl.when(decision.is_null())
        .then(pl.lit(_CAS_CONTROLE[0]))
        .when(decision == "ADMIS")
        .then(pl.lit(_CAS_CONTROLE[2]))
        .when(pl.col("moyenne_finale") >= admission - PROCHE)
        .then(pl.lit(near))
        .otherwise(pl.lit(_CAS_CONTROLE[1]))
    )


def _in_order(rows: pl.DataFrame, moyenne: str) -> pl.DataFrame:
    return rows.sort(
        "cas",
        "centre_ecrit",
        moyenne,
        "numero_candidat",
        descending=[False, False, True, False],
        nulls_last=True,
    )


def _write_workbook(path: Path, lignes: pl.DataFrame, lecture: Lecture, etape: str) -> None:
    codes = cas.compulsory(lecture.epreuves)
    epreuves = [code for code in codes if code in lignes.columns]
    proposition = _CONTROLE if etape == "controle" else ("decision_calculee", "raison")
    titre = f"{lecture.titre} : décisions du jury {lecture.specialite}, à remplir"
    natures: dict[str, Nature] = dict.fromkeys((*epreuves, "session", "etape"), "texte")
    natures["points_controle"] = "points"
    decisions = Feuille(
        "Décisions",
        lignes,
        [*_CLE, *_QUI, *epreuves, *_MOYENNES, *proposition, "verifications"],
        titre,
        libelles=_LIBELLES | {code: code for code in epreuves},
        natures=natures,
        vides=_A_REMPLIR,
        choix={"decision": DECISIONS[etape], "livret_examine": LIVRET},
    )
    *others, dernier = DECISIONS[etape]
    possibles = f"{', '.join(others)} ou {dernier}"
    emploi = Feuille(
        "Mode d’emploi",
        pl.DataFrame({"message": [ligne.format(decisions=possibles) for ligne in _MODE_D_EMPLOI]}),
        ["message"],
        titre,
        libelles={"message": "Comment remplir ce fichier"},
    )
    write_workbook(path, [decisions, emploi], reserve_of(lecture.dossier))
