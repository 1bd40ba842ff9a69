"""Which module imports which, imports inside functions too: no circle, and few rooms that import
each other. The floors between packages are `import-linter`'s."""

from collections.abc import Mapping
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter

import grimp
import pytest

PACKAGES = ["api", "streamlit_app", "benchmarks", "deploy"]
# Rooms side by side of which each imports from the other, and why they are not one room.
PAIRS = {
    # Sites are judged by the tests of the gate, and the gate by what it does to sites.
    ("api.evaluation.gate", "api.evaluation.sites"),
    # TIFF is a container with an orientation of its own, which other containers carry in EXIF.
    ("api.inputs.images.pixels", "api.inputs.images.tiff"),
    # A job's end is an event; an alert asks how jobs ended.
    ("api.records.alerting", "api.records.retrainings"),
    # Erasing ends with what upkeep removes; upkeep keeps the audit log short.
    ("api.records.audit_log", "api.records.upkeep"),
    # Sums are changed in the transaction that changes a sample.
    ("api.records.statistics", "api.records.training_images"),
    # Counters outlive the rows that upkeep removes, and are made of rows that came before them.
    ("api.records.statistics", "api.records.upkeep"),
    # Who is behind a connection decides which hosts and keys it needs.
    ("api.web.connections", "api.web.middleware"),
}


@lru_cache(maxsize=len(PACKAGES))
def imports_in(package: str) -> dict[str, set[str]]:
    """The modules that each module imports itself."""
    graph = grimp.build_graph(package, cache_dir=None)
    return {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}


def circle_in(imports: Mapping[str, set[str]]) -> list[str]:
    """The modules of one circle, the first of them again at its end; none without one."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as exc:
        return list(exc.args[1])
    return []


def room_of(module: str) -> str:
    return module.rpartition(".")[0]


def mutual_pairs(imports: Mapping[str, set[str]]) -> set[tuple[str, str]]:
    """Rooms that import each other, unless one is in the other."""
    edges = {(room_of(a), room_of(b)) for a, imported in imports.items() for b in imported}
    return {(a, b) for a, b in edges if a < b and (b, a) in edges and not b.startswith(f"{a}.")}


class TestCircles:
    @pytest.mark.parametrize("package", PACKAGES)
    def test_no_module_imports_itself_by_way_of_others(self, package: str) -> None:
        assert len(imports_in(package)) >= 8
        assert circle_in(imports_in(package)) == []

    def test_one_would_be_found(self) -> None:
        assert circle_in({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}})


class TestRooms:
    def test_those_that_import_each_other_are_known(self) -> None:
        assert mutual_pairs(imports_in("api")) == PAIRS
