"""What `overload.py` saw of a flood, and what was wanted."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from api.reports.markdown import table
from benchmarks.reliability.open_loop import OK, REFUSED, Sent
from benchmarks.support.watcher import Look, Watcher, percentiles, quantiles

RECOVERY_S = 2.0
Row = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Capacity:
    """Films a second that were answered, and what the server worked for each."""

    per_second: float
    cpu_ms: float


@dataclass(frozen=True, slots=True)
class Seen:
    """Who looked at the server before, during and after the flood; values in MB and ms."""

    memory: Watcher
    gentle: Watcher
    live: Watcher
    ready: Watcher


@dataclass(frozen=True, slots=True)
class Hammering:
    """Connections that send again as soon as they have an answer, whatever it was."""

    connections: int
    seconds: float
    sent: Sequence[Sent]
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Flood:
    """A flood from `start` to `end`, between two measurements of the capacity."""

    threads: int
    max_wait_s: float
    times: float
    capacities: tuple[Capacity, Capacity]
    start: float
    end: float
    sent: Sequence[Sent]
    closed_by_server: int
    lost: int
    server_cpu_s: float
    generator_cpu_s: float
    seen: Seen
    hammering: Hammering

    @property
    def longest_ms(self) -> float:
        """What an answer may take: the longest wait, and the time of one film."""
        return (self.max_wait_s + self.threads / self.capacity) * 1e3

    @property
    def seconds(self) -> float:
        """How long the flood lasted."""
        return self.end - self.start

    @property
    def capacity(self) -> float:
        """Films a second, of before and after: the machine may have swung."""
        return sum(each.per_second for each in self.capacities) / 2

    @property
    def goodput(self) -> float:
        """Films a second that were answered while the flood lasted."""
        inside = (each.ended <= self.end for each in self.of(OK))
        return sum(inside) / self.seconds

    def of(self, status: int) -> list[Sent]:
        """The requests that ended so."""
        return [each for each in self.sent if each.status == status]

    def during(self, watcher: Watcher) -> list[Look]:
        """What was seen in the flood."""
        return watcher.between(self.start, self.end)


def report(flood: Flood) -> str:
    """One table."""
    rows = (*_throughput(flood), *_waiting(flood), *_memory(flood), *_others(flood))
    rows = (*rows, *_honesty(flood), *_hammered(flood))
    return table(("figure", "measured", "wanted"), rows)


def _throughput(flood: Flood) -> list[Row]:
    before, after = flood.capacities
    offered = len(flood.sent) / flood.seconds / before.per_second
    answered = len(flood.of(OK))
    at_capacity = (before.cpu_ms + after.cpu_ms) / 2
    return [
        (
            "capacity, 8 connections, before and after",
            f"{before.per_second:.1f} and {after.per_second:.1f} films/s",
            "",
        ),
        _goal("offered / capacity before", offered, f"≥ {0.95 * flood.times:g}"),
        ("answered", f"{flood.goodput:.1f} films/s", ""),
        _goal("goodput / capacity", flood.goodput / flood.capacity, "≥ 0.9"),
        ("refused with 429", f"{len(flood.of(REFUSED)) / len(flood.sent):.1%}", ""),
        (
            "server's CPU a film answered, at capacity and in the flood",
            f"{at_capacity:.1f} and {flood.server_cpu_s / max(1, answered) * 1e3:.1f} ms",
            "",
        ),
        ("cores that the generator took", f"{flood.generator_cpu_s / flood.seconds:.2f}", ""),
    ]


def _waiting(flood: Flood) -> list[Row]:
    p50, p99 = _quantiles(flood.of(OK))
    no50, no99 = _quantiles(flood.of(REFUSED))
    waits_s = [each.retry_after_s or 0 for each in flood.of(REFUSED)] or [0]
    longest = 2 * math.ceil(flood.max_wait_s)
    fits = min(waits_s) >= 1 and max(waits_s) <= longest
    return [
        ("answered after, p50", f"{p50:.0f} ms", ""),
        _goal("answered after, p99, ms", p99, f"≤ {flood.longest_ms:.0f}"),
        ("refused after, p50 / p99", f"{no50:.1f} / {no99:.1f} ms", ""),
        ("Retry-After", _verdict(f"{min(waits_s)} to {max(waits_s)} s", fits), f"1 to {longest} s"),
    ]


def _memory(flood: Flood) -> list[Row]:
    memory, quarter = flood.seen.memory, flood.seconds / 4
    second, last = (
        float(np.median([each.value for each in memory.between(start, start + quarter)]))
        for start in (flood.start + quarter, flood.end - quarter)
    )
    peak = max(each.value for each in flood.during(memory))
    resident = (memory.between(-math.inf, flood.start)[-1].value, peak, memory.seen[-1].value)
    return [
        (
            "resident before, at its peak, after",
            " / ".join(f"{value:.0f}" for value in resident) + " MB",
            "",
        ),
        _goal("resident, last quarter of the flood / second", last / second, "≤ 1.05"),
    ]


def _others(flood: Flood) -> list[Row]:
    gentle = flood.seen.gentle
    before = gentle.between(-math.inf, flood.start)
    usual = quantiles([each.value for each in before])[1]
    return [
        ("a gentle client before, p50 / p99", percentiles(before), ""),
        ("in the flood", percentiles(flood.during(gentle)), ""),
        ("in the 2 s after it", percentiles(gentle.between(flood.end, flood.end + RECOVERY_S)), ""),
        _goal("as quick as before again, s after it", _recovery_s(flood, usual), "≤ 2"),
        (
            "GET /health/live in the flood, p50 / p99",
            percentiles(flood.during(flood.seen.live)),
            "",
        ),
        (
            "GET /health/ready in the flood, p50 / p99",
            percentiles(flood.during(flood.seen.ready)),
            "",
        ),
    ]


def _recovery_s(flood: Flood, usual_ms: float) -> float:
    """When the first film was sent that was answered within twice the p99 of before the flood."""
    for each in flood.seen.gentle.between(flood.end, math.inf):
        if each.ok and each.value <= 2 * usual_ms:
            return each.at - flood.end
    return math.inf


def _honesty(flood: Flood) -> list[Row]:
    others = Counter(each.status for each in flood.sent if each.status not in (OK, REFUSED))
    errors = ", ".join(f"{count} × {status}" for status, count in others.items()) or "0"
    answered = len(flood.of(OK))
    return [
        ("errors other than 429", _verdict(errors, not others), "0"),
        _goal("connections closed by the server", flood.closed_by_server, "≤ 0"),
        _goal(f"of {answered} answers not in GET /predictions", flood.lost, "≤ 0"),
    ]


def _hammered(flood: Flood) -> list[Row]:
    hammering = flood.hammering
    answered, refused, others = (
        [each for each in hammering.sent if test(each.status)]
        for test in (OK.__eq__, REFUSED.__eq__, lambda status: status not in (OK, REFUSED))
    )
    per_second = len(answered) / hammering.seconds
    return [
        (
            f"{hammering.connections} connections that come again at once: answered",
            f"{per_second:.1f} films/s",
            "",
        ),
        _goal("… goodput / capacity", per_second / flood.capacity, "≥ 0.9"),
        _goal("… answered after, p99, ms", _quantiles(answered)[1], f"≤ {flood.longest_ms:.0f}"),
        (
            "… refused, and after, p50",
            f"{len(refused) / hammering.seconds:.0f} a second, {_quantiles(refused)[0]:.0f} ms",
            "",
        ),
        ("… resident at its peak", f"{hammering.peak_mb:.0f} MB", ""),
        _goal("… errors other than 429", len(others), "≤ 0"),
    ]


def _quantiles(sent: Sequence[Sent]) -> tuple[float, float]:
    """p50 and p99, in milliseconds."""
    return quantiles([each.seconds * 1e3 for each in sent])


def _goal(what: str, value: float, goal: str) -> Row:
    """A row of a figure with a bound, as `≤ 2`."""
    sign, bound = goal.split()
    met = value <= float(bound) if sign == "≤" else value >= float(bound)
    shown = f"{value:.0f}" if value >= 100 or isinstance(value, int) else f"{value:.2f}"
    return what, _verdict(shown, met), goal


def _verdict(shown: str, met: bool) -> str:
    return f"{shown}, {'met' if met else 'missed'}"
