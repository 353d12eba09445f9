"""Small drawings that stand in a table's row or in a card: an interval, the marks of a few."""

from collections.abc import Mapping

from markupsafe import Markup

from perequation.presentation import theme
from perequation.presentation.textes import Fragment
from perequation.socle import formats

_WIDTH, _HEIGHT = 120, 14
_DOT, _STEP = 2.4, 5.6


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
    """Draw marks out of 20 as dots piled by half point, with named places on the axis.

    Parameters
    ----------
    counts
        Number of marks at each half point; a pile of more than twelve is drawn to scale.
    marks
        Places to name under the axis («observé», «attendu»), points out of 20.
    words
        What the drawing says, for who doesn't see it.
    """
    most = max(counts.values(), default=1)
    scale = min(1.0, 12 / most)
    top = max(1, round(most * scale)) * _STEP + 4
    width = 40 * 14.0
    dots = Markup("").join(
        Markup('<circle cx="{x:.1f}" cy="{y:.1f}" r="{r}"/>').format(
            x=20 + mark * 26, y=top - 3 - rank * _STEP, r=_DOT
        )
        for mark, n in sorted(counts.items())
        for rank in range(max(1, round(n * scale)))
    )
    ticks = Markup("").join(
        Markup('<text x="{x}" y="{y}">{v}</text>').format(x=20 + v * 26, y=top + 12, v=v)
        for v in range(0, 21, 5)
    )
    named = Markup("").join(
        Markup(
            '<path d="M{x:.1f} 0V{t}" stroke="{c}" stroke-width="1.5"{dash}/>'
            '<text x="{tx:.1f}" y="{y}" text-anchor="{anchor}" fill="{ink}">{name} {v}</text>'
        ).format(
            x=20 + value * 26,
            t=top,
            ink=theme.INK,
            c=colour,
            dash=Markup(' stroke-dasharray="3 2"') if rank else "",
            tx=20 + value * 26 + (4 if value >= max(marks.values()) else -4),
            anchor="start" if value >= max(marks.values()) else "end",
            y=9,
            name=name,
            v=formats.format_mark(value),
        )
        for rank, (colour, (name, value)) in enumerate(
            zip((theme.VERMILION, theme.BLUE), marks.items(), strict=False)
        )
    )
    return Fragment(
        Markup(
            '<svg class="pq-points" viewBox="0 0 {w} {h}" role="img" aria-label="{words}">'
            '<path d="M20 {t}H540" stroke="{grey}"/><g fill="{ink}">{dots}</g>{ticks}{named}</svg>'
        ).format(
            w=width,
            h=top + 16,
            words=words,
            t=top,
            grey=theme.GREY,
            ink=theme.INK,
            dots=dots,
            ticks=ticks,
            named=named,
        )
    )
