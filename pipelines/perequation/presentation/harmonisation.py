"""What the harmonisation report says: which gaps are to be explained, which are not, and why.

The words are those of an inquiry: a gap is to be explained, nobody is called generous or severe.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import polars as pl

from perequation.erreurs import ConfigurationError
from perequation.presentation import formats, graphiques_ecarts
from perequation.presentation.lexique import code_label
from perequation.presentation.tableaux import table
from perequation.presentation.textes import Fragment, box, bullets, fill, heading, paragraph, stack

_ETAPES = ("transmise", "harmonisee", "definitive")
_CLE = ("epreuve", "etape", "type_unite")
NOUNS = {"etablissement": "établissement", "centre": "centre", "commission": "commission"}
GREY_BELOW = 10
# Lines of a chart that fit on a printed page.
PAGE_ROWS = 42
INTERVAL = f"Intervalle à 95{formats.NBSP}%"


def check_choice(
    connues: Collection[str], *, epreuves: str = "", type_unite: str = "", etape: str = ""
) -> None:
    """Check a report's choices: a word misspelt would give an empty, reassuring report.

    Parameters
    ----------
    connues
        Codes of the épreuves of the règlement.
    epreuves, type_unite, etape
        See `choose`.

    Raises
    ------
    ConfigurationError
        With each unknown word and those known.
    """
    choices = (
        ("Épreuve", [code.strip() for code in epreuves.split(",")] if epreuves else [], connues),
        ("Type d’unité", [type_unite] if type_unite else [], NOUNS),
        ("Étape", [etape] if etape else [], _ETAPES),
    )
    faults = [
        f"{what} « {word} » : valeur inconnue, au choix {', '.join(known)}."
        for what, words, known in choices
        for word in words
        if word not in known
    ]
    if faults:
        raise ConfigurationError(" ".join(faults))


def choose(
    ecarts: pl.DataFrame,
    noms: Mapping[str, str],
    *,
    epreuves: str = "",
    type_unite: str = "",
    etape: str = "",
) -> pl.DataFrame:
    """Return the gaps a report is about, units named in words.

    Parameters
    ----------
    ecarts
        `marts.ecart`, or any table with epreuve, etape, type_unite and unite.
    noms
        Names of the establishments by UAI.
    epreuves
        Codes separated by commas; empty for all.
    type_unite
        etablissement, centre or commission; empty for all.
    etape
        Stage of the marks; empty for the earliest each épreuve has: the meeting decides on the
        marks as they were sent.
    """
    kept = ecarts
    if epreuves:
        kept = kept.filter(pl.col("epreuve").is_in([code.strip() for code in epreuves.split(",")]))
    if type_unite:
        kept = kept.filter(pl.col("type_unite") == type_unite)
    if etape:
        kept = kept.filter(pl.col("etape") == etape)
    else:
        rank = pl.col("etape").replace_strict(dict(zip(_ETAPES, range(3), strict=True)), default=3)
        kept = kept.filter(rank == rank.min().over("epreuve", "type_unite"))
    return named_units(kept, noms)


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


def reduced_mode(analyses: pl.DataFrame) -> Fragment:
    """Warn that nothing can be judged yet, when it is so; else recall how to read the signals."""
    if not analyses.is_empty() and analyses["nb_signalables"].sum() == 0:
        return box(
            "avertissement",
            paragraph(
                "<strong>Mode réduit.</strong> Aucune analyse n’est possible pour l’instant "
                "(notes anonymes absentes ou effectifs trop faibles). Les différences de moyennes "
                "ne comparent pas les notations ; le rapport ne signale rien et se complétera de "
                "lui-même."
            ),
        )
    return box(
        "information",
        paragraph(
            "Un écart à expliquer n’est ni une faute ni une preuve : à partir des seules notes, "
            "une notation différente et un enseignement plus efficace sur l’épreuve ne se "
            "distinguent pas. La meilleure suite à donner est de faire relire un échantillon de "
            "copies ou de dossiers. Aucune note n’est corrigée automatiquement."
        ),
    )


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
    return box("avertissement", paragraph(
        "<strong>Seuil choisi pour cette édition : {x} point.</strong> Celui de la session est de "
        "{y} point : les conclusions ci-dessous ne sont pas celles de la session.",
        x=formats.format_number(used[0]), y=formats.format_number(session),
    ))  # fmt: skip


def sentence(row: Mapping[str, Any]) -> str:
    """Say an analysis in one sentence: «3 établissements sur 31 à examiner ; 0,2 faux signal»."""
    noun = NOUNS[row["type_unite"]]
    judged = formats.format_integer(row["nb_signalables"])
    if not row["nb_signalables"]:
        return f"{row['motif_analyse'] or 'pas d’analyse possible'}."
    if not row["nb_signales"]:
        text = f"rien à examiner parmi {formats.format_count(row['nb_signalables'], noun)}"
    else:
        text = (
            f"{formats.format_count(row['nb_signales'], noun)} sur {judged} à examiner ; "
            f"{_false_signals(row)}"
        )
    if row["nb_a_surveiller"]:
        text += f" ; {formats.format_integer(row['nb_a_surveiller'])} à surveiller"
    return text + "."


def title(row: Mapping[str, Any], titres: Mapping[str, str]) -> Fragment:
    """Return the heading of an analysis and its sentence."""
    noun = f"{NOUNS[row['type_unite']]}s"
    said = sentence(row)
    return stack(
        heading(
            "{epreuve} · {titre} ({noun}, notes {etape}s)",
            epreuve=row["epreuve"], titre=titres.get(row["epreuve"], ""), noun=noun,
            etape=code_label(row["etape"]),
        ),
        paragraph("<strong>{x}</strong>", x=said[0].upper() + said[1:]),
    )  # fmt: skip


def title_only(row: Mapping[str, Any], titres: Mapping[str, str]) -> Fragment:
    """Return the heading of an épreuve."""
    return heading("{e} · {titre}", e=row["epreuve"], titre=titres.get(row["epreuve"], ""))


def unit_title(row: Mapping[str, Any], unite: str) -> Fragment:
    """Return the heading of a unit."""
    return heading("{e} · {unite}", e=row["epreuve"], unite=unite)


def rows_of(frame: pl.DataFrame, row: Mapping[str, Any]) -> pl.DataFrame:
    """Return the rows of one analysis."""
    return frame.filter(*(pl.col(name) == row[name] for name in _CLE))


def charts(
    funnel: tuple[pl.DataFrame, pl.DataFrame], caterpillar: pl.DataFrame, anchors: pl.DataFrame
) -> list[Any]:
    """Return the three charts of an analysis; those without a row are left out."""
    drawn: list[Any] = []
    if not funnel[0].is_empty():
        drawn.append(graphiques_ecarts.funnel(*funnel))
    # One scale for all the pages of a chart, or two halves could not be compared.
    ends = pl.concat([caterpillar["ic_bas"], caterpillar["ic_haut"]]).drop_nulls().to_list()
    drawn += [
        graphiques_ecarts.caterpillar(part, (min(ends), max(ends)))
        for part in in_order(caterpillar).iter_slices(PAGE_ROWS)
    ]
    if not anchors.is_empty():
        drawn.append(graphiques_ecarts.against_anchors(anchors))
    return drawn


def heaping_chart(frame: pl.DataFrame) -> Any:
    """Return the heaping chart, or say why there is none."""
    if frame.is_empty():
        return paragraph("Moins de 300 notes : l’accumulation à 10 n’est pas étudiée.")
    return graphiques_ecarts.heaping(frame)


def flagged(rows: pl.DataFrame) -> list[str]:
    """Return the names of the units to examine or to watch."""
    return rows.filter(pl.col("signal").is_in(["signale", "a_surveiller"]))["unite"].to_list()


def nothing_compared(analyses: pl.DataFrame) -> Fragment:
    """Say that no épreuve can be compared between units, when it is so."""
    words = "Aucune épreuve ne peut encore être comparée entre unités."
    compared = not analyses.is_empty() and analyses["nb_signalables"].sum() > 0
    return fill("") if compared else paragraph("{x}", x=words)


def nothing_flagged(ecarts: pl.DataFrame) -> Fragment:
    """Say that no unit is to be examined or watched, when it is so."""
    if flagged(ecarts):
        return fill("")
    judged = ecarts["signal"].is_in(["aucun"]).any()
    none = "Aucune unité n’est à examiner ni à surveiller."
    return paragraph("{x}", x=none if judged else "Aucune unité n’a pu être jugée.")


def largest(analyses: pl.DataFrame, notes: pl.DataFrame) -> pl.DataFrame:
    """Return one analysis per épreuve, the one with the most marks."""
    counts = notes.group_by(_CLE).agg(nb=pl.col("n").sum())
    ranked = analyses.join(counts, on=_CLE).sort("epreuve", "nb", descending=[False, True])
    return ranked.unique("epreuve", keep="first", maintain_order=True)


def named_units(frame: pl.DataFrame, noms: Mapping[str, str]) -> pl.DataFrame:
    """Return a frame with the names of its establishments in place of their UAI."""
    labels = pl.col("unite").replace(_labels(noms))
    is_school = pl.col("type_unite") == "etablissement"
    return frame.with_columns(unite=pl.when(is_school).then(labels).otherwise(pl.col("unite")))


def heaping_table(frame: pl.DataFrame, row: Mapping[str, Any]) -> Fragment:
    """Return the counts around 10 beside the fit."""
    return table(
        frame.filter(pl.col("demi_point").is_between(8, 12)),
        ["demi_point", "n", "attendu", "exces"],
        identifier=identify("accumulation", row),
        caption=f"{row['epreuve']} : notes de 8 à 12",
        labels={"demi_point": "Note", "n": "Notes", "attendu": "Courbe", "exces": "Différence"},
        natures={"demi_point": "note", "attendu": "note", "exces": "ecart"},
        empty="Pas de tableau.",
    )


def gaps_table(rows: pl.DataFrame, row: Mapping[str, Any]) -> Fragment:
    """Return the gaps of every unit of an analysis, in the order of names."""
    return table(
        in_order(rows).with_columns(
            intervalle=interval("ic_bas", "ic_haut"),
            bande=band(),
        ),
        ["unite", "n", "moyenne", "ecart_brut", "ecart_ajuste", "bande", "erreur_type",
         "ecart_retenu", "intervalle", "probabilite_materielle", "q_valeur", "signal", "fragile"],
        identifier=identify("ecarts", row),
        caption=f"{row['epreuve']} : écarts par {NOUNS[row['type_unite']]}",
        labels={
            "unite": NOUNS[row["type_unite"]].capitalize(), "intervalle": INTERVAL,
            "probabilite_materielle": "Proba.", "bande": "λ = b / λ = 1",
        },
        # A decimal: 89,6 % is not yet the 90 % of a unit to examine.
        natures={
            "probabilite_materielle": "taux", "intervalle": "ecart", "bande": "ecart",
            "signal": "code",
        },
        marked=pl.col("signal") == "signale",
        muted=(pl.col("n") < GREY_BELOW) | (pl.col("signal") == "indisponible"),
        note=_table_note(rows),
        dense=True,
    )  # fmt: skip


def diagnostics(rows: pl.DataFrame, row: Mapping[str, Any]) -> Fragment:
    """Say what the analysis rests on and what weakens it."""
    number, percent = formats.format_number, formats.format_percent
    known = rows.filter(pl.col("tau2").is_not_null()).row(0, named=True)
    items = [
        fill(
            "λ = {l} (erreur type {se}), {o} ; fiabilité des ancres ρ = {r} ; K = {k} ; D = {d}"
            "{c}.",
            l=number(row["lambda"]), se=number(row["erreur_type_lambda"]),
            o=_origin(row["lambda_origine"]), r=number(row["fiabilite_ancres"]),
            k=formats.format_integer(row["nb_ancres"]), d=number(row["effet_commission"]),
            c="" if row["commission_connue"] else " (commissions inconnues, D supposé égal à 1)",
        ),
        fill(
            "τ² = {t} entre unités ({j} unités), {o}.",
            t=number(known["tau2"]), j=formats.format_integer(known["tau2_nb_unites"]),
            o=_origin(known["tau2_origine"]),
        ),
        fill(
            "{p} des candidats ont au moins deux épreuves d’ancrage.",
            p=percent(row["part_deux_ancres_total"]),
        ),
        *_cautions(rows),
    ]  # fmt: skip
    return bullets(items)


def _cautions(rows: pl.DataFrame) -> Iterable[Fragment]:
    wordings = {
        "fragile": "Le sens de l’écart dépend du λ choisi (fragile) : {x}.",
        "dispersion_atypique": "Notes anormalement resserrées ou dispersées : {x}.",
        "ancre_influente": "L’écart change de plus d’un demi-point sans l’une des ancres : {x}.",
    }
    flipped = rows.filter((pl.col("ecart_brut") > 0) != (pl.col("ecart_ajuste") > 0))
    if flipped.height:
        yield fill(
            "L’écart ajusté est de sens contraire à l’écart brut : {x}.",
            x=formats.join_words(flipped["unite"].sort(), 6),
        )
    for column, wording in wordings.items():
        kind = rows.schema[column]
        test = pl.col(column) if kind == pl.Boolean else pl.col(column).is_not_null()
        names = rows.filter(test.fill_null(value=False))["unite"].sort().to_list()
        if names:
            yield fill(wording, x=formats.join_words(names, 6))
    few = rows.filter(pl.col("part_sans_ancre") > 0.2)["unite"].sort().to_list()
    if few:
        text = "Plus d’un candidat sur cinq n’a aucune épreuve d’ancrage : {x}."
        yield fill(text, x=formats.join_words(few, 6))


def _sentences(rows: list[dict[str, Any]], titres: Mapping[str, str], nothing: str) -> Fragment:
    if not rows:
        return paragraph("{x}", x=nothing)
    return bullets(
        fill(
            "<strong>{e}</strong> ({titre}, {noun}s) : {said}{units}",
            e=row["epreuve"], titre=titres.get(row["epreuve"], ""),
            noun=NOUNS[row["type_unite"]], said=sentence(row),
            units=stack(_named(row), _first_page_cautions(row)),
        )
        for row in rows
    )  # fmt: skip


def _reasons(rows: list[dict[str, Any]]) -> Fragment:
    """Return each reason once, with the épreuves it holds for."""
    by_reason: dict[str, list[str]] = {}
    for row in rows:
        reason = row["motif_analyse"] or "pas d’analyse possible"
        name = f"{row['epreuve']} ({NOUNS[row['type_unite']]}s)"
        by_reason.setdefault(reason, []).append(name)
    return bullets(
        fill("<strong>{who}</strong> : {why}.", who=formats.join_words(who), why=why)
        for why, who in by_reason.items()
    )


def _false_signals(row: Mapping[str, Any]) -> str:
    """Say how many false signals to expect; with few units only how many at most is known."""
    most = row.get("faux_signaux_plafond")
    expected = row["faux_signaux_attendus"] if most is None else most
    words = "faux signaux attendus" if expected >= 2 else "faux signal attendu"
    shown = "moins de 0,1" if expected < 0.05 else formats.format_number(expected, 1)
    return f"{shown} {words}" if most is None else f"jusqu’à {shown} {words} (peu d’unités)"


def _named(row: Mapping[str, Any]) -> Fragment:
    names = row["unites_signalees"] or []
    return fill(" Écarts à expliquer : {x}.", x=formats.join_words(names)) if names else fill("")


def _first_page_cautions(row: Mapping[str, Any]) -> Fragment:
    """Say in a few words what weakens an analysis; its diagnostics say more."""
    shared = row.get("lambda_origine") not in {None, "epreuve"}
    # Marks given in an establishment never have a commission: there it says nothing.
    unknown = row.get("commission_connue") is False and row["type_unite"] != "etablissement"
    doubtful = row.get("unites_reservees") or []
    words = [
        *([f"λ {_origin(row['lambda_origine'])}"] if shared else []),
        *(["commissions inconnues"] if unknown else []),
        *(
            [f"indice fragile ou ancres incomplètes pour {formats.join_words(doubtful, 6)}"]
            if doubtful
            else []
        ),
    ]
    return fill(" Réserves : {x}.", x=" ; ".join(words)) if words else fill("")


def _labels(noms: Mapping[str, str]) -> dict[str, str]:
    """Return one name per UAI; two establishments of one name keep their UAI beside it."""
    seen = list(noms.values())
    return {uai: nom if seen.count(nom) == 1 else f"{nom} ({uai})" for uai, nom in noms.items()}


def identify(prefix: str, row: Mapping[str, Any]) -> str:
    """Return the name a table of an analysis has in the page."""
    return "-".join([prefix, *(str(row[name]).lower() for name in _CLE)])


def interval(low: str, high: str) -> pl.Expr:
    """Write an interval of gaps from the columns of its two ends."""
    return pl.struct(low, high).map_elements(
        lambda row: formats.format_gap_interval(row[low], row[high]), return_dtype=pl.String
    )


def band() -> pl.Expr:
    """Write the gap at the two ends of what λ may be; not an interval."""
    return pl.struct("ecart_lambda_bas", "ecart_lambda_un").map_elements(
        lambda row: f"{formats.NBSP}/{formats.NBSP}".join(map(formats.format_gap, row.values())),
        return_dtype=pl.String,
    )


def in_order(rows: pl.DataFrame) -> pl.DataFrame:
    """Sort units by name as people do: C9 before C10."""
    key = pl.col("unite").map_elements(formats.sort_key, return_dtype=pl.String)
    return rows.sort(key, "unite")


def _table_note(rows: pl.DataFrame) -> str:
    delta = formats.format_number(rows["alerte_ecart"].drop_nulls().first())  # pyright: ignore
    return (
        "Écarts en points sur 20 ; positif : notes plus hautes que ne le laissent attendre les "
        f"ancres. Proba. : probabilité que l’écart dépasse {delta} point ; à examiner à partir de "
        "90 %, à surveiller à partir de 80 %. En gris : effectif ou ancres insuffisants. "
        "λ = b, λ = 1 : ce que serait l’écart ajusté avec λ égal à la pente de régression, puis à "
        "1. Fragile : le sens change "
        "selon λ. Masqué (« – ») : effectif trop faible."
    )


def _origin(code: str | None) -> str:
    return {
        "epreuve": "estimé sur l’épreuve",
        "specialite": "mis en commun dans la spécialité",
        "session": "mis en commun dans la session",
    }.get(code or "", "non estimé")
