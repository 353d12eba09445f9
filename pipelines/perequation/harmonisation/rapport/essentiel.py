"""What is to be discussed at the meeting and what is not, in sentences."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from perequation.harmonisation.ecarts.motifs import EFFECTIF_TOTAL
from perequation.harmonisation.rapport.choix import PLURALS, count_units, flagged
from perequation.presentation.textes import (
    Fragment,
    box,
    bullets,
    fill,
    fold,
    heading,
    paragraph,
    stack,
)
from perequation.socle import formats
from perequation.socle.en_vigueur import Restants


def first_page(analyses: pl.DataFrame, titres: Mapping[str, str]) -> Fragment:
    """Say, épreuve by épreuve, what is to be discussed and what is not.

    Parameters
    ----------
    analyses
        What `harmonisation.summarise_analyses` returns.
    titres
        Titles of the épreuves by code.
    """
    if analyses.is_empty():
        return box("information", paragraph("Aucune note à comparer entre unités."))
    rows = analyses.to_dicts()
    discussed = [row for row in rows if row["nb_signales"]]
    calm = [row for row in rows if row["nb_signalables"] and not row["nb_signales"]]
    silent = [row for row in rows if not row["nb_signalables"]]
    reasons = [heading("Pas d’analyse possible"), _reasons(silent)] if silent else []
    if not discussed and not calm:
        # «Nothing to examine» would be a conclusion, and there is none.
        return stack(*reasons)
    return stack(
        heading("À examiner en commission"),
        _sentences(discussed, titres, "Aucune unité n’est à examiner."),
        heading("Rien à examiner"),
        _sentences(calm, titres, "Aucune épreuve analysée n’est sans unité à examiner."),
        *reasons,
    )


def not_analysed(analyses: pl.DataFrame) -> Fragment:
    """Say which épreuves could not be compared, each reason once, folded."""
    silent = analyses.filter(pl.col("nb_signalables") == 0).to_dicts()
    if not silent:
        return fill("")
    count = formats.format_count(len(silent), "comparaison impossible", "comparaisons impossibles")
    return fold(count, _reasons(silent), printed=True)


def reduced_mode(analyses: pl.DataFrame, attendues: pl.DataFrame) -> Fragment:
    """Warn that nothing can be judged, when it is so: not yet, or never in this session.

    Parameters
    ----------
    analyses
        What `harmonisation.summarise_analyses` returns.
    attendues
        `marts.completude`: marks expected and received.
    """
    if analyses.is_empty() or analyses["nb_signalables"].sum():
        return fill("")
    comptes = attendues.group_by("epreuve").agg(
        pl.col("attendues", "recues").sum(), rang=pl.min("rang")
    )
    rares = comptes.filter(
        pl.col("epreuve").is_in(analyses["epreuve"].unique().to_list()),
        pl.col("attendues") < EFFECTIF_TOTAL,
    )
    toutes = comptes.filter(pl.col("epreuve").is_in(analyses["epreuve"].unique().to_list()))
    jamais = toutes.height > 0 and rares.height == toutes.height
    manquent = comptes.filter(pl.col("recues") < pl.col("attendues")).sort("rang")
    return box(
        "avertissement",
        paragraph(
            "<strong>Mode réduit.</strong> {quand} Les différences de moyennes ne comparent pas les "
            "notations ; le rapport ne signale rien, et donne ce qui peut se regarder.",
            quand=_never(toutes) if jamais else _not_yet(manquent, rares),
        ),
    )


def _never(comptes: pl.DataFrame) -> str:
    most = formats.format_count(max(comptes["attendues"].to_list()), "candidat")
    return (
        f"Aucune comparaison ne sera possible à cette session : {most} au plus par épreuve, il en "
        f"faut {EFFECTIF_TOTAL}."
    )


def _not_yet(manquent: pl.DataFrame, rares: pl.DataFrame) -> str:
    few = formats.join_words(rares["epreuve"].sort().to_list())
    never = (
        f" Jamais à cette session pour {few}, de moins de {EFFECTIF_TOTAL} candidats."
        if few
        else ""
    )
    if manquent.is_empty():
        return (
            "Aucune comparaison n’est possible avec ces notes, toutes reçues ; chaque raison est plus "
            f"bas.{never}"
        )
    awaited = [
        f"{epreuve} ({formats.format_integer(recues)} sur {formats.format_integer(attendues)})"
        for epreuve, attendues, recues in manquent.select(
            "epreuve", "attendues", "recues"
        ).iter_rows()
    ]
    return f"Aucune comparaison n’est encore possible. Notes reçues : {formats.join_words(awaited)}.{never}"


def threshold(analyses: pl.DataFrame, session: float) -> Fragment:
    """Say from which gap on a difference counts, and whether it is the session's own setting.

    Parameters
    ----------
    analyses
        What `harmonisation.summarise_analyses` returns.
    session
        The session's own threshold, points.
    """
    judged = analyses.filter(pl.col("nb_signalables") > 0)
    used = judged["alerte_ecart"].unique().to_list()
    if not used:
        return fill("")
    if used == [session]:
        return paragraph(
            "Un écart compte à partir de {x} point (réglage de la session, non une norme).",
            x=formats.format_number(session),
        )
    return box(
        "avertissement",
        paragraph(
            "<strong>Seuil choisi pour cette édition : {x} point.</strong> Celui de la session est de "
            "{y} point : les conclusions ci-dessous ne sont pas celles de la session.",
            x=formats.format_number(used[0]),
            y=formats.format_number(session),
        ),
    )


def sentence(row: Mapping[str, Any]) -> str:
    """Say an analysis in one sentence: «3 établissements sur 31 à examiner ; 0,2 faux signal…»."""
    kind = row["type_unite"]
    judged = formats.format_integer(row["nb_signalables"])
    if not row["nb_signalables"]:
        return f"{row['motif_analyse'] or 'pas d’analyse possible'}."
    if not row["nb_signales"]:
        text = f"rien à examiner parmi {count_units(row['nb_signalables'], kind)}"
    else:
        text = (
            f"{count_units(row['nb_signales'], kind)} sur {judged} à examiner ; "
            f"{_false_signals(row)} si les hypothèses tiennent"
        )
    if row["nb_a_surveiller"]:
        text += f" ; {formats.format_integer(row['nb_a_surveiller'])} à surveiller"
    return text + "."


def nothing_compared(analyses: pl.DataFrame) -> Fragment:
    """Say that no épreuve can be compared between units, when it is so."""
    words = "Aucune épreuve ne peut être comparée entre unités."
    compared = not analyses.is_empty() and analyses["nb_signalables"].sum() > 0
    return fill("") if compared else paragraph("{x}", x=words)


def nothing_to_discuss(ecarts: pl.DataFrame) -> str:
    """Say that no gap is to be discussed: because none was found, or because none can be judged."""
    if (ecarts["signal"] != "indisponible").any():
        return "Aucun écart à examiner ni à surveiller"
    return formats.begin(str(Restants(0, 0, 0)))


def nothing_flagged(ecarts: pl.DataFrame) -> Fragment:
    """Say that no unit is to be examined or watched, when it is so."""
    if flagged(ecarts):
        return fill("")
    judged = ecarts["signal"].is_in(["aucun"]).any()
    none = "Aucune unité n’est à examiner ni à surveiller."
    return paragraph("{x}", x=none if judged else "Aucune unité n’a pu être jugée.")


def _sentences(rows: list[dict[str, Any]], titres: Mapping[str, str], nothing: str) -> Fragment:
    if not rows:
        return paragraph("{x}", x=nothing)
    return bullets(
        fill(
            "<strong>{e}</strong> ({titre}, {noun}) : {said}{units}",
            e=row["epreuve"],
            titre=titres.get(row["epreuve"], ""),
            noun=PLURALS[row["type_unite"]],
            said=sentence(row),
            units=stack(_named(row), _first_page_cautions(row)),
        )
        for row in rows
    )


def _reasons(rows: list[dict[str, Any]]) -> Fragment:
    """Return each reason once, with the épreuves it holds for."""
    by_reason: dict[str, list[str]] = {}
    for row in rows:
        reason = row["motif_analyse"] or "pas d’analyse possible"
        name = f"{row['epreuve']} ({PLURALS[row['type_unite']]})"
        by_reason.setdefault(reason, []).append(name)
    return bullets(
        fill("<strong>{who}</strong> : {why}.", who=formats.join_words(who), why=why)
        for why, who in by_reason.items()
    )


def _false_signals(row: Mapping[str, Any]) -> str:
    """Say how many false signals to expect: «0,4 faux signal attendu (de 0 à 2)»."""
    expected = row["faux_signaux_attendus"]
    words = "faux signaux attendus" if expected >= 2 else "faux signal attendu"
    return f"{few_or_more(expected)} {words} (de {row['faux_bas']} à {row['faux_haut']})"


def few_or_more(expected: float) -> str:
    """Write a number of false signals to expect: «0,4»; «moins de 0,1» and never «0,0»."""
    return "moins de 0,1" if expected < 0.05 else formats.format_number(expected, 1)


def _named(row: Mapping[str, Any]) -> Fragment:
    names = row["unites_signalees"] or []
    return fill(" Écarts à examiner : {x}.", x=formats.join_words(names)) if names else fill("")


def _first_page_cautions(row: Mapping[str, Any]) -> Fragment:
    """Say in a few words what weakens an analysis; its diagnostics say more."""
    shared = row.get("lambda_origine") not in {None, "epreuve"}
    doubtful = row.get("unites_reservees") or []
    words = [
        *([f"λ {origin(row['lambda_origine'])}"] if shared else []),
        *(
            [f"indice fragile ou ancres incomplètes pour {formats.join_words(doubtful, 6)}"]
            if doubtful
            else []
        ),
    ]
    return fill(" Réserves : {x}.", x=" ; ".join(words)) if words else fill("")


def origin(code: str | None) -> str:
    """Say what λ or τ² was estimated on."""
    return {
        "epreuve": "estimé sur l’épreuve",
        "specialite": "mis en commun dans la spécialité",
        "session": "mis en commun dans la session",
    }.get(code or "", "non estimé")
