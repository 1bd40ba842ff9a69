"""A report's curves as one SVG within a page to print; in black, so that any printer has them."""

from collections.abc import Iterable, Sequence
from html import escape

from api_types import Curves, Metrics, ReliabilityBin
from language.catalogue import _

Point = Sequence[float]
# Pixels of a plot, and of the space around it.
SIDE, MARGIN = 220, 48
GAP = 24
WIDTH, HEIGHT = 2 * (SIDE + MARGIN + GAP), SIDE + 2 * MARGIN
# A dot has the area of its films, and can be seen where it has one.
SMALLEST_PX, LARGEST_PX = 2.0, 9.0


def as_svg(curves: Curves, metrics: Metrics) -> str:
    """ROC with the operating points, and reliability with intervals of 95 %."""
    marks = [
        (1 - rates["specificity"], rates["sensitivity"])
        for rates in metrics.get("at", {}).values()
        if rates["specificity"] is not None and rates["sensitivity"] is not None
    ]
    roc = _line(curves["roc"]) + "".join(_dot(x, y, 4.0) for x, y in marks)
    panels = (
        _panel(0, "ROC", _("1 - specificity"), _("sensitivity"), roc),
        _panel(
            1, _("Reliability"), _("probability of a finding"), _("share with one"),
            _reliability(curves["reliability"]),
        ),
    )  # fmt: skip
    title = _("ROC with the operating points; reliability with intervals of 95 %")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-size="11"><title>{escape(title)}</title>{"".join(panels)}</svg>'
    )


def _panel(place: int, title: str, x_title: str, y_title: str, content: str) -> str:
    left = MARGIN + place * (SIDE + MARGIN + GAP)
    ticks = "".join(
        f'<text x="{share * SIDE}" y="{SIDE + 14}" text-anchor="middle">{share:g}</text>'
        f'<text x="-6" y="{SIDE - share * SIDE + 4}" text-anchor="end">{share:g}</text>'
        for share in (0.0, 0.5, 1.0)
    )
    middle = SIDE / 2
    return (
        f'<g transform="translate({left} {MARGIN})">'
        f'<text x="{middle}" y="-10" text-anchor="middle" font-weight="bold">{escape(title)}</text>'
        f'<rect width="{SIDE}" height="{SIDE}" fill="none" stroke="#999"/>'
        f'<path d="M0 {SIDE}L{SIDE} 0" stroke="#bbb"/>{ticks}{content}'
        f'<text x="{middle}" y="{SIDE + 30}" text-anchor="middle">{escape(x_title)}</text>'
        f'<text transform="translate(-32 {middle}) rotate(-90)" text-anchor="middle">'
        f"{escape(y_title)}</text></g>"
    )


def _reliability(bins: Sequence[ReliabilityBin]) -> str:
    most = max((found["n"] for found in bins), default=1)
    return "".join(
        _line([(b["mean_score"], b["interval"][0]), (b["mean_score"], b["interval"][1])])
        + _dot(
            b["mean_score"],
            b["share_positive"],
            max(SMALLEST_PX, LARGEST_PX * (b["n"] / most) ** 0.5),
        )
        for b in bins
    )


def _line(points: Iterable[Point]) -> str:
    shown = " ".join(f"{x * SIDE:.1f},{(1 - y) * SIDE:.1f}" for x, y in points)
    return f'<polyline points="{shown}" fill="none" stroke="#000" stroke-width="1.5"/>'


def _dot(x: float, y: float, radius: float) -> str:
    return f'<circle cx="{x * SIDE:.1f}" cy="{(1 - y) * SIDE:.1f}" r="{radius:.1f}"/>'
