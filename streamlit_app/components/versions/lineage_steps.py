"""How one version came to another: the retrainings between them, each with films of its own."""

from collections.abc import Iterator, Sequence

import metric_tables
from api_types import Job
from components.versions import gate_of_version
from formatting import decimal
from language.api_sentences import translated
from language.catalogue import _


def between(first: str, second: str, jobs: Sequence[Job]) -> list[Job]:
    """From what both came from down to the one, then to the other; empty: nothing common is known.

    Args:
        jobs: retrainings, newest first.
    """
    up = {name: list(_upwards(name, jobs)) for name in (first, second)}
    origins = {name: [name, *(str(job["parent"]) for job in up[name])] for name in up}
    common = next((origin for origin in origins[first] if origin in origins[second]), None)
    if common is None:
        return []
    ways = (up[name][: origins[name].index(common)] for name in (first, second))
    return [job for way in ways for job in reversed(way)]


def _upwards(version: str, jobs: Sequence[Job]) -> Iterator[Job]:
    """The retraining that made a version, the one that made its parent, and so on."""
    seen = set[str]()
    while version not in seen and (job := gate_of_version.made(version, jobs)):
        seen.add(version)
        yield job
        version = job["parent"] or ""


def table(steps: Sequence[Job]) -> metric_tables.Rows:
    """A row a figure, a column a retraining: what it was before and after."""
    moved = {f"{job['parent']} → {job['version']}": _moved(job) for job in steps}
    names = dict.fromkeys(name for found in moved.values() for name in found)
    return [
        {_("figure"): name} | {step: found.get(name, "-") for step, found in moved.items()}
        for name in names
    ]


def _moved(job: Job) -> dict[str, str]:
    checks = job["verdict"]["checks"] if job["verdict"] else ()
    return {
        translated(check["name"]): f"{decimal(before)} → {decimal(now)}"
        for check in checks
        if (before := check["champion"]) is not None and (now := check["challenger"]) is not None
    }
