"""Sample rows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from api.errors import NotFound
from api.records import samples
from api.records.samples import SampleRecord

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
        with pytest.raises(NotFound, match="GET /samples/summary"):
            samples.get(database, "b" * 64)


class TestListing:
    def test_everything_comes_oldest_first(self, database: Engine) -> None:
        newer = replace(RECORD, sha256="0" * 64, created_at=RECORD.created_at + timedelta(days=1))
        samples.add(database, newer)
        samples.add(database, RECORD)

        assert samples.everything(database) == [RECORD, newer]


class TestAssigning:
    def test_a_part_once_given_is_kept_for_ever(self, database: Engine) -> None:
        samples.add(database, RECORD)

        samples.assign(database, {RECORD.sha256: "holdout"})
        samples.assign(database, {RECORD.sha256: "train", "unknown": "train"})

        assert samples.get(database, RECORD.sha256).part == "holdout"
