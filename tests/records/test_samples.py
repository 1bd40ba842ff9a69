"""Sample rows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from api.errors import NotFound
from api.records.training_images import sample_edits, sample_history, samples
from api.records.training_images.corrections import Corrections, corrected_since
from api.records.training_images.sample_filter import SampleFilter
from api.records.training_images.samples import SampleRecord

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
        assert samples.add(database, RECORD, task="pneumonia")
        assert samples.get(database, RECORD.sha256, task="pneumonia") == RECORD

    def test_a_picture_is_kept_once(self, database: Engine) -> None:
        samples.add(database, RECORD, task="pneumonia")

        assert not samples.add(database, replace(RECORD, label="COVID-19"), task="pneumonia")
        assert samples.counts(database, task="pneumonia") == {"Normal": 1}

    def test_an_unknown_picture_is_none_or_refused(self, database: Engine) -> None:
        assert samples.find(database, "b" * 64, task="pneumonia") is None
        with pytest.raises(NotFound, match="GET /samples lists"):
            samples.get(database, "b" * 64, task="pneumonia")


class TestListing:
    def test_everything_comes_oldest_first(self, database: Engine) -> None:
        newer = replace(RECORD, sha256="0" * 64, created_at=RECORD.created_at + timedelta(days=1))
        samples.add(database, newer, task="pneumonia")
        samples.add(database, RECORD, task="pneumonia")

        assert samples.everything(database, task="pneumonia") == [RECORD, newer]

    def test_pages_go_from_the_newest_back_and_know_the_total(self, database: Engine) -> None:
        for number in range(5):
            moment = RECORD.created_at + timedelta(minutes=number // 2)
            samples.add(
                database,
                replace(RECORD, sha256=str(number) * 64, created_at=moment),
                task="pneumonia",
            )
        seen: list[str] = []

        for after in (None, "3", "1"):
            found, total = samples.page(
                database, SampleFilter(), limit=2, after=after and after * 64, task="pneumonia"
            )
            seen += [record.sha256[0] for record in found]
            assert total == 5

        assert seen == ["4", "3", "2", "1", "0"]

    @pytest.mark.parametrize(
        ("selection", "found"),
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
        self, database: Engine, selection: SampleFilter, found: str
    ) -> None:
        samples.add(database, replace(RECORD, part="train"), task="pneumonia")
        samples.add(
            database,
            replace(RECORD, sha256="b" * 64, source="ward 3", disputed="X"),
            task="pneumonia",
        )
        samples.add(
            database, replace(RECORD, sha256="c" * 64, label="X", origin="import"), task="pneumonia"
        )

        records, total = samples.page(database, selection, limit=9, after=None, task="pneumonia")

        assert "".join(record.sha256[0] for record in records) == found
        assert total == len(found)

    def test_a_page_behind_nothing_is_refused(self, database: Engine) -> None:
        with pytest.raises(NotFound):
            samples.page(database, SampleFilter(), limit=2, after="b" * 64, task="pneumonia")


class TestChanging:
    def test_a_dispute_is_settled_with_a_remark(self, database: Engine) -> None:
        samples.add(database, RECORD, task="pneumonia")
        sample_edits.dispute(
            database, RECORD.sha256, "COVID-19", remark="seen twice", task="pneumonia"
        )

        sample_edits.settle(
            database,
            RECORD.sha256,
            "COVID-19",
            file="COVID-19/a.png",
            remark="PCR",
            by="me",
            task="pneumonia",
        )

        kept = samples.get(database, RECORD.sha256, task="pneumonia")
        assert (kept.label, kept.file, kept.disputed) == ("COVID-19", "COVID-19/a.png", None)
        assert samples.counts(database, task="pneumonia") == {"COVID-19": 1}
        first, second = sample_history.changes(database, RECORD.sha256, task="pneumonia")
        assert (first.what, first.remark, first.changed_by) == ("disputed", "seen twice", None)
        assert (second.what, second.before, second.after) == ("resolved", "Normal", "COVID-19")
        assert (second.remark, second.changed_by) == ("PCR", "me")

    def test_another_class_without_a_dispute_is_a_relabelling(self, database: Engine) -> None:
        samples.add(database, RECORD, task="pneumonia")

        sample_edits.settle(
            database, RECORD.sha256, "COVID-19", file="COVID-19/a.png", remark="", task="pneumonia"
        )

        assert [
            change.what
            for change in sample_history.changes(database, RECORD.sha256, task="pneumonia")
        ] == ["relabelled"]

    def test_what_is_deleted_leaves_its_history(self, database: Engine) -> None:
        samples.add(database, RECORD, task="pneumonia")

        sample_edits.delete(database, RECORD.sha256, remark="wrong patient", task="pneumonia")

        assert samples.find(database, RECORD.sha256, task="pneumonia") is None
        (change,) = sample_history.changes(database, RECORD.sha256, task="pneumonia")
        assert (change.what, change.before, change.after) == ("deleted", "Normal", None)

    def test_what_is_not_there_cannot_be_changed(self, database: Engine) -> None:
        with pytest.raises(NotFound):
            sample_edits.delete(database, RECORD.sha256, remark="", task="pneumonia")
        with pytest.raises(NotFound):
            sample_edits.settle(database, RECORD.sha256, "X", file="x", remark="", task="pneumonia")
        with pytest.raises(NotFound):
            sample_edits.dispute(database, RECORD.sha256, "X", remark="", task="pneumonia")

        assert sample_history.changes(database, RECORD.sha256, task="pneumonia") == []


class TestNearHashes:
    def test_those_that_have_one_are_given(self, database: Engine) -> None:
        samples.add(database, RECORD, task="pneumonia")
        samples.add(
            database, replace(RECORD, sha256="b" * 64, near_hash=bytes(32)), task="pneumonia"
        )

        assert samples.near_hashes(database, task="pneumonia") == {"b" * 64: bytes(32)}


class TestAssigning:
    def test_a_part_once_given_is_kept_for_ever(self, database: Engine) -> None:
        samples.add(database, RECORD, task="pneumonia")

        sample_edits.assign(database, {RECORD.sha256: "holdout"}, task="pneumonia")
        sample_edits.assign(
            database, {RECORD.sha256: "train", "unknown": "train"}, task="pneumonia"
        )

        assert samples.get(database, RECORD.sha256, task="pneumonia").part == "holdout"


class TestCorrections:
    """What a retraining would meet otherwise than the one before."""

    LEARNED_AT = RECORD.created_at + timedelta(days=1)

    def found(self, database: Engine) -> Corrections:
        return corrected_since(database, self.LEARNED_AT, task="pneumonia")

    @pytest.fixture(autouse=True)
    def image(self, database: Engine) -> None:
        samples.add(database, RECORD, task="pneumonia")
        sample_edits.assign(database, {RECORD.sha256: "train"}, task="pneumonia")

    def settle(self, database: Engine, label: str) -> None:
        sample_edits.settle(
            database, RECORD.sha256, label, task="pneumonia", file=RECORD.file, remark=""
        )

    def test_another_class_counts_until_it_is_taken_back(self, database: Engine) -> None:
        self.settle(database, "COVID-19")
        assert self.found(database) == Corrections(relabelled=1)

        self.settle(database, "Normal")
        assert self.found(database) == Corrections()

    def test_one_in_dispute_is_taken_out_and_decided_as_it_was_it_is_as_before(
        self, database: Engine
    ) -> None:
        sample_edits.dispute(database, RECORD.sha256, "COVID-19", task="pneumonia", remark="")
        assert self.found(database) == Corrections(removed=1)

        self.settle(database, "Normal")
        assert self.found(database) == Corrections()

    def test_a_deleted_one_was_learned_from(self, database: Engine) -> None:
        sample_edits.delete(database, RECORD.sha256, task="pneumonia", remark="")

        assert self.found(database) == Corrections(removed=1)

    def test_a_new_one_is_new_and_no_correction(self, database: Engine) -> None:
        new = replace(RECORD, sha256="b" * 64, created_at=self.LEARNED_AT + timedelta(days=1))
        samples.add(database, new, task="pneumonia")
        sample_edits.dispute(database, new.sha256, "COVID-19", task="pneumonia", remark="")
        sample_edits.delete(database, new.sha256, task="pneumonia", remark="")

        assert self.found(database) == Corrections()
