"""Sample rows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from api.errors import NotFound
from api.records import samples
from api.records.samples import SampleFilter, SampleRecord

RECORD = SampleRecord(
    sha256="a" * 64,
    label="Normal",
    filename="film.png",
    file="Normal/a.png",
    size_bytes=10,
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
    brightness=90.0,
    edge_density=0.1,
    histogram=(0.5, 0.5),
)


class TestAdding:
    def test_what_was_kept_is_read_back(self, database: Engine) -> None:
        assert samples.add(database, RECORD)
        assert samples.get(database, RECORD.sha256) == RECORD

    def test_a_picture_is_kept_once(self, database: Engine) -> None:
        samples.add(database, RECORD)

        assert not samples.add(database, replace(RECORD, label="COVID-19"))
        assert samples.counts(database) == {"Normal": 1}

    def test_an_unknown_picture_is_none_or_refused(self, database: Engine) -> None:
        assert samples.find(database, "b" * 64) is None
        with pytest.raises(NotFound, match="GET /samples lists"):
            samples.get(database, "b" * 64)


class TestListing:
    def test_everything_comes_oldest_first(self, database: Engine) -> None:
        newer = replace(RECORD, sha256="0" * 64, created_at=RECORD.created_at + timedelta(days=1))
        samples.add(database, newer)
        samples.add(database, RECORD)

        assert samples.everything(database) == [RECORD, newer]

    def test_pages_go_from_the_newest_back_and_know_the_total(self, database: Engine) -> None:
        for number in range(5):
            moment = RECORD.created_at + timedelta(minutes=number // 2)
            samples.add(database, replace(RECORD, sha256=str(number) * 64, created_at=moment))
        seen: list[str] = []

        for after in (None, "3", "1"):
            found, total = samples.page(
                database, SampleFilter(), limit=2, after=after and after * 64
            )
            seen += [record.sha256[0] for record in found]
            assert total == 5

        assert seen == ["4", "3", "2", "1", "0"]

    @pytest.mark.parametrize(
        ("wanted", "found"),
        [
            (SampleFilter(), "cba"),
            (SampleFilter(label="Normal"), "ba"),
            (SampleFilter(source="ward 3"), "b"),
            (SampleFilter(part="train"), "a"),
            (SampleFilter(origin="import"), "c"),
            (SampleFilter(disputed=True), "b"),
            (SampleFilter(disputed=False), "ca"),
            (SampleFilter(label="Normal", disputed=False), "a"),
            (SampleFilter(label="nothing"), ""),
        ],
    )
    def test_they_can_be_narrowed_down(
        self, database: Engine, wanted: SampleFilter, found: str
    ) -> None:
        samples.add(database, replace(RECORD, part="train"))
        samples.add(database, replace(RECORD, sha256="b" * 64, source="ward 3", disputed="X"))
        samples.add(database, replace(RECORD, sha256="c" * 64, label="X", origin="import"))

        records, total = samples.page(database, wanted, limit=9, after=None)

        assert "".join(record.sha256[0] for record in records) == found
        assert total == len(found)

    def test_a_page_behind_nothing_is_refused(self, database: Engine) -> None:
        with pytest.raises(NotFound):
            samples.page(database, SampleFilter(), limit=2, after="b" * 64)


class TestChanging:
    def test_a_dispute_is_settled_with_a_remark(self, database: Engine) -> None:
        samples.add(database, RECORD)
        samples.dispute(database, RECORD.sha256, "COVID-19", remark="seen twice")

        samples.settle(
            database, RECORD.sha256, "COVID-19", file="COVID-19/a.png", remark="PCR", by="me"
        )

        kept = samples.get(database, RECORD.sha256)
        assert (kept.label, kept.file, kept.disputed) == ("COVID-19", "COVID-19/a.png", None)
        assert samples.counts(database) == {"COVID-19": 1}
        first, second = samples.changes(database, RECORD.sha256)
        assert (first.what, first.remark, first.changed_by) == ("disputed", "seen twice", None)
        assert (second.what, second.before, second.after) == ("resolved", "Normal", "COVID-19")
        assert (second.remark, second.changed_by) == ("PCR", "me")

    def test_another_class_without_a_dispute_is_a_relabelling(self, database: Engine) -> None:
        samples.add(database, RECORD)

        samples.settle(database, RECORD.sha256, "COVID-19", file="COVID-19/a.png", remark="")

        assert [change.what for change in samples.changes(database, RECORD.sha256)] == [
            "relabelled"
        ]

    def test_what_is_deleted_leaves_its_history(self, database: Engine) -> None:
        samples.add(database, RECORD)

        samples.delete(database, RECORD.sha256, remark="wrong patient")

        assert samples.find(database, RECORD.sha256) is None
        (change,) = samples.changes(database, RECORD.sha256)
        assert (change.what, change.before, change.after) == ("deleted", "Normal", None)

    def test_what_is_not_there_cannot_be_changed(self, database: Engine) -> None:
        with pytest.raises(NotFound):
            samples.delete(database, RECORD.sha256, remark="")
        with pytest.raises(NotFound):
            samples.settle(database, RECORD.sha256, "X", file="x", remark="")
        with pytest.raises(NotFound):
            samples.dispute(database, RECORD.sha256, "X", remark="")

        assert samples.changes(database, RECORD.sha256) == []


class TestNearHashes:
    def test_those_that_have_one_are_given(self, database: Engine) -> None:
        samples.add(database, RECORD)
        samples.add(database, replace(RECORD, sha256="b" * 64, near_hash=bytes(32)))

        assert samples.near_hashes(database) == {"b" * 64: bytes(32)}


class TestAssigning:
    def test_a_part_once_given_is_kept_for_ever(self, database: Engine) -> None:
        samples.add(database, RECORD)

        samples.assign(database, {RECORD.sha256: "holdout"})
        samples.assign(database, {RECORD.sha256: "train", "unknown": "train"})

        assert samples.get(database, RECORD.sha256).part == "holdout"
