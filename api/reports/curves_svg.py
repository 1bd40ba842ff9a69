"""A card's curves as one SVG: ROC, reliability, coverage against error."""

from collections.abc import Iterable
from dataclasses import dataclass

from api.model_card.card import Card
from api.model_card.metrics import Curves
from api.reports.rendering import render
from api.tasks.splits import HOLDOUT

Point = tuple[float, float]

# Pixels of a panel's plot, of the space around it, and between panels.
SIDE, MARGIN, GAP = 220, 56, 24
WIDTH, HEIGHT = 3 * (SIDE + MARGIN) + 2 * GAP + 16, SIDE + 2 * MARGIN
INK, LINE, FAINT, MARK = "#24303C", "#1F6FB2", "#C5CDD5", "#C2410C"


@dataclass(frozen=True, slots=True)
class Tick:
    """At a share of both axes, the value of either."""

    share: float
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Polyline:
    """Points in pixels of the panel."""

    points: tuple[Point, ...]
    colour: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A point in pixels of the panel; labels are listed in the lower right corner."""

    x: float
    y: float
    colour: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Axes:
    """The values at the ends of a panel's axes."""

    xs: Point = (0.0, 1.0)
    ys: Point = (0.0, 1.0)

    def ticks(self) -> tuple[Tick, ...]:
        """The ends of both axes, and the middle."""
        return tuple(
            Tick(
                share,
                self.xs[0] + share * (self.xs[1] - self.xs[0]),
                self.ys[0] + share * (self.ys[1] - self.ys[0]),
            )
            for share in (0.0, 0.5, 1.0)
        )

    def line(self, points: Iterable[Point], colour: str) -> Polyline:
        """Points, given in values, connected."""
        return Polyline(tuple(self._pixels(point) for point in points), colour)

    def dot(self, point: Point, colour: str, label: str = "") -> Dot:
        """A point, given in values."""
        return Dot(*self._pixels(point), colour, label)

    def _pixels(self, point: Point) -> Point:
        return (
            (point[0] - self.xs[0]) / (self.xs[1] - self.xs[0]) * SIDE,
            (1 - (point[1] - self.ys[0]) / (self.ys[1] - self.ys[0])) * SIDE,
        )


@dataclass(frozen=True, slots=True)
class Panel:
    """One plot; a `note` stands in for a curve that cannot be drawn."""

    title: str
    x_label: str
    y_label: str
    ticks: tuple[Tick, ...] = ()
    lines: tuple[Polyline, ...] = ()
    dots: tuple[Dot, ...] = ()
    note: str = ""


def curves_svg(card: Card) -> str | None:
    """The three panels, of the hold-out; None if the card has no curves."""
    evaluation = card.metrics.get(HOLDOUT)
    if evaluation is None or evaluation.curves is None:
        return None
    curves = evaluation.curves
    return render(
        "curves.svg",
        title=f"{card.task} {card.version}: curves on the hold-out",
        panels=(_roc(card, curves), _reliability(curves), _coverage(curves)),
        width=WIDTH,
        height=HEIGHT,
        side=SIDE,
        margin=MARGIN,
        gap=GAP,
        ink=INK,
        faint=FAINT,
    )


def _roc(card: Card, curves: Curves) -> Panel:
    axes = Axes()
    marks = [
        axes.dot(
            (1 - rate.specificity, rate.sensitivity),
            MARK,
            f"{name} ({rate.sensitivity:.3f}, {rate.specificity:.3f})",
        )
        for name, rate in card.metrics[HOLDOUT].overall.at.items()
        if rate.sensitivity is not None and rate.specificity is not None
    ]
    return Panel(
        "ROC",
        "1 - specificity",
        "sensitivity",
        ticks=axes.ticks(),
        lines=(axes.line([(0.0, 0.0), (1.0, 1.0)], FAINT), axes.line(curves.roc, LINE)),
        dots=tuple(reversed(marks)),
    )


def _reliability(curves: Curves) -> Panel:
    axes = Axes()
    bars = [
        axes.line([(b.mean_score, b.interval[0]), (b.mean_score, b.interval[1])], LINE)
        for b in curves.reliability
    ]
    return Panel(
        "Reliability",
        "probability of a finding",
        "share with one",
        ticks=axes.ticks(),
        lines=(axes.line([(0.0, 0.0), (1.0, 1.0)], FAINT), *bars),
        dots=tuple(axes.dot((b.mean_score, b.share_positive), LINE) for b in curves.reliability),
    )


def _coverage(curves: Curves) -> Panel:
    names = ("Coverage", "share answered", "error among the answered")
    points = sorted((p.coverage, p.error) for p in curves.coverage if p.error is not None)
    if not points:
        return Panel(*names, note="No film is referred for its score.")
    lowest, highest_error = points[0][0], max(error for _, error in points)
    axes = Axes((max(0.0, lowest - 0.05), 1.0), (0.0, max(0.02, 1.2 * highest_error)))
    return Panel(
        *names,
        ticks=axes.ticks(),
        lines=(axes.line(points, LINE),),
        dots=tuple(axes.dot(point, LINE) for point in points),
    )
