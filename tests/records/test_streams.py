"""What is kept of each source's stream."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Engine

from api.clock import now
from api.records.answers import predictions
from api.records.watching import streams
from api.records.watching.streams import MAX_SOURCES, NewAnswers, StreamRecord
from tests.records import stored_predictions

TASK = "pneumonia"
MOMENT = now()


def answered(
    database: Engine,
    contents: Sequence[bytes | None],
    *,
    source: str | None = None,
    actor: str | None = None,
    age_s: int = 0,
) -> None:
    record = replace(stored_predictions.record(0), source=source, actor=actor)
    given = [
        replace(
            record,
            id=uuid.uuid4().hex,
            created_at=MOMENT - timedelta(seconds=age_s),
            shift_features=content,
        )
        for content in contents
    ]
    predictions.add_all(database, [(each, None) for each in given], task=TASK)


class TestNewAnswers:
    def test_they_are_counted_by_source_once_they_were_seen_no_more(self, database: Engine) -> None:
        answered(database, [b"a", b"b"], source="anna")
        answered(database, [b"c"])

        found = streams.new_answers(database, task=TASK)

        assert sorted(found, key=lambda new: new.to) == [
            NewAnswers("anna", 2, 2), NewAnswers(None, 1, 3),
        ]  # fmt: skip
        streams.save(database, [StreamRecord(new.source, new.to) for new in found], task=TASK)
        assert streams.new_answers(database, task=TASK) == []
        answered(database, [b"d"])
        assert streams.new_answers(database, task=TASK) == [NewAnswers(None, 1, 4)]

    def test_where_no_site_is_named_they_are_of_who_asked(self, database: Engine) -> None:
        answered(database, [b"a"], actor="pacs")
        answered(database, [b"b"], actor="ann")
        answered(database, [b"c"], actor="ann", source="anna")
        # Nobody was asked who they are; before there were accounts nothing was stored at all.
        answered(database, [b"d"], actor="local")
        answered(database, [b"e"])

        found = streams.new_answers(database, task=TASK)

        assert sorted(found, key=lambda new: new.to) == [
            NewAnswers(None, 1, 1, "pacs"), NewAnswers(None, 1, 2, "ann"),
            NewAnswers("anna", 1, 3), NewAnswers(None, 2, 5),
        ]  # fmt: skip
        kept = [
            [each.content for each in streams.features(database, None, task=TASK, limit=9, **by)]
            for by in ({"client": "pacs"}, {"client": "ann"}, {})
        ]
        assert kept == [[b"a"], [b"b"], [b"d", b"e"]]

    def test_answers_without_features_and_of_other_tasks_do_not_count(
        self, database: Engine
    ) -> None:
        answered(database, [None])
        assert streams.new_answers(database, task=TASK) == []
        answered(database, [b"a"])
        assert streams.new_answers(database, task="another") == []

    def test_numbers_that_are_given_again_after_an_erasure_are_seen(self, database: Engine) -> None:
        streams.save(database, [StreamRecord(None, seen_to=1000)], task=TASK)
        answered(database, [b"a"])
        assert streams.new_answers(database, task=TASK) == [NewAnswers(None, 1, 1)]


class TestFeatures:
    def test_the_newest_come_last(self, database: Engine) -> None:
        answered(database, [b"a", b"b", None, b"c"], source="anna")
        answered(database, [b"x"])

        found = streams.features(database, "anna", task=TASK, limit=2)

        assert [each.content for each in found] == [b"b", b"c"]
        assert found[0].model_version == stored_predictions.record(0).model_version
        assert [e.content for e in streams.features(database, None, task=TASK, limit=9)] == [b"x"]

    def test_those_before_a_moment_or_after_it_where_those_are_too_few(
        self, database: Engine
    ) -> None:
        answered(database, [b"old"], source="anna", age_s=100)
        answered(database, [b"new", b"newer"], source="anna")
        moment = MOMENT - timedelta(seconds=50)

        def around(fewest: int) -> list[bytes]:
            found = streams.features_around(
                database, "anna", moment, task=TASK, limit=5, fewest=fewest
            )
            return [each.content for each in found]

        assert around(1) == [b"old"]
        assert sorted(around(2)) == [b"new", b"newer"]


class TestStates:
    SHIFTED = StreamRecord(
        "anna",
        seen_to=7,
        n=30,
        shifted=True,
        since=MOMENT,
        checked_at=MOMENT,
        model_version="v2",
        test="mmd",
        window=30,
        excess=2.5,
        p=1e-6,
        words=("darker",),
        differences=({"figure": "exposure"},),
    )

    def test_they_come_back_the_shifted_ones_first(self, database: Engine) -> None:
        usual = StreamRecord(None, seen_to=9, shifted=False)
        streams.save(database, [usual, self.SHIFTED], task=TASK)

        found = streams.all_streams(database, task=TASK, with_differences=True)

        assert found == [self.SHIFTED, usual]
        assert streams.all_streams(database, task=TASK)[0].differences == ()
        assert streams.all_streams(database, task="another") == []

    def test_counting_on_leaves_the_rest(self, database: Engine) -> None:
        streams.save(database, [self.SHIFTED], task=TASK)

        streams.save_counts(database, [replace(self.SHIFTED, seen_to=9, waiting=2)], task=TASK)

        (found,) = streams.all_streams(database, task=TASK, with_differences=True)
        assert found == replace(self.SHIFTED, seen_to=9, waiting=2)

    def test_sources_that_were_quiet_longest_are_forgotten(self, database: Engine) -> None:
        many = [
            StreamRecord(
                None if n % 2 else f"source {n}", n, client=f"client {n}" if n % 2 else None
            )
            for n in range(MAX_SOURCES + 5)
        ]
        streams.save(database, many, task=TASK)
        found = streams.all_streams(database, task=TASK)
        assert len(found) == MAX_SOURCES
        assert min(record.seen_to for record in found) == 5
