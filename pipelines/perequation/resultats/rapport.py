"""What the session report says and shows: rates, averages, épreuves, eliminations."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from perequation.presentation import graphiques
from perequation.presentation.lexique import code_label
from perequation.presentation.publie import Publie
from perequation.presentation.tableaux import table
from perequation.presentation.textes import Fragment, box, key_figures, paragraph, stack
from perequation.socle import formats
from perequation.socle.configuration import ReferenceNationale
from perequation.socle.regles_decision import rules_in_force

TAUX = (
    "Taux : admis, au premier groupe ou après contrôle, rapportés aux présents ; intervalle de "
    "Wilson à 95 %. Moyenne : moyenne générale du premier groupe."
)

_MASQUE = "« – » : trop peu de candidats, ou chiffre qui permettrait d’en retrouver un autre."

# Lines of a chart that fit on a printed page.
PAGE_ROWS = 40

_MAILLES = {
    "academie": "académie",
    "etablissement": "établissement",
    "centre_ecrit": "centre d’écrit",
    "statut": "statut",
    "sexe": "sexe",
    "forme": "forme de l’examen",
}

_CODED = frozenset({"statut", "sexe", "forme"})

_CAUSE_DU_JURY = {"decision_jury": "Décision du jury seule"}

_RAISONS = {
    "petit_effectif": "Trop peu de candidats",
    "groupe_homogene": "Tous, tous sauf un, un seul ou aucun",
    "peu_disperse": "Notes presque toutes égales",
    "deductible": "Ferait connaître un petit groupe à un établissement",
    "complement": "Permettrait de retrouver un autre chiffre par différence",
}

_DECISIONS = {
    "admis_premier_groupe": "Admis au premier groupe",
    "admis_controle": "Admis après contrôle",
    "controle": "Appelés au contrôle, en attente de décision",
    "refuses": "Refusés",
    "elimines": "Éliminés",
    "incomplets": "Incomplets ou en cours",
}


def headline(reussite: Publie, decisions: Publie) -> Fragment:
    """Return the key figures of the session, each with its denominator.

    Parameters
    ----------
    reussite
        `Resultats.total`.
    decisions
        `Resultats.decisions`: decision, nb_candidats.
    """
    if reussite.is_empty():
        return box("information", paragraph("Aucun résultat pour cette spécialité."))
    row = reussite.to_dicts()[0]
    if not row["presents"]:
        return box("information", paragraph("{x}", x=_nobody(row)))
    counts = _counts(decisions)
    if row["admis"] is None:
        said = (
            "Trop peu de décisions connues parmi les présents : les résultats de la session ne sont "
            "pas publiés."
        )
        return box("information", paragraph("{x}", x=said))
    return stack(_figures(row, counts), paragraph("{x}", x=sentence(row, counts)))


def sentence(row: Mapping[str, Any], decisions: Mapping[str, int | None]) -> str:
    """Say the results of the session in words."""
    count, percent = formats.format_count, formats.format_percent
    text = (
        f"Sur {count(row['presents'], 'candidat présent', 'candidats présents')}, "
        f"{count(row['admis'], 'est admis', 'sont admis')}, soit {percent(row['taux_reussite'])}"
    )
    first, after = decisions.get("admis_premier_groupe"), decisions.get("admis_controle")
    if first is not None and after is not None:
        text += (
            f" : {formats.format_integer(first)} au premier groupe et "
            f"{formats.format_integer(after)} après les épreuves de contrôle"
        )
    waiting = decisions.get("controle", 0)
    if waiting is None:
        text += ". Des candidats appelés au contrôle peuvent attendre encore une décision"
    elif waiting:
        verb = "attend" if waiting == 1 else "attendent"
        text += (
            f". {count(waiting, 'candidat appelé', 'candidats appelés')} au contrôle {verb} encore "
            "une décision : le taux est provisoire"
        )
    return text + "."


def decisions_table(decisions: Publie, minimum: int) -> Fragment:
    """Return the decisions of the whole session (`Resultats.decisions`)."""
    return table(
        decisions.with_columns(pl.col("decision").replace(_DECISIONS)),
        ["decision", "nb_candidats"],
        identifier="decisions",
        caption="Décisions, tous candidats inscrits",
        labels={"decision": "Décision"},
        note="Décision en vigueur : celle du jury quand elle est connue, sinon la proposition "
        "calculée ; les documents internes disent aussi ce qui était proposé avant le jury et le "
        "contrôle. En attente : appelés au contrôle dont l’issue n’est "
        "pas encore connue (contrôle à venir, absence à un oral sans note à l’autre, ou issue que "
        "seul le jury donne) ; absents aux deux oraux : refusés, aucun gain. « – » : moins de "
        f"{minimum} candidats, ou chiffre qui permettrait d’en retrouver un autre.",
        empty="Aucune décision.",
    )


def by_maille(reussite: Publie, maille: str) -> Publie:
    """Return the rows of a maille, named in words, in alphabetical order.

    Parameters
    ----------
    reussite
        `Resultats.reussite`.
    maille
        academie, etablissement, centre_ecrit, statut, sexe or forme.
    """
    rows = reussite.filter(maille=maille)
    label = pl.col("libelle")
    if maille in _CODED:
        label = label.replace({value: code_label(value) for value in rows["libelle"]})
    # Two establishments may share a name: the UAI then tells them apart.
    named = pl.when(label.is_duplicated()).then(label + " (" + pl.col("modalite") + ")")
    return rows.with_columns(modalite=named.otherwise(label)).sort("modalite")


def rates_table(frame: Publie, maille: str) -> Fragment:
    """Return the results by modality of a maille; hidden figures are null and `masque` is true."""
    name = _MAILLES[maille]
    return table(
        frame.with_columns(_interval()),
        [
            "modalite",
            "inscrits",
            "presents",
            "admis",
            "taux_reussite",
            "intervalle",
            "moyenne_generale",
        ],
        identifier=f"taux-{maille.replace('_', '-')}",
        caption=f"Résultats par {name}",
        labels={
            "modalite": name.capitalize(),
            "taux_reussite": "Taux",
            "intervalle": "Intervalle (95 %)",
            "moyenne_generale": "Moyenne",
        },
        natures={"intervalle": "taux"},
        note=f"{TAUX} {hidden_note(frame)}".strip(),
        empty="Cette répartition n’est pas renseignée.",
        muted=pl.col("masque"),
        dense=True,
    )


def hidden_note(frame: Publie) -> str:
    """Say what « – » means, under a table that has some."""
    flags = [name for name in frame.columns if name.startswith("masque")]
    return _MASQUE if any(frame[flag].any() for flag in flags) else ""


def confidentiality(masquage: Publie, minimum: int) -> Fragment:
    """Say what is hidden, in this document and in those beside it, and by which rule.

    Parameters
    ----------
    masquage
        `Resultats.masquage`: raison, nb.
    minimum
        Candidates under which nothing is published.
    """
    rule = (
        f"Aucun chiffre n’est publié sur moins de {minimum} candidats, ni sur un groupe dont tous "
        "les candidats, tous sauf un, un seul ou aucun sont admis (ou ont au moins 10) : il dirait "
        "le résultat de chacun. D’autres chiffres sont masqués (« – ») parce qu’ils permettraient "
        "de retrouver ceux-là en comparant cette page, les fiches des établissements et des "
        "centres, et ce que chaque établissement, ou deux ensemble, savent de leurs candidats. La "
        "décision est prise une fois pour tous ces documents. Les effectifs (inscrits, présents, "
        "nombre de notes) ne sont pas des résultats et ne sont pas masqués."
    )
    return stack(
        paragraph("{rule}", rule=rule),
        table(
            masquage.with_columns(pl.col("raison").replace(_RAISONS)),
            ["raison", "nb"],
            identifier="masquage",
            caption="Chiffres masqués, dans tous les documents de la session",
            labels={"raison": "Raison", "nb": "Chiffres"},
            natures={"nb": "entier"},
            empty="Aucun chiffre masqué.",
        ),
    )


def republication(changed: Publie, minimum: int) -> Fragment | None:
    """Warn that this page, beside the one published before, would tell of a few candidates.

    Parameters
    ----------
    changed
        `Resultats.republication`.
    minimum
        Candidates under which nothing may be worked out.
    """
    if changed.is_empty():
        return None
    said = (
        "Cette page et celle d’avant diffèrent de quelques candidats : "
        f"{formats.format_count(changed.height, 'chiffre change', 'chiffres changent')}, et la "
        f"différence dit ce qui a changé pour moins de {minimum} d’entre eux. Ne la publiez pas à "
        "la suite de l’autre sans l’avoir décidé (option --revele)."
    )
    return box("avertissement", paragraph("{said}", said=said))


def landmarks(total: Publie, reference: ReferenceNationale | None) -> list[tuple[str, float]]:
    """Return the rates every group is compared with: the session's, the country's when given."""
    marks = [("session", rate) for rate in total["taux_reussite"].drop_nulls()]
    if reference is not None and reference.taux_reussite is not None:
        marks.append((reference.source, reference.taux_reussite))
    return marks


def beside_the_country(total: Publie, reference: ReferenceNationale | None) -> Fragment | None:
    """Say the session's results beside the national ones `session.toml` gives, if it does."""
    if reference is None or total.is_empty():
        return None
    row = total.row(0, named=True)
    figures = (
        ("taux de réussite", row["taux_reussite"], reference.taux_reussite, formats.format_percent),
        ("moyenne", row["moyenne_generale"], reference.moyenne_generale, formats.format_mark),
    )
    said = [
        f"{name} de {written(here)} ici, {written(there)} au national"
        for name, here, there, written in figures
        if here is not None and there is not None
    ]
    if not said:
        return None
    return paragraph(
        "<strong>Référence nationale</strong> ({source}){colon} {said}.",
        source=reference.source,
        colon=f"{formats.NBSP}:",
        said=" ; ".join(said),
    )


