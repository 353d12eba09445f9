"""Small drawings that stand in a table's row or in a card: an interval, the marks of a few."""

from collections.abc import Mapping

from markupsafe import Markup

from perequation.presentation import theme
from perequation.presentation.textes import Fragment
from perequation.socle import formats

_WIDTH, _HEIGHT = 120, 14
_DOT, _STEP = 2.4, 5.6
# Height of a line of names; nearer than this to 0 or 20, a name has no room on that side.
_LINE, _EDGE = 15, 4


def interval_bar(
    low: float, middle: float, high: float, extent: float, threshold: float
) -> Fragment:
    """Draw an interval on an axis from −extent to +extent, with zero and ± the threshold.

    The words of the row say the same: for a screen reader the drawing is not there.
    """

    def x(value: float) -> str:
        ratio = max(-1.0, min(1.0, value / extent))
        return f"{_WIDTH / 2 * (1 + 0.96 * ratio):.1f}"

    lines = Markup("").join(
        Markup('<path d="M{x} 0V{h}" stroke="{c}"{dash}/>').format(
            x=x(place),
            h=_HEIGHT,
            c=theme.GREY,
            dash=Markup(' stroke-dasharray="2 2"') if place else "",
        )
        for place in (-threshold, 0.0, threshold)
    )
    return Fragment(
        Markup(
            '<svg class="pq-trait" width="{w}" height="{h}" viewBox="0 0 {w} {h}" aria-hidden="true">'
            '{lines}<path d="M{low} 7H{high}" stroke="{ink}" stroke-width="2"/>'
            '<circle cx="{mid}" cy="7" r="3.6" fill="{ink}"/></svg>'
        ).format(
            w=_WIDTH, h=_HEIGHT, lines=lines, low=x(low), high=x(high), mid=x(middle), ink=theme.INK
        )
    )


def dot_strip(counts: Mapping[float, int], marks: Mapping[str, float], words: str) -> Fragment:
    """Draw marks out of 20 as dots piled by half point, with named places above the piles.

    Parameters
    ----------
    counts
        Number of marks at each half point; a pile of more than twelve is drawn to scale.
    marks
        At most two places to name («observé», «attendu»), points out of 20.
    words
        What the drawing says, for who doesn't see it.
    """
    names = _name_places(marks)
    most = max(counts.values(), default=1)
    scale = min(1.0, 12 / most)
    room = _LINE * max(line for _, line in names)
    top = room + max(1, round(most * scale)) * _STEP + 4
    dots = Markup("").join(
        Markup('<circle cx="{x:.1f}" cy="{y:.1f}" r="{r}"/>').format(
            x=_place(mark), y=top - 3 - rank * _STEP, r=_DOT
        )
        for mark, n in sorted(counts.items())
        for rank in range(max(1, round(n * scale)))
    )
    ticks = Markup("").join(
        Markup('<text x="{x}" y="{y}">{v}</text>').format(x=_place(v), y=top + 13, v=v)
        for v in range(0, 21, 5)
    )
    named = Markup("").join(
        Markup(
            '<path d="M{x:.1f} {above}V{t}" stroke="{c}" stroke-width="1.5"{dash}/>'
            '<text x="{tx:.1f}" y="{y}" text-anchor="{anchor}" fill="{ink}">{name} {v}</text>'
        ).format(
            x=_place(value),
            above=_LINE * (line - 1),
            t=top,
            ink=theme.INK,
            c=colour,
            dash=Markup(' stroke-dasharray="3 2"') if rank else "",
            tx=_place(value) + (4 if anchor == "start" else -4),
            anchor=anchor,
            y=_LINE * line - 4,
            name=name,
            v=formats.format_mark(value),
        )
        for rank, (colour, (name, value), (anchor, line)) in enumerate(
            zip((theme.VERMILION, theme.BLUE), marks.items(), names, strict=True)
        )
    )
    return Fragment(
        Markup(
            '<svg class="pq-points" viewBox="0 0 {w} {h}" role="img" aria-label="{words}">'
            '<path d="M20 {t}H540" stroke="{grey}"/><g fill="{ink}">{dots}</g>{ticks}{named}</svg>'
        ).format(
            w=560,
            h=top + 17,
            words=words,
            t=top,
            grey=theme.GREY,
            ink=theme.INK,
            dots=dots,
            ticks=ticks,
            named=named,
        )
    )


def _place(mark: float) -> float:
    """Return where a mark stands along the axis."""
    return 20 + mark * 26


def _name_places(marks: Mapping[str, float]) -> list[tuple[str, int]]:
    """Return for each place the side its name is written on (its anchor), and on which line.

    The lower one is named at its left and the other at its right, but where the edge is near; a
    name on the same side as the one before is written under it.
    """
    values = list(marks.values())
    first = values.index(min(values))
    sides = [
        ("end" if value >= _EDGE else "start")
        if rank == first
        else ("start" if value <= 20 - _EDGE else "end")
        for rank, value in enumerate(values)
    ]
    return [(side, 1 + sides[:rank].count(side)) for rank, side in enumerate(sides)]
