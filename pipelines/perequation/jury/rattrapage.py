"""What the rattrapage list says: who is called, what is missing, what is left to decide."""

import polars as pl

from perequation.presentation import lexique
from perequation.presentation.tableaux import NOMINATIVES, table
from perequation.presentation.textes import Fragment, box, fill, paragraph, stack
from perequation.socle import formats
from perequation.socle.regles_decision import (
    CONTROLES,
    PROCHE,
    band_below,
    rules_at,
    rules_in_force,
)

OUT_OF_REACH = "insuffisant"

POINTS = "Points multipliés par les coefficients, non des points sur 20."
BEFORE = "Manque avant contrôle"
_AFTER = "Manque après contrôle"
DECISION = "Décision du jury, ou proposition"

ABSENT = "absent au contrôle, à voir par le jury"


_ABSENCES = (
    "Absent aux deux oraux : aucun gain, le refus est proposé et compté parmi les refusés. Absent à "
    "un seul, sans autre note : rien n’est proposé, il est en attente de décision. Dans les deux cas "
    "le jury conclut ; les textes lus ne disent pas ce que devient cette absence."
)
_TARGETS = (
    "« E1 et E2 : 11,50 » : 11,50 à chacun des deux oraux donnent "
    f"{rules_in_force().admission} de moyenne ; une note plus basse à l’un se rattrape à l’autre. La "
    f"meilleure note est gardée. « {OUT_OF_REACH} » : même 20 et 20 n’y suffisent pas. « – » : choix "
    "impossible pour ce candidat. "
)


def _not_computed(rows: pl.DataFrame) -> str:
    """Say why the outcome of the contrôle isn't computed in the session of rows; else nothing."""
    session = next(iter(rows["session"]), 0) if "session" in rows.columns else 0
    return "" if is_permanent(session) else lexique.dated_definitions(session)["Contrôle"]


def is_permanent(session: int) -> bool:
    """Say whether a session (0: today) has the contrôle of which the outcome is computed."""
    rules = rules_at(session) if session else rules_in_force()
    return rules.regime.controle == "permanent"


def rule(session: int) -> Fragment:
    """Say in a sentence who is called, for this session, and by which text."""
    regles = rules_at(session)
    if regles.regime.controle == "aucun":
        return paragraph(
            "Aucun contrôle avant la session {first} : personne n’est appelé.",
            first=regles.ouverture,
        )
    regle = next(r for r in regles.regles if r.code == CONTROLES[regles.regime.controle])
    return paragraph(
        "<strong>Qui est appelé</strong> (session {session}, {article}) : {qui}.",
        session=session,
        article=regle.article,
        qui=regle.long,
    )


def called(
    rattrapage: pl.DataFrame, candidats: pl.DataFrame, controles: pl.DataFrame, maille: str
) -> pl.DataFrame:
    """Return the called candidates with their names, grouped by centre, in alphabetical order.

    Parameters
    ----------
    rattrapage
        `marts.rattrapage`.
    candidats
        `staging.candidat` (numero_candidat, nom, prenom, date_naissance).
    controles
        `marts.epreuve_controle` (numero_candidat, epreuve, code_controle).
    maille
        Column that groups the lists: centre_ecrit, etablissement or academie.

    Returns
    -------
    polars.DataFrame
        With `candidat` (name), `absences` (épreuves de contrôle without a mark, with the code),
        `est_en_attente`, `est_absent` (no mark at all, and the jury has yet to decide),
        `est_a_decider` (refused by the rules, and asked of the jury), and `situation`: what stands
        now, in words.
    """
    identity = candidats.select("numero_candidat", "nom", "prenom", "date_naissance")
    order = [
        pl.col(c).fill_null("").map_elements(formats.sort_key, pl.String)
        for c in (maille, "nom", "prenom")
    ]
    return (
        rattrapage.join(identity, on="numero_candidat", how="left")
        .join(absences(controles), on="numero_candidat", how="left")
        .with_columns(
            pl.col(maille).fill_null("(non renseigné)"),
            candidat=_name(),
            est_en_attente=pl.col("decision_finale").fill_null("CONTROLE") == "CONTROLE",
            est_absent=pl.col("absences").is_not_null()
            & (pl.col("epreuves_passees").list.len() == 0)
            & ~pl.col("est_decision_du_jury"),
        )
        .with_columns(situation=_situation(), est_a_decider=_is_left_to_the_jury())
        .sort(*order, "numero_candidat")
    )


