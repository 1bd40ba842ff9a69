"""What `serving.py` found, as tables: throughput, latency, resources."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median

from api.reports.markdown import table
from benchmarks.serving.peers.wrk import Load

CEILING = "ceiling (no server)"
WHOLE = "ceiling with all that an answer takes"
BARE = (CEILING, WHOLE)
ONE_WORKER, TWO_WORKERS = "Roentgen, 1 worker", "Roentgen, 2 workers"
INT8 = "Roentgen, 1 worker, int8"
UNCOMPILED = "Roentgen, 1 worker, nothing compiled yet"
OURS = (ONE_WORKER, TWO_WORKERS)
DESCENDED = "descended from"

Case = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Results:
    """Every measurement of every round.

    Attributes:
        loads: by contender, film and connections.
        ready: seconds from the start of the process until it is ready.
        resident: MB of all its processes under load, the largest of a round.
        others: percent of the processor that was busy while no contender ran.
        absent: why a contender was not measured.
        remarks: what else is to be known of one.
    """

    loads: dict[Case, list[Load]] = field(default_factory=lambda: defaultdict(list))
    ready: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    resident: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    others: list[float] = field(default_factory=list)
    absent: dict[str, str] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)

    def names(self, image: str) -> list[str]:
        """Who was measured with a film, the bare loops last."""
        found = dict.fromkeys(name for name, measured, _ in self.loads if measured == image)
        return sorted(found, key=lambda name: name in BARE)

    def per_second(self, name: str, image: str, connections: int) -> float | None:
        """Median answers a second; None if there are none."""
        return median_of(load.per_second for load in self.loads.get((name, image, connections), ()))

    def tail(self, name: str, image: str, connections: int) -> float | None:
        """Median of p99 / p50."""
        loads = self.loads.get((name, image, connections), ())
        return median_of(load.p99_ms / load.p50_ms for load in loads if load.p50_ms)

    def as_dict(self) -> dict[str, object]:
        """For a JSON file."""
        loads = [
            {
                "contender": name,
                "film": image,
                "connections": count,
                "rounds": list(map(asdict, all_)),
            }
            for (name, image, count), all_ in self.loads.items()
        ]
        return {
            "loads": loads,
            "ready_s": dict(self.ready),
            "resident_mb": dict(self.resident),
            "others_percent": self.others,
            "absent": self.absent,
            "remarks": self.remarks,
        }


def report(results: Results, images: Sequence[str], *, usual: int) -> str:
    """All tables. `usual`: the connections that all films were sent over."""
    first = images[0]
    counts = sorted({count for _, image, count in results.loads if image == first})
    parts = [
        f"Films a second, median (range) over the rounds, and p50 / p99 in ms: {first}",
        _throughput(results, first, counts),
        *(
            f"{image}\n\n{_throughput(results, image, [usual])}"
            for image in images[1:]
            if results.names(image)
        ),
        _resources(results),
        *(f"Not measured: {name}: {why}" for name, why in results.absent.items()),
        *(f"Remark: {name} {what}" for name, what in results.remarks.items()),
        f"While nothing was measured, {median_of(results.others) or 0:.0f} % of the processor was "
        f"busy (median; at most {max(results.others, default=0):.0f} %).",
    ]
    return "\n\n".join(parts)


def _throughput(results: Results, image: str, counts: Sequence[int]) -> str:
    header = ["server"]
    for count in counts:
        header += [f"{count} connection{'s' * (count > 1)}", "p50 / p99"]
    rows = []
    for name in results.names(image):
        row = [name]
        for count in counts:
            row += _cells(results.loads.get((name, image, count), []))
        loads = results.loads.get((name, image, counts[0]), [])
        worked = median_of(load.cpu_ms for load in loads if load.cpu_ms is not None)
        row += ["–" if worked is None else f"{worked:.1f}", str(_errors(results, name, image))]
        rows.append(row)
    return table([*header, "CPU ms a film", "errors"], rows)


def _cells(loads: Sequence[Load]) -> tuple[str, str]:
    if not loads:
        return "–", "–"
    p50, p99 = (median(getattr(load, name) for load in loads) for name in ("p50_ms", "p99_ms"))
    return _ranged([load.per_second for load in loads]), f"{p50:.1f} / {p99:.1f}"


def _errors(results: Results, name: str, image: str) -> int:
    cases = (
        loads for (who, what, _), loads in results.loads.items() if (who, what) == (name, image)
    )
    return sum(load.errors for loads in cases for load in loads)


def _resources(results: Results) -> str:
    rows = [
        (name, _ranged(seconds), _ranged(results.resident.get(name, []), digits=0))
        for name, seconds in results.ready.items()
    ]
    return table(("server", "ready after, s", "resident under load, MB"), rows)


def _ranged(values: Sequence[float], *, digits: int = 1) -> str:
    """`173.2 (170.1–175.0)`, or a dash."""
    if not values:
        return "–"
    middle, low, high = (f"{v:.{digits}f}" for v in (median(values), min(values), max(values)))
    return middle if len(values) == 1 else f"{middle} ({low}–{high})"


def median_of(values: Iterable[float]) -> float | None:
    """None if there are no values."""
    found = list(values)
    return median(found) if found else None
