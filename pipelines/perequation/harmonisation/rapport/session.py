"""What the harmonisation report shows beside the gaps: the whole session, what can't be compared.

Also what the meeting changed.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

from perequation.harmonisation.figures.attente import frame_waiting, list_waiting
from perequation.harmonisation.rapport import graphiques_session
from perequation.harmonisation.rapport.choix import NOUNS, named_units, rows_of
from perequation.harmonisation.rapport.colonnes import (
    GREY_BELOW,
    INTERVAL,
    PAGE_ROWS,
    band,
    identify,
    in_order,
    interval,
)
from perequation.harmonisation.rapport.epreuve import title
from perequation.presentation.tableaux import table
from perequation.presentation.textes import Fragment, fill, paragraph


def ccf_overview(units: pl.DataFrame, line: pl.DataFrame) -> list[Any]:
    """Return CCF against ponctuel for the whole session: the chart and its table.

    Parameters
    ----------
    units, line
        What `harmonisation.frame_ccf` returns.
    """
    if units.is_empty():
        text = "Aucun candidat n’a à la fois une note de CCF et une note d’écrit anonyme."
        return [paragraph("{x}", x=text)]
    words = units.with_columns(epreuves_signalees=pl.col("epreuves_signalees").list.join(", "))
    shown = table(
        in_order(words),
        [
            "unite",
            "n",
            "nb_epreuves",
            "moyenne_ccf",
            "moyenne_ancres",
            "difference",
            "moyenne_attendue",
            "ecart_ajuste",
            "epreuves_signalees",
        ],
        identifier="ccf-ponctuel",
        caption="Toutes les épreuves en CCF, par établissement",
        labels={
            "unite": "Établissement",
            "n": "Notes de CCF",
            "nb_epreuves": "Épreuves",
            "moyenne_ccf": "Moyenne en CCF",
            "moyenne_ancres": "Moyenne des ancres",
            "moyenne_attendue": "CCF attendue",
            "epreuves_signalees": "À examiner",
        },
        natures={
            "nb_epreuves": "entier",
            "moyenne_ccf": "note",
            "moyenne_ancres": "note",
            "difference": "ecart",
            "moyenne_attendue": "note",
            "epreuves_signalees": "code",
        },
        marked=pl.col("signal") == "signale",
        muted=pl.col("signal") == "indisponible",
        note="Candidats ayant au moins une ancre ; moyennes pondérées par les notes de CCF. CCF "
        "attendue : ce que les ancres laissent attendre (λ de chaque épreuve). La différence entre "
        "CCF et ancres ne compare pas les notations à elle seule ; l’écart ajusté est la moyenne "
        "de ceux des épreuves, sans conclusion propre.",
        dense=True,
    )
    return [graphiques_session.ccf_overview(units, line), shown]


def expected_marks(completude: pl.DataFrame, noms: Mapping[str, str]) -> pl.DataFrame:
    """Return the marks expected and received of each establishment (`marts.completude`)."""
    rows = completude.select(
        "epreuve", "attendues", "recues", unite="modalite", type_unite=pl.lit("etablissement")
    )
    return named_units(rows, noms)


def nothing_waiting(analyses: pl.DataFrame) -> Fragment:
    """Say that no épreuve is only described, when it is so."""
    words = "Toutes les épreuves assez nombreuses sont comparées plus haut."
    return paragraph("{x}", x=words) if analyses.is_empty() else fill("")


def described(  # noqa: PLR0913, PLR0917 (the tables of a report, each by its name)
    analyses: pl.DataFrame,
    ecarts: pl.DataFrame,
    notes: pl.DataFrame,
    attendues: pl.DataFrame,
    historique: pl.DataFrame,
    titres: Mapping[str, str],
) -> list[Any]:
    """Return what can be looked at of the analyses without gaps, each under its title.

    Parameters
    ----------
    analyses, ecarts, notes, historique
        As `harmonisation.list_waiting` and `frame_waiting` take them.
    attendues
        What `expected_marks` returned.
    titres
        Titles of the épreuves by code.
    """
    shown: list[Any] = []
    for analyse in list_waiting(analyses, ecarts).iter_rows(named=True):
        ecarts_, notes_, passe = (rows_of(t, analyse) for t in (ecarts, notes, historique))
        frame = frame_waiting(ecarts_, notes_, attendues, passe)
        shown += [title(analyse, titres), *waiting(frame, analyse)]
    return shown


def waiting(frame: pl.DataFrame, row: Mapping[str, Any]) -> list[Any]:
    """Return what an analysis without gaps lets one look at: the chart and its table.

    Parameters
    ----------
    frame
        What `harmonisation.frame_waiting` returns.
    row
        The analysis.
    """
    ordered = in_order(frame)
    charts: list[Any] = [graphiques_session.spread(part) for part in ordered.iter_slices(PAGE_ROWS)]
    columns = [
        "unite",
        "n",
        "recues",
        "attendues",
        "moyenne",
        "q1",
        "mediane",
        "q3",
        "ecart_type",
        "part_vingt",
        "bande",
        "session_anterieure",
        "ecart_anterieur",
        "intervalle",
    ]
    filled = ordered.with_columns(
        bande=band(), intervalle=interval("ic_bas_anterieur", "ic_haut_anterieur")
    )
    silent = {
        "recues": "recues",
        "attendues": "recues",
        "bande": "ecart_lambda_bas",
    } | dict.fromkeys(("session_anterieure", "ecart_anterieur", "intervalle"), "ecart_anterieur")
    kept = [c for c in columns if frame[silent.get(c, "n")].count()]
    return [
        *charts,
        table(
            filled,
            kept,
            identifier=identify("attente", row),
            caption=f"{row['epreuve']} : notes reçues, sans comparaison des notations",
            labels={
                "unite": NOUNS[row["type_unite"]].capitalize(),
                "recues": "Notes reçues",
                "attendues": "Attendues",
                "part_vingt": "Part de 20",
                "bande": "λ = b / λ = 1",
                "session_anterieure": "Session",
                "ecart_anterieur": "Son écart retenu",
                "intervalle": INTERVAL,
            },
            natures={
                "recues": "entier",
                "attendues": "entier",
                "part_vingt": "taux",
                "bande": "ecart",
                "session_anterieure": "code",
                "ecart_anterieur": "ecart",
                "intervalle": "ecart",
            },
            muted=pl.col("n") < GREY_BELOW,
            note="n : notes chiffrées ; notes reçues : codes (AB, NV…) compris. Les différences brutes "
            "ne comparent pas les notations : les unités n’ont pas les mêmes candidats.",
            dense=True,
        ),
    ]


def stages_table(stages: pl.DataFrame) -> Fragment:
    """Return what separates units before and after (`harmonisation.compare_stages`)."""
    if stages.is_empty():
        return fill("")
    return table(
        stages,
        [
            "epreuve",
            "type_unite",
            "nb_modifiees",
            "nb_signales_avant",
            "nb_signales_apres",
            "tau2_avant",
            "tau2_apres",
            "variance_avant",
            "variance_apres",
        ],
        identifier="avant-apres",
        caption="Entre unités, avant et après l’harmonisation",
        labels={
            "nb_modifiees": "Notes modifiées",
            "nb_signales_avant": "À examiner avant",
            "nb_signales_apres": "après",
            "tau2_avant": "τ² avant",
            "tau2_apres": "après",
            "variance_avant": "Variance des moyennes avant",
            "variance_apres": "après",
        },
        natures={
            "nb_modifiees": "entier",
            "nb_signales_avant": "entier",
            "nb_signales_apres": "entier",
            "tau2_avant": "note",
            "tau2_apres": "note",
            "variance_avant": "note",
            "variance_apres": "note",
        },
        note="τ² : variance entre unités de ce que les ancres n’expliquent pas, en points carrés. "
        "La variance des moyennes compte aussi les différences entre candidats : elle n’a pas à "
        "tendre vers zéro.",
        dense=True,
    )


def effect_table(effets: pl.DataFrame) -> Fragment:
    """Return what was decided and what was done (`marts.harmonisation_effet`)."""
    return table(
        effets.filter((pl.col("nb_modifiees") > 0) | pl.col("decision").is_not_null()),
        [
            "epreuve",
            "unite",
            "nb_notes",
            "nb_modifiees",
            "moyenne_transmise",
            "moyenne_harmonisee",
            "decision",
            "decalage_decide",
            "decalage_constate",
            "decision_conforme",
            "rangs_inverses",
        ],
        identifier="effet",
        caption="Ce que l’harmonisation a changé",
        labels={
            "nb_notes": "Notes",
            "nb_modifiees": "Modifiées",
            "decision": "Décision",
            "decalage_decide": "Décalage décidé",
            "moyenne_transmise": "Moyenne transmise",
        },
        natures={"nb_notes": "entier", "nb_modifiees": "entier", "decalage_decide": "ecart"},
        marked=~pl.col("decision_conforme"),
        note="Conforme : chaque note vaut la note transmise plus le décalage décidé, à l’arrondi "
        "près ; une note changée sans décision ne l’est pas. Rangs inversés : nombre de fois où un "
        "candidat de ce lieu et un autre candidat, de ce lieu ou d’ailleurs, ont changé de place l’un "
        "par rapport à l’autre ; un lieu aux notes maintenues en compte quand un autre a été corrigé.",
        empty="Aucune note modifiée ni décision enregistrée.",
        dense=True,
        stacked=True,
    )