def decided_before(resultats: pl.DataFrame, appeles: pl.DataFrame) -> Fragment:
    """Say how those the rule designates and those called differ: by what the jury decided at once.

    Parameters
    ----------
    resultats
        `marts.resultat_candidat`.
    appeles
        What `called` returned.
    """
    ruled = resultats.filter(decision_calculee="CONTROLE")
    apart = ruled.join(appeles, on="numero_candidat", how="anti").height
    added = appeles.join(ruled, on="numero_candidat", how="anti").height
    said = []
    if apart:
        head = formats.format_count(apart, "n’est pas", "ne sont pas")
        whose = "leur résultat" if apart > 1 else "son résultat"
        said.append(
            f"{head} dans les listes, le jury ayant décidé de {whose} dès le premier groupe"
        )
    if added:
        head = formats.format_count(added, "autre y est", "autres y sont")
        said.append(f"{head} par décision du jury")
    if not said:
        return fill("")
    return paragraph(
        "La règle désigne {n} : {said}.",
        n=formats.format_count(ruled.height, "candidat"),
        said=" ; ".join(said),
    )


def absences(controles: pl.DataFrame) -> pl.DataFrame:
    """Return, for each candidate without a mark at an épreuve de contrôle, which and the code.

    Parameters
    ----------
    controles
        `marts.epreuve_controle`.

    Returns
    -------
    polars.DataFrame
        numero_candidat, absences («E1 : AB, E3 : AB»).
    """
    coded = controles.filter(pl.col("code_controle").is_not_null()).sort("epreuve")
    said = pl.col("epreuve") + " : " + pl.col("code_controle")
    return coded.group_by("numero_candidat", maintain_order=True).agg(absences=said.str.join(", "))


def called_table(rows: pl.DataFrame, cibles: pl.DataFrame, maille: str) -> Fragment:
    """Return the summons list: what is missing, and the marks that suffice for each choice.

    Parameters
    ----------
    rows
        What `called` returned.
    cibles
        `marts.cible_controle`.
    maille
        Column that groups the list.
    """
    pairs = cibles.filter(pl.col("epreuve_2").is_not_null()) if not cibles.is_empty() else cibles
    choice = pl.col("epreuve_1") + " et " + pl.col("epreuve_2")
    mark = pl.col("note_egale").map_elements(formats.format_mark, pl.String)
    wide = (
        pairs.with_columns(choix=choice, suffit=mark.fill_null(OUT_OF_REACH))
        .sort("epreuve_1", "epreuve_2")
        .pivot("choix", index="numero_candidat", values="suffit", sort_columns=False)
    )
    choices = wide.columns[1:]
    reason = _not_computed(rows)
    return table(
        rows.join(wide, on="numero_candidat", how="left", maintain_order="left"),
        [
            "numero_candidat",
            "candidat",
            "etablissement",
            "moyenne_generale",
            "moyenne_professionnelle",
            "points_manquants",
            *choices,
        ],
        identifier="appeles",
        caption="Candidats appelés"
        + ("" if reason else ", et note qui suffit aux deux oraux selon le choix"),
        labels={
            "moyenne_generale": "Moy.",
            "moyenne_professionnelle": "Moy. prof.",
            "points_manquants": BEFORE,
        }
        | {name: name for name in choices},
        natures=dict.fromkeys(choices, "note"),
        group=maille,
        note=(f"{reason} " if reason else _TARGETS) + f"{BEFORE} : {POINTS[0].lower()}{POINTS[1:]}",
        empty="personne.",
        muted=~pl.col("atteignable"),
        dense=True,
        stacked=True,
        limit=NOMINATIVES,
        elsewhere="tous sont dans le classeur des appelés (exports)",
    )


def to_decide(rows: pl.DataFrame, maille: str) -> Fragment:
    """Return those who were absent at the contrôle and whom the jury has yet to decide."""
    return table(
        rows.filter("est_absent"),
        [
            "numero_candidat",
            "candidat",
            "etablissement",
            "moyenne_generale",
            "moyenne_professionnelle",
            "points_manquants",
            "absences",
            "situation",
        ],
        identifier="absents-controle",
        caption="Absents au contrôle, à voir par le jury",
        labels={
            "moyenne_generale": "Moyenne",
            "moyenne_professionnelle": "Moyenne prof.",
            "points_manquants": BEFORE,
            "absences": "Codes au contrôle",
        },
        group=maille,
        note=_not_computed(rows) or _ABSENCES,
        empty="aucun.",
        dense=True,
        stacked=True,
        limit=NOMINATIVES,
        elsewhere="tous sont dans le classeur d’après le contrôle (exports)",
    )


