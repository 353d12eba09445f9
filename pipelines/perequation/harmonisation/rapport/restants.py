"""The first table of the report: each gap that remains, how sure, what was decided, what it moves."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from perequation.harmonisation.rapport.choix import (
    CLE,
    NOUNS,
    PLURALS,
    Unit,
    by_unit,
    trial_id,
    unit_of,
)
from perequation.harmonisation.rapport.essentiel import few_or_more, nothing_to_discuss, sentence
from perequation.harmonisation.rapport.mots import (
    SIGNS,
    certainty,
    decision,
    effect,
    gap_in_words,
    past,
)
from perequation.presentation.dessins import interval_bar
from perequation.presentation.lexique import code_label
from perequation.presentation.tableaux import NOMINATIVES, table
from perequation.presentation.textes import Fragment, counted, fill, paragraph, stack
from perequation.socle import formats
from perequation.socle.en_vigueur import Restants

_FLAGGED = ("signale", "a_surveiller")
_UNIT = [*CLE, "unite"]
#: Where the gaps a page has no room for are.
ELSEWHERE = "tous sont dans la table ecart (exports)"
#: What `places` asks of the marks.
LIEU = ("epreuve", "commission", "centre")
_SIGNS = {
    ("signale", True): "▲",
    ("signale", False): "▼",
    ("a_surveiller", True): "△",
    ("a_surveiller", False): "▽",
}
_LABELS = {
    "qui": "Épreuve et lieu",
    "n": "Nombre de notes",
    "ecart": "Écart à l’attendu, en points sur 20",
    "trait": "−  0  +",
    "certitude": "Certitude",
    "passe": "Sessions antérieures",
    "decision": "Décision de la réunion",
    "effet": "Effet sur les propositions",
}
_DECIDED = "Déjà décidé par la réunion"
_CHOICE = Fragment("☐ maintien<br>☐ ……… point")
_DECISION = ("decision", "decalage_decide", "suite_donnee", "est_maintenu")


def list_remaining(
    ecarts: pl.DataFrame, vigueur: pl.DataFrame, lieux: pl.DataFrame
) -> pl.DataFrame:
    """Return the units to examine or to watch, in the order a meeting takes them.

    Those the meeting has decided on come last; those to examine first, then the gaps furthest
    from zero whatever the error.

    Parameters
    ----------
    ecarts
        Gaps the report is about, units named in words.
    vigueur
        `marts.ecart_en_vigueur`, units named in words.
    lieux
        epreuve, unite, centre: where commissions sit.
    """
    kept = ecarts.filter(pl.col("signal").is_in(_FLAGGED))
    decided = vigueur.select("epreuve", "type_unite", "unite", *_DECISION)
    nearest = pl.min_horizontal(pl.col("ic_bas").abs(), pl.col("ic_haut").abs())
    crosses = pl.col("ic_bas") * pl.col("ic_haut") < 0
    return (
        kept.join(decided, on=["epreuve", "type_unite", "unite"], how="left")
        .join(lieux, on=["epreuve", "unite"], how="left")
        .with_columns(
            rang=pl.col("signal").replace_strict(dict(zip(_FLAGGED, range(2), strict=True))),
            est_decide=pl.col("decision").is_not_null(),
            surete=pl.when(crosses).then(0.0).otherwise(nearest),
        )
        .sort(
            "est_decide",
            "rang",
            "surete",
            "epreuve",
            "unite",
            descending=[False, False, True, False, False],
        )
        .with_row_index("ancre", 1)
    )


def places(notes: pl.DataFrame) -> pl.DataFrame:
    """Return the centre each commission sits in, when there is but one: `LIEU` of the marks."""
    return (
        notes.filter(pl.col("commission").is_not_null())
        .group_by("epreuve", unite="commission")
        .agg(centres=pl.col("centre").drop_nulls().unique().sort())
        .select("epreuve", "unite", centre=pl.col("centres").list.join(", "))
    )


def answer(rows: pl.DataFrame, ecarts: pl.DataFrame) -> Fragment:
    """Say in one sentence how many gaps remain to be discussed, and how many are decided on."""
    judged = ecarts.filter(pl.col("signal") != "indisponible").height
    if not judged:
        return paragraph("{x}.", x=counted("{n}", n=nothing_to_discuss(ecarts)))
    if rows.is_empty():
        return paragraph(
            "{none} sur {n} comparaisons.",
            none=counted("{n}", n=nothing_to_discuss(ecarts)),
            n=formats.format_integer(judged),
        )
    flagged = rows.filter(signal="signale")
    kept = flagged.filter(pl.col("est_maintenu").fill_null(value=False)).height
    watch = rows.filter(signal="a_surveiller", est_decide=False).height
    left = str(Restants(judged, flagged.height, kept))
    return paragraph(
        "{n}, sur {judged} comparaisons (un lieu, une commission ou un correcteur à une épreuve)."
        "{open}{false}{decided}",
        n=counted(
            "{left}, {watch} à surveiller",
            left=formats.begin(left),
            watch=formats.format_integer(watch),
        ),
        open=_left_to_decide(rows),
        judged=formats.format_integer(judged),
        false=_false_in_all(flagged),
        decided=_decided(rows),
    )


def _false_in_all(flagged: pl.DataFrame) -> Fragment:
    """Say how many of the gaps to examine are expected to be false, over the whole session."""
    if flagged.is_empty():
        return fill("")
    expected = float((1 - flagged["probabilite_materielle"]).sum())
    return fill(
        " Faux signaux attendus parmi tous ceux à examiner (décidés compris, à surveiller non), si "
        "les hypothèses tiennent : {x}.",
        x=few_or_more(expected),
    )


def _left_to_decide(rows: pl.DataFrame) -> Fragment:
    """Say how many gaps the meeting has still to decide on, once it has decided on some."""
    waiting = rows.filter(est_decide=False)
    if waiting.height == rows.height:
        return fill("")
    if waiting.is_empty():
        return fill(" Rien ne reste à décider.")
    examine = waiting.filter(signal="signale").height
    if examine == rows.filter(signal="signale").height > 0:
        # Those counted are those to decide on: what is decided on is none of them.
        return fill("")
    return fill(
        " {verb} à décider : {examine} à examiner, {watch} à surveiller.",
        verb="Reste" if waiting.height == 1 else "Restent",
        examine=formats.format_integer(examine),
        watch=formats.format_integer(waiting.height - examine),
    )


def _decided(rows: pl.DataFrame) -> str:
    """Say how many gaps the meeting has decided on, and where they are."""
    decided = rows.filter("est_decide").height
    if not decided:
        return ""
    words = formats.format_count(decided, "écart est déjà décidé", "écarts sont déjà décidés")
    return f" {words} par la réunion, en bas du tableau."


def remaining_table(rows: pl.DataFrame, historique: pl.DataFrame, essais: pl.DataFrame) -> Fragment:
    """Return the gaps that remain, one row each, the interval drawn in the row."""
    if rows.is_empty():
        return fill("")
    extent = _extent(rows)
    known, tried = by_unit(historique, rows), by_unit(essais, rows)
    lines = [
        line | {"effet": _tried(row, line["effet"])}
        for row in rows.iter_rows(named=True)
        for line in [_line(row, known, tried, extent)]
    ]
    return table(
        _objects(lines),
        list(lines[0]),
        identifier="ecarts-restants",
        caption="Les écarts des notes en vigueur : à examiner, à surveiller, déjà décidés",
        labels=_LABELS,
        natures={"n": "entier"},
        group="niveau",
        note=f"{SIGNS} À surveiller, ou seulement probable : l’écart, même grand, peut encore tenir au "
        "hasard. La certitude est celle d’un écart au-delà du seuil, dans ce sens ; l’intervalle, lui, se "
        "compare à zéro. Dans chaque groupe, les plus sûrement loin de zéro d’abord. "
        "Attendu : ce que laissent prévoir les écrits anonymes des mêmes candidats. Trait : "
        "intervalle à 95 % ; tirets : seuil de la session. « Si l’on ôtait » : effet sur les "
        "propositions de l’écart, au demi-point le plus proche, ce lieu seul étant corrigé.",
        limit=NOMINATIVES,
        elsewhere=ELSEWHERE,
        dense=True,
        stacked=True,
    )


def discussion(
    rows: pl.DataFrame, ecarts: pl.DataFrame, historique: pl.DataFrame, essais: pl.DataFrame
) -> Fragment:
    """Return the gaps that remain and, beside them where there is room, the same by establishment."""
    return fill(
        '<div class="pq-cote">{table}{matrix}</div>',
        table=remaining_table(rows, historique, essais),
        matrix=matrix(rows, ecarts),
    )


def meeting_page(
    rows: pl.DataFrame,
    analyse: Mapping[str, Any],
    titre: str,
    historique: pl.DataFrame,
    essais: pl.DataFrame,
) -> Fragment:
    """Return the sheet of one épreuve for the table of the meeting: gaps, room for decisions."""
    noun = PLURALS[analyse["type_unite"]]
    flagged = rows.filter(epreuve=analyse["epreuve"], type_unite=analyse["type_unite"])
    extent = _extent(flagged)
    known, tried = by_unit(historique, flagged), by_unit(essais, flagged)
    lines = [
        _line(row, known, tried, extent) | {"choix": _CHOICE, "motif": "", "auteur": ""}
        for row in flagged.iter_rows(named=True)
    ]
    names = ("qui", "n", "ecart", "trait", "passe", "effet", "choix", "motif", "auteur")
    return fill(
        '<section class="pq-feuille"><h3>{e} · {t} ({noun})</h3>{said}{shown}'
        '<p class="pq-note">{signs} Décalage : points ajoutés à chaque note, par exemple −0,5. Motif et '
        "auteur : toujours. Un écart n’est ni une faute ni une preuve.</p></section>",
        e=analyse["epreuve"],
        t=titre,
        noun=noun,
        signs=SIGNS,
        said=paragraph("{x}", x=formats.begin(sentence(analyse))),
        shown=table(
            _objects(lines),
            names,
            identifier=f"reunion-{analyse['epreuve']}-{analyse['type_unite']}".lower(),
            caption="Écarts à discuter et décisions",
            labels=_LABELS | {"choix": "Décision", "motif": "Motif", "auteur": "Auteur"},
            natures={"n": "entier"},
            dense=True,
        ),
    )


def matrix(rows: pl.DataFrame, ecarts: pl.DataFrame) -> Fragment:
    """Return establishment × épreuve: direction by shape, certainty by fill, words for both."""
    # An épreuve where nobody can be judged says nothing of anybody.
    judged = (pl.col("signal") != "indisponible").any()
    school = ecarts.filter(type_unite="etablissement").filter(judged.over("epreuve"))
    names = rows.filter(type_unite="etablissement")["unite"].unique().sort()
    if names.len() < 2:
        return fill("")
    codes = school["epreuve"].unique().sort().to_list()
    cells = {
        (row["unite"], row["epreuve"]): _sign(row)
        for row in school.select("unite", "epreuve", "signal", "ecart_retenu").iter_rows(named=True)
    }
    ordered = sorted(names, key=formats.sort_key)
    frame = pl.DataFrame(
        {"unite": ordered}
        | {code: [cells.get((name, code), formats.MISSING) for name in ordered] for code in codes}
    )
    return stack(
        table(
            frame,
            ["unite", *codes],
            identifier="matrice",
            caption="Les mêmes, par établissement et épreuve en CCF",
            labels={"unite": "Établissement"} | {code: code for code in codes},
            natures=dict.fromkeys(codes, "code"),
            note="▲ plus haut que l’attendu, ▼ plus bas : à examiner. △ ▽ : à surveiller. "
            f"· : rien à signaler. –\u2060 : non analysé. {_others(school, names)}",
            limit=NOMINATIVES,
            elsewhere=ELSEWHERE,
            dense=True,
        )
    )


def _others(school: pl.DataFrame, named: pl.Series) -> str:
    """Say of the units that have no row what is known: nothing found, or nothing computed."""
    known = (pl.col("signal") != "indisponible").any()
    rest = school.filter(~pl.col("unite").is_in(named.implode())).group_by("unite")
    analysed = rest.agg(analyse=known)["analyse"]
    calm, unknown = int(analysed.sum()), int((~analysed).sum())
    said = formats.format_count(calm, "autre établissement n’a", "autres établissements n’ont")
    parts = [f"{said} rien à signaler là où il y a assez de notes"] if calm else []
    if unknown:
        said = formats.format_count(unknown, "autre n’est", "autres ne sont")
        parts.append(f"{said} {'analysé' if unknown == 1 else 'analysés'} à aucune épreuve")
    text = " ; ".join(parts)
    return f"{text}." if text else ""


def _extent(rows: pl.DataFrame) -> float:
    """Return the end of the axis that every interval fits in."""
    ends = [abs(x) for name in ("ic_bas", "ic_haut") for x in rows[name]]
    return max([1.0, *ends])


def _objects(lines: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Return a frame whose cells are text, numbers or pieces of page."""
    return pl.DataFrame(
        {name: pl.Series(name, [line[name] for line in lines], pl.Object) for name in lines[0]}
    )