def rates_charts(frame: Publie, maille: str, marks: Sequence[tuple[str, float]] = ()) -> list[Any]:
    """Return the charts of rates by modality, one per page, or say there is nothing to compare.

    Parameters
    ----------
    frame
        `by_maille`.
    maille
        What the lines are.
    marks
        `landmarks`.
    """
    rows = frame.filter(pl.col("taux_reussite").is_not_null())
    if rows.height < 2:
        return [paragraph("Moins de deux groupes dont le taux est publié : pas de graphique.")]
    charts = [
        graphiques.rates(part, _MAILLES[maille], marks) for part in rows.iter_slices(PAGE_ROWS)
    ]
    said = f"Entre parenthèses : présents. {graphiques.said_marks(marks)}".strip()
    return [*charts, paragraph("{said}", said=said)]


def eliminations(causes: Publie, decisions: Publie, minimum: int) -> Fragment:
    """Return who was eliminated and why, in counts.

    Parameters
    ----------
    causes
        `Resultats.eliminations`.
    decisions
        `Resultats.decisions`.
    minimum
        Candidates under which a count is hidden.
    """
    counts = _counts(decisions)
    count = counts.get("elimines")
    if count == 0 or (causes.is_empty() and counts):
        return paragraph("Aucun candidat éliminé.")
    said = "Le nombre de candidats éliminés n’est pas publié"
    if count is not None:
        said = formats.format_count(count, "candidat éliminé", "candidats éliminés")
    if causes["nb_candidats"].is_null().all():
        why = "chaque cause concerne trop peu de candidats pour être publiée"
        return paragraph("{said} ; {why}.", said=said, why=why)
    rows = causes.with_columns(
        pl.col("cause").replace(rules_in_force().causes | _CAUSE_DU_JURY),
        pl.col("epreuve").replace("toutes", "toutes épreuves"),
    )
    return stack(
        paragraph("{said}.", said=said),
        table(
            rows.sort("cause", pl.col("epreuve") != "toutes épreuves", "epreuve"),
            ["cause", "epreuve", "nb_candidats"],
            identifier="eliminations",
            caption="Éliminations par cause",
            labels={"nb_candidats": "Candidats"},
            note="Chaque candidat une fois par cause dans « toutes épreuves » ; les absences par "
            f"épreuve sont plus haut. « – » : moins de {minimum} candidats, ou chiffre qui "
            "permettrait d’en retrouver un autre.",
        ),
    )