def results(rows: pl.DataFrame, maille: str) -> Fragment:
    """Return the results after contrôle of those who have one, or say there are none yet."""
    done = rows.filter(~pl.col("est_en_attente"), ~pl.col("est_absent"))
    if done.is_empty():
        return box("information", paragraph("Aucun résultat après contrôle n’est encore connu."))
    left = pl.col("points_manquants") - pl.col("gain_obtenu")
    return table(
        done.with_columns(manque_apres=pl.when(left > 0).then(left)),
        [
            "numero_candidat",
            "candidat",
            "moyenne_generale",
            "points_manquants",
            "epreuves_passees",
            "gain_obtenu",
            "manque_apres",
            "moyenne_finale",
            "situation",
        ],
        identifier="apres-controle",
        caption="Résultats après contrôle",
        labels={
            "moyenne_generale": "Moyenne avant",
            "moyenne_finale": "Moyenne après",
            "points_manquants": BEFORE,
            "epreuves_passees": "Épreuves passées",
            "gain_obtenu": "Points gagnés",
            "manque_apres": _AFTER,
            "situation": DECISION,
        },
        natures={"gain_obtenu": "points", "manque_apres": "points"},
        group=maille,
        note=POINTS,
        dense=True,
        stacked=True,
        limit=NOMINATIVES,
        elsewhere="tous sont dans le classeur d’après le contrôle (exports)",
    )


def near_misses(rows: pl.DataFrame, candidats: pl.DataFrame, session: int = 0) -> Fragment:
    """Return who is close but not called, and why (`marts.non_appele`)."""
    if not is_permanent(session):
        return paragraph("Sans objet à cette session.")
    regles = rules_in_force()
    identity = candidats.select("numero_candidat", "nom", "prenom")
    named = rows.join(identity, on="numero_candidat", how="left").with_columns(
        motif=pl.col("motif").str.slice(0, 1).str.to_uppercase() + pl.col("motif").str.slice(1)
    )
    return table(
        named.sort("motif", "moyenne_generale", "numero_candidat", descending=[False, True, False]),
        [
            "numero_candidat",
            "nom",
            "prenom",
            "etablissement",
            "moyenne_generale",
            "moyenne_professionnelle",
            "points_manquants_generale_8",
            "points_manquants_professionnelle_10",
        ],
        identifier="non-appeles",
        caption="Près d’un seuil du contrôle, de l’un au moins, et non appelés",
        labels={
            "moyenne_generale": "Moyenne",
            "moyenne_professionnelle": "Moyenne prof.",
            "points_manquants_generale_8": f"Points jusqu’à {regles.appel}",
            "points_manquants_professionnelle_10": f"Points prof. jusqu’à {regles.professionnelle}",
        },
        natures={
            "points_manquants_generale_8": "points",
            "points_manquants_professionnelle_10": "points",
        },
        group="motif",
        note=f"Moyenne générale de {band_below(regles.regime.appel)}, ou moyenne professionnelle "
        f"de {band_below(regles.regime.professionnelle)}. {POINTS}",
        empty="aucun, parmi les candidats refusés dont toutes les notes sont connues.",
        dense=True,
        stacked=True,
        limit=NOMINATIVES,
        elsewhere="tous sont dans la table non_appele (exports)",
    )


def after(rows: pl.DataFrame, maille: str) -> Fragment:
    """Return the second document: who is left to decide on, then the results after contrôle."""
    parts = stack(to_decide(rows, maille), results(rows, maille))
    return Fragment(f'<div class="pq-nouvelle-page">{parts.html}</div>')


def is_near_after_control() -> pl.Expr:
    """Tell, of who has an average after the contrôle, whether half a point more would admit."""
    near = pl.col("moyenne_finale") >= rules_in_force().regime.admission - PROCHE
    return near.fill_null(value=False)


def _is_left_to_the_jury() -> pl.Expr:
    """Tell who is counted refused after the contrôle and is still for the jury to decide."""
    refused = pl.col("decision_finale") == "REFUSE"
    asked = is_near_after_control() | pl.col("est_absent")
    return (refused & asked & ~pl.col("est_decision_du_jury")).fill_null(value=False)


def _situation() -> pl.Expr:
    """Say what stands now: the jury's decision, a proposal, an absence, or the contrôle to come."""
    by_jury = pl.col("decision_finale").replace(lexique.CODES) + " (jury)"
    admitted = pl.col("decision_finale") == "ADMIS"
    proposed = (
        pl.when(admitted)
        .then(pl.lit("Admission proposée"))
        .when(is_near_after_control())
        .then(pl.lit(f"À décider (près de {rules_in_force().admission})"))
        .otherwise(pl.lit("Refus proposé"))
    )
    decision = pl.when("est_decision_du_jury").then(by_jury).otherwise(proposed)
    missed = pl.when(pl.col("absences").is_not_null()).then(
        pl.lit(" ; sans note à ") + pl.col("absences")
    )
    return (
        pl.when("est_absent", ~pl.col("est_en_attente"))
        .then(pl.lit("Refus proposé, à voir par le jury"))
        .when(~pl.col("est_en_attente"))
        .then(decision + missed.otherwise(pl.lit("")))
        .when("est_absent")
        .then(pl.lit(ABSENT.capitalize()))
        .otherwise(pl.lit("Contrôle à venir"))
    )


def _name() -> pl.Expr:
    name = pl.col("nom").fill_null("") + " " + pl.col("prenom").fill_null("")
    return name.str.strip_chars()
