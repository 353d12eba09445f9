"""A gap in the words of a meeting: how much, which way, how sure, what was decided, what it moves."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from perequation.presentation.lexique import code_label
from perequation.socle import formats

# An interval wider than this says no more than half points.
_WIDE = 2.0
_CERTAIN, _LIKELY = 0.99, 0.9
_LARGEST = 3.0
#: How gaps are written, said once on each page that has some.
SIGNS = "+ : plus haut que l’attendu ; − : plus bas."


def gap_in_words(row: Mapping[str, Any]) -> str:
    """Say a gap and its interval, signs as everywhere: «environ +1,6 point, de +0,7 à +2,5»."""
    size = kept_points(row) or math.copysign(_step(row), row["ecart_retenu"])
    low, high = (formats.format_number(row[name], 1, sign=True) for name in ("ic_bas", "ic_haut"))
    # The ends of the interval stay on one line.
    span = f"de {low} à {high}".replace(" ", formats.NBSP)
    return f"environ {signed_points(size)}, {span}"


def kept_points(row: Mapping[str, Any]) -> float:
    """Return the gap kept as every page shows it: to half a point where its interval is wide."""
    step = _step(row)
    return round(row["ecart_retenu"] / step) * step


def _step(row: Mapping[str, Any]) -> float:
    return 0.5 if row["ic_haut"] - row["ic_bas"] > _WIDE else 0.1


def signed_points(points: float) -> str:
    """Say how far from what was expected, and on which side: «−1,5 point»."""
    return f"{formats.format_number(points, 1, sign=True)} {formats.points_word(points)}"


def verdict(row: Mapping[str, Any]) -> str:
    """Say what a gap calls for, and how sure it is."""
    return f"{code_label(row['signal'])} : {certainty(row)}"


def certainty(row: Mapping[str, Any]) -> str:
    """Say how sure a gap of consequence is; one only watched is at most probable."""
    if row["signal"] != "signale":
        return "probable"
    sure = row["probabilite_materielle"] or 0
    if sure >= _CERTAIN:
        return "presque certain"
    return "très probable" if sure >= _LIKELY else "probable"


def past(known: Sequence[Mapping[str, Any]]) -> str:
    """Say what earlier sessions said of a unit at an épreuve, from what is known of it."""
    before: dict[str, Mapping[str, Any]] = {}
    for each in known:
        before.setdefault(each["session_anterieure"], each)
    said = [
        f"{session} : {_said_then(before[session])}" for session in sorted(before, reverse=True)
    ]
    return " ; ".join(said) or formats.MISSING


def _said_then(earlier: Mapping[str, Any]) -> str:
    """Say an earlier gap; the direction of one that was not signalled is only chance."""
    then = code_label(earlier["signal_anterieur"])
    if earlier["signal_anterieur"] not in {"signale", "a_surveiller"}:
        return then
    return f"{then}, {'même sens' if earlier['meme_sens'] else 'sens contraire'}"


def long_run(row: Mapping[str, Any], known: Sequence[Mapping[str, Any]]) -> str | None:
    """Say how much of a unit's gap lasts from one session to the next, when earlier ones tell."""
    told = (
        each
        for each in known
        if each["etape"] == row["etape"] and each["ecart_durable"] is not None
    )
    each = next(told, None)
    if each is None:
        return None
    low, high = each["ic_bas_durable"], each["ic_haut_durable"]
    doubt = " : rien ne montre qu’il dure" if low <= 0 <= high else ""
    gap, spread = each["ecart_durable"], each["ecart_type_sessions"]
    return (
        f"sur {each['nb_sessions']} sessions, celle-ci comprise, ce qui se répète de cet écart est "
        f"estimé à {formats.format_gap(gap)} {formats.points_word(gap)} "
        f"(de {formats.format_gap(low)} à {formats.format_gap(high)}){doubt} ; d’une session à "
        f"l’autre, l’écart d’un même lieu varie couramment de {formats.format_number(spread)} "
        f"{formats.points_word(spread)}"
    )


def decision(row: Mapping[str, Any]) -> str:
    """Say what the meeting decided, and what was done of it."""
    if row["decision"] is None:
        return "à prendre"
    if row["decision"] == "MAINTIEN":
        return "notes maintenues"
    points = formats.format_number(row["decalage_decide"], 1, sign=True)
    done = {
        "a_reporter": ", à reporter",
        "non_suivie": ", non suivi",
        "suivie_en_partie": ", en partie",
    }
    unit = formats.points_word(row["decalage_decide"])
    return f"{points} {unit}{done.get(row['suite_donnee'] or '', ', fait')}"


def correction(row: Mapping[str, Any]) -> float:
    """Return the points one would try against a gap: half points, at most three."""
    size = min(_LARGEST, max(0.5, round(abs(row["ecart_retenu"]) * 2) / 2))
    return -size if row["ecart_retenu"] > 0 else size


def effect(row: Mapping[str, Any], tried: Sequence[Mapping[str, Any]]) -> str:
    """Say what `correction` would change to the proposals, this unit alone being corrected."""
    points = correction(row)
    found = (each for each in tried if each["etape"] == row["etape"] and each["points"] == points)
    counts = next(found, None)
    if counts is None:
        return formats.MISSING
    verb = "ôtait" if points < 0 else "ajoutait"
    size = formats.format_number(abs(points), 0 if points == int(points) else 1)
    return f"si l’on {verb} {size} {formats.points_word(points)} : {moves(counts)}"


def moves(counts: Mapping[str, int]) -> str:
    """Say which way proposals move: «2 admis de moins, 1 appelé au contrôle de plus»."""
    words = {
        "admis": ("admis", "admis"),
        "controle": ("appelé au contrôle", "appelés au contrôle"),
        "refuse": ("refusé", "refusés"),
    }
    said = [
        f"{formats.format_count(abs(counts[name]), *pair)} de {'plus' if counts[name] > 0 else 'moins'}"
        for name, pair in words.items()
        if counts[name]
    ]
    return ", ".join(said) or "aucune proposition ne change"
