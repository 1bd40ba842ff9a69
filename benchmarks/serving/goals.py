"""What is wanted of the API's speed, and what `serving.py` found of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from api.reports.markdown import table
from benchmarks.serving.report import (
    BARE,
    CEILING,
    DESCENDED,
    INT8,
    ONE_WORKER,
    OURS,
    UNCOMPILED,
    Results,
    median_of,
)

# Two worker counts whose throughput differs by less do not differ.
SWING = 0.1


@dataclass(frozen=True, slots=True)
class Goal:
    """`value_of` gives the figure of one of our contenders by name, None if there is none."""

    what: str
    value_of: Callable[[str], float | None]
    at_least: float | None = None
    at_most: float | None = None

    @property
    def requirement(self) -> str:
        """The bounds in words."""
        if self.at_least is not None and self.at_most is not None:
            return f"{self.at_least:g} to {self.at_most:g}"
        return f"≥ {self.at_least:g}" if self.at_most is None else f"≤ {self.at_most:g}"

    def verdict(self, name: str) -> str:
        """The figure, and whether it is within the bounds."""
        value = self.value_of(name)
        if value is None:
            return "–"
        low = self.at_least is None or value >= self.at_least
        high = self.at_most is None or value <= self.at_most
        shown = f"{value:.0f}" if value >= 100 else f"{value:.2f}"
        return f"{shown}, {'met' if low and high else 'missed'}"


def goals(results: Results, image: str, counts: Sequence[int], usual: int) -> str:
    """A table with a row a goal.

    Args:
        image: what throughput is compared on.
        counts: connections that were measured; `usual` is the one that most goals are about.
    """
    found = (*_throughput(results, image, min(counts), usual), *_tails(results, image, counts))
    rows = [
        (goal.what, goal.requirement, *map(goal.verdict, OURS))
        for goal in (*found, *_starts(results))
    ]
    return table(("goal", "wanted", *OURS), rows)


def _throughput(results: Results, image: str, few: int, usual: int) -> list[Goal]:
    def against(rival: str | None, count: int) -> Callable[[str], float | None]:
        base = results.per_second(rival, image, count) if rival else None

        def ratio(name: str) -> float | None:
            value = results.per_second(name, image, count)
            return value / base if value and base and name != rival else None

        return ratio

    def reduced(name: str) -> float | None:
        fast = results.per_second(INT8, image, usual)
        usually = results.per_second(name, image, usual)
        return fast / usually if fast and usually and name == ONE_WORKER else None

    best = _best_peer(results, image, usual)
    return [
        Goal(f"× {DESCENDED}, {usual} connections", against(DESCENDED, usual), at_least=3.5),
        Goal(f"× {DESCENDED}, {few}", against(DESCENDED, few), at_least=2.2),
        Goal(f"× best peer ({best or 'none'}), {usual}", against(best, usual), at_least=1.2),
        Goal(f"of the ceiling, {usual}", against(CEILING, usual), at_least=0.9),
        Goal(
            f"× one worker, {usual}",
            against(ONE_WORKER, usual),
            at_least=1 - SWING,
            at_most=1 + SWING,
        ),
        Goal(f"int8 × fp32, {usual}", reduced, at_least=1.4),
    ]


def _tails(results: Results, image: str, counts: Sequence[int]) -> list[Goal]:
    def tail(count: int) -> Callable[[str], float | None]:
        return lambda name: results.tail(name, image, count)

    return [Goal(f"p99 / p50, {count}", tail(count), at_most=1.4) for count in counts if count > 1]


def _starts(results: Results) -> list[Goal]:
    def uncompiled(name: str) -> float | None:
        return median_of(results.ready.get(UNCOMPILED, ())) if name == ONE_WORKER else None

    return [
        Goal(
            "resident under load, MB",
            lambda name: median_of(results.resident.get(name, ())),
            at_most=180,
        ),
        Goal("ready after, s", lambda name: median_of(results.ready.get(name, ())), at_most=2),
        Goal("ready after, nothing compiled yet, s", uncompiled, at_most=25),
    ]


def _best_peer(results: Results, image: str, count: int) -> str | None:
    others = (*OURS, INT8, DESCENDED, *BARE)
    rivals = [name for name in results.names(image) if name not in others]
    return max(rivals, key=lambda name: results.per_second(name, image, count) or 0, default=None)
