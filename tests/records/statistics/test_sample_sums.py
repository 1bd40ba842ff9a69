"""Sums over samples: always what adding them up gives."""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import Engine, select

from api.errors import NotFound
from api.records.database import open_database, reading
from api.records.statistics import sample_sums
from api.records.statistics.sample_sums import ClassSums
from api.records.training_images import sample_edits, samples
from api.records.training_images.sample_filter import SampleFilter
from api.records.training_images.sample_tables import samples as table
from tests.records.test_samples import RECORD
from tests.support.examples import examples

LABELS = ("Normal", "COVID-19", "Pneumonia-Viral")
HASHES = tuple(letter * 64 for letter in "abcdef")


def added_up(engine: Engine) -> dict[str, ClassSums]:
    """The sums of each class, found by looking at every sample."""
    found: dict[str, ClassSums] = {}
    with reading(engine) as connection:
        for row in connection.execute(select(table)):
            found.setdefault(row.label, ClassSums()).add(row, times=1)
    return found


def without_tail(sums: dict[str, ClassSums]) -> dict[str, ClassSums]:
    """Zeros at the end of a histogram are left from a longer one that was taken away."""
    for found in sums.values():
        while found.histogram and found.histogram[-1] == 0:
            found.histogram.pop()
    return sums


class Samples(RuleBasedStateMachine):
    """Samples come, change and go in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.engine = open_database(f"sqlite:///{self.folder.name}/r.db", timeout_s=5)

    def teardown(self) -> None:
        self.engine.dispose()
        self.folder.cleanup()

    @rule(
        sha256=st.sampled_from(HASHES),
        label=st.sampled_from(LABELS),
        brightness=st.floats(0, 255),
        histogram=st.lists(st.floats(0, 1), min_size=1, max_size=4),
        disputed=st.sampled_from([None, None, "Normal"]),
    )
    def add(
        self,
        sha256: str,
        label: str,
        brightness: float,
        histogram: list[float],
        disputed: str | None,
    ) -> None:
        record = replace(
            RECORD,
            sha256=sha256,
            label=label,
            brightness=brightness,
            edge_density=brightness / 255,
            histogram=tuple(histogram),
            disputed=disputed,
        )
        samples.add(self.engine, record, task="pneumonia")

    @rule(sha256=st.sampled_from(HASHES), label=st.sampled_from(LABELS))
    def change(self, sha256: str, label: str) -> None:
        if samples.find(self.engine, sha256, task="pneumonia"):
            sample_edits.settle(self.engine, sha256, label, file="f", remark="", task="pneumonia")

    @rule(sha256=st.sampled_from(HASHES), other=st.sampled_from(LABELS))
    def dispute(self, sha256: str, other: str) -> None:
        if samples.find(self.engine, sha256, task="pneumonia"):
            sample_edits.dispute(self.engine, sha256, other, remark="", task="pneumonia")

    @rule(sha256=st.sampled_from(HASHES))
    def delete(self, sha256: str) -> None:
        if samples.find(self.engine, sha256, task="pneumonia"):
            sample_edits.delete(self.engine, sha256, remark="", task="pneumonia")

    @rule()
    def draw(self) -> None:
        sample_edits.assign(self.engine, dict.fromkeys(HASHES, "train"), task="pneumonia")

    @invariant()
    def sums_are_what_adding_up_gives(self) -> None:
        assert without_tail(samples.sums(self.engine, task="pneumonia")) == without_tail(
            added_up(self.engine)
        )

    @invariant()
    def nothing_is_to_be_done_anew(self) -> None:
        with reading(self.engine) as connection:
            assert not sample_sums.is_behind(connection, task="pneumonia")

    @invariant()
    def totals_are_what_the_lists_hold(self) -> None:
        for disputed in (None, True, False):
            for label in (None, *LABELS):
                selection = SampleFilter(label=label, disputed=disputed)
                found, total = samples.page(
                    self.engine, selection, limit=100, after=None, task="pneumonia"
                )
                assert total == len(found)


TestSamples = Samples.TestCase
TestSamples.settings = settings(max_examples=examples(25), stateful_step_count=20, deadline=None)


class TestAtOnce:
    def test_changes_of_several_workers_are_all_in_the_sums(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path / 'r.db'}"
        engines = [open_database(url, timeout_s=30) for _ in range(3)]
        for number in range(30):
            samples.add(engines[0], replace(RECORD, sha256=f"{number:064d}"), task="pneumonia")

        def change(number: int) -> None:
            engine, sha256 = engines[number % 3], f"{number % 30:064d}"
            try:
                if number % 5 == 0:
                    sample_edits.delete(engine, sha256, remark="", task="pneumonia")
                else:
                    sample_edits.settle(
                        engine, sha256, LABELS[number % 3], file="f", remark="", task="pneumonia"
                    )
            except NotFound:
                samples.add(
                    engine,
                    replace(RECORD, sha256=sha256, brightness=float(number)),
                    task="pneumonia",
                )

        with ThreadPoolExecutor(9) as pool:
            list(pool.map(change, range(180)))

        assert samples.sums(engines[0], task="pneumonia") == added_up(engines[0])
        for engine in engines:
            engine.dispose()

    def test_a_change_that_is_taken_back_is_not_in_the_sums(self, database: Engine) -> None:
        samples.add(database, RECORD, task="pneumonia")

        with pytest.raises(NotFound):
            sample_edits.settle(
                database, "b" * 64, "COVID-19", file="f", remark="", task="pneumonia"
            )
        assert not samples.add(database, replace(RECORD, label="COVID-19"), task="pneumonia")

        assert samples.sums(database, task="pneumonia") == added_up(database)