def _counts(decisions: Publie) -> dict[str, int | None]:
    return {row["decision"]: row["nb_candidats"] for row in decisions.to_dicts()}


def _figures(row: Mapping[str, Any], decisions: Mapping[str, int | None]) -> Fragment:
    integer, percent = formats.format_integer, formats.format_percent
    presents = f"sur {integer(row['presents'])} présents"
    waiting = decisions.get("controle")
    called = f"{integer(waiting)} encore en attente de décision" if waiting else presents
    interval = formats.format_percent_interval(row.get("taux_bas"), row.get("taux_haut"))
    interval = interval.replace(" ", formats.NBSP)
    first, after = decisions.get("admis_premier_groupe"), decisions.get("admis_controle")
    known = first is not None and after is not None
    return key_figures(
        [
            (integer(row["inscrits"]), "Inscrits", "au fichier des candidats"),
            (integer(row["presents"]), "Présents", f"sur {integer(row['inscrits'])} inscrits"),
            *(
                (
                    (integer(first), "Admis au premier groupe", presents),
                    (integer(after), "Admis après contrôle", called),
                )
                if known
                else ((integer(row["admis"]), "Admis", presents),)
            ),
            (percent(row["taux_reussite"]), "Taux de réussite", f"des présents ; {interval}"),
            (formats.format_mark(row["moyenne_generale"]), "Moyenne générale", "premier groupe"),
        ]
    )


def _nobody(row: Mapping[str, Any]) -> str:
    count = formats.format_count(row["inscrits"], "candidat inscrit", "candidats inscrits")
    return f"{count}, aucun présent : il n’y a pas encore de résultat à présenter."


def _interval() -> pl.Expr:
    return (
        pl.struct("taux_bas", "taux_haut")
        .map_elements(
            lambda row: formats.format_percent_interval(row["taux_bas"], row["taux_haut"]),
            return_dtype=pl.String,
        )
        .alias("intervalle")
    )