def _line(
    row: Mapping[str, Any], known: Mapping[Unit, Any], tried: Mapping[Unit, Any], extent: float
) -> dict[str, Any]:
    where = f"{NOUNS[row['type_unite']]} : {row['centre']}" if row["centre"] else ""
    return {
        "qui": fill(
            '<a href="#u{a}">{e} · {u}</a>{centre}',
            a=row["ancre"],
            e=row["epreuve"],
            u=row["unite"],
            centre=fill("<br><small>{x}</small>", x=where) if where else "",
        ),
        "n": row["n"],
        "ecart": gap_in_words(row),
        "trait": interval_bar(
            row["ic_bas"], row["ecart_retenu"], row["ic_haut"], extent, float(row["alerte_ecart"])
        ),
        "niveau": _DECIDED if row["est_decide"] else code_label(row["signal"]).capitalize(),
        # What is decided on is a group of its own: its level is said in the row.
        "certitude": f"{certainty(row)} ({code_label(row['signal'])})"
        if row["est_decide"]
        else certainty(row),
        "passe": past(known.get(unit_of(row), ())),
        "decision": decision(row),
        "effet": effect(row, tried.get(unit_of(row), ())),
    }


def _tried(row: Mapping[str, Any], said: str) -> Fragment:
    """Return what points would change, and the way to where others are tried."""
    if said == formats.MISSING:
        return fill("{said}", said=said)
    return fill(
        '{said} <a class="pq-essayer" href="#{id}" aria-label="Essayer des points à {e} · {u}">'
        "→\u00a0essayer</a>",
        said=said,
        id=trial_id(row),
        e=row["epreuve"],
        u=row["unite"],
    )


def _sign(row: Mapping[str, Any]) -> str:
    if row["signal"] == "indisponible":
        return formats.MISSING
    if row["signal"] not in _FLAGGED:
        return "·"
    return _SIGNS[row["signal"], row["ecart_retenu"] > 0]
