"""A card's curves as one SVG: ROC, reliability, coverage against error."""

from collections.abc import Iterable, Sequence
from html import escape

from api.model_card.card import Card
from api.model_card.metrics import Curves

Point = tuple[float, float]

SIDE, MARGIN, GAP = 220, 56, 24
WIDTH, HEIGHT = 3 * (SIDE + MARGIN) + 2 * GAP + 16, SIDE + 2 * MARGIN
INK, LINE, FAINT, MARK = "#24303C", "#1F6FB2", "#C5CDD5", "#C2410C"


def curves_svg(card: Card) -> str | None:
    """The three panels, of the hold-out; None if the card has no curves."""
    evaluation = card.metrics.get("holdout")
    if evaluation is None or evaluation.curves is None:
        return None
    curves = evaluation.curves
    panels = [
        _panel(0, "ROC", "1 - specificity", "sensitivity", _roc(card, curves)),
        _panel(1, "Reliability", "probability of a finding", "share with one", _bins(curves)),
        _panel(2, "Coverage", "share answered", "error among the answered", _coverage(curves)),
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif" font-size="11" '
            f'fill="{INK}">',
            f"<title>{escape(card.task)} {escape(card.version)}: curves on the hold-out</title>",
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
            *panels,
            "</svg>",
            "",
        ]
    )


def _panel(number: int, title: str, x: str, y: str, content: Sequence[str]) -> str:
    left = MARGIN + number * (SIDE + MARGIN + GAP)
    return "\n".join(
        [
            f'<g transform="translate({left},{MARGIN})">',
            f'<text x="{SIDE / 2}" y="-16" text-anchor="middle" font-size="14">{title}</text>',
            f'<rect width="{SIDE}" height="{SIDE}" fill="none" stroke="{FAINT}"/>',
            *content,
            f'<text x="{SIDE / 2}" y="{SIDE + 32}" text-anchor="middle">{x}</text>',
            f'<text transform="translate(-42,{SIDE / 2}) rotate(-90)" text-anchor="middle">{y}'
            "</text>",
            "</g>",
        ]
    )


def _roc(card: Card, curves: Curves) -> list[str]:
    rates = card.metrics["holdout"].overall.at
    marks = [
        (
            f"{name} ({rate.sensitivity:.3f}, {rate.specificity:.3f})",
            (1 - rate.specificity, rate.sensitivity),
        )
        for name, rate in rates.items()
        if rate.sensitivity is not None and rate.specificity is not None
    ]
    return [
        *_ticks((0.0, 1.0), (0.0, 1.0)),
        _polyline([(0.0, 0.0), (1.0, 1.0)], (0.0, 1.0), (0.0, 1.0), FAINT),
        _polyline(curves.roc, (0.0, 1.0), (0.0, 1.0), LINE),
        *(
            _dot(point, (0.0, 1.0), (0.0, 1.0), MARK)
            + f'<text x="{SIDE - 8}" y="{SIDE - 12 - 15 * row}" text-anchor="end" '
            f'fill="{MARK}">{escape(name)}</text>'
            for row, (name, point) in enumerate(reversed(marks))
        ),
    ]


def _bins(curves: Curves) -> list[str]:
    unit = (0.0, 1.0)
    bars = [
        _polyline([(b.mean_score, b.interval[0]), (b.mean_score, b.interval[1])], unit, unit, LINE)
        for b in curves.reliability
    ]
    return [
        *_ticks(unit, unit),
        _polyline([(0.0, 0.0), (1.0, 1.0)], unit, unit, FAINT),
        *bars,
        *(_dot((b.mean_score, b.share_positive), unit, unit, LINE) for b in curves.reliability),
    ]


def _coverage(curves: Curves) -> list[str]:
    points = sorted((p.coverage, p.error) for p in curves.coverage if p.error is not None)
    if not points:
        return ['<text x="12" y="24">No film is referred for its score.</text>']
    lowest = min(x for x, _ in points)
    xs = (max(0.0, lowest - 0.05), 1.0)
    ys = (0.0, max(0.02, 1.2 * max(y for _, y in points)))
    return [
        *_ticks(xs, ys),
        _polyline(points, xs, ys, LINE),
        *(_dot(point, xs, ys, LINE) for point in points),
    ]


def _ticks(xs: Point, ys: Point) -> list[str]:
    """The ends of both axes, and the middle."""
    found = []
    for share in (0.0, 0.5, 1.0):
        x, y = xs[0] + share * (xs[1] - xs[0]), ys[0] + share * (ys[1] - ys[0])
        found.append(
            f'<text x="{share * SIDE:.0f}" y="{SIDE + 15}" text-anchor="middle">{x:.3g}</text>'
        )
        found.append(
            f'<text x="-6" y="{(1 - share) * SIDE + 4:.0f}" text-anchor="end">{y:.2g}</text>'
        )
    return found


def _polyline(points: Iterable[Point], xs: Point, ys: Point, colour: str) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (_placed(point, xs, ys) for point in points))
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.6"/>'


def _dot(point: Point, xs: Point, ys: Point, colour: str) -> str:
    x, y = _placed(point, xs, ys)
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.4" fill="{colour}"/>'


def _placed(point: Point, xs: Point, ys: Point) -> Point:
    return (
        (point[0] - xs[0]) / (xs[1] - xs[0]) * SIDE,
        (1 - (point[1] - ys[0]) / (ys[1] - ys[0])) * SIDE,
    )
