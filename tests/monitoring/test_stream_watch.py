"""Streams are looked at beside requests, and answers are told what came of it."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from api.clock import now
from api.decision.stream_shift.answer import StreamState
from api.monitoring.stream_watch import CheckedAt, StreamWatch
from api.records.answers import predictions
from api.records.watching import streams
from api.registry.store import Checkpoint, shift_path
from tests.decision.stream_shift import known_images
from tests.decision.stream_shift.known_images import ANNA, BERTA, UNKNOWN, drawn_images, stored
from tests.records import stored_predictions
from tests.support.cards import card

TASK = "pneumonia"
VERSION = stored_predictions.record(0).model_version


class Serving:
    """What answers now; a test may put another version in its place."""

    def __init__(self, folder: Path) -> None:
        self.weights = folder / "model.h5"
        content = known_images.write(shift_path(self.weights), known_images.reference(ANNA, BERTA))
        self.rule = known_images.rule(content)
        self.checkpoint: Checkpoint | None = None
        self.serve(VERSION)

    def serve(self, version: str, *, with_rule: bool = True) -> None:
        update = {"version": version, "shift": self.rule if with_rule else None}
        self.checkpoint = Checkpoint(self.weights, card().model_copy(update=update))


@pytest.fixture
def serving(tmp_path: Path) -> Serving:
    return Serving(tmp_path)


@pytest.fixture
def watch(database: Engine, serving: Serving) -> StreamWatch:
    return watching(database, serving)


def watching(
    database: Engine, serving: Serving, checked_at: CheckedAt = lambda _: None
) -> StreamWatch:
    return StreamWatch(database, TASK, lambda _: serving.checkpoint, checked_at)


@pytest.fixture
def answer(database: Engine) -> Callable[..., None]:
    """Stores answers about films of a hospital."""
    given = iter(range(1000))

    def store(n: int, level: float, *, source: str | None = None, actor: str | None = None) -> None:
        record = replace(stored_predictions.record(0), source=source, actor=actor, created_at=now())
        contents = stored(drawn_images(n, level=level, seed=100 + next(given)))
        answers = [
            (replace(record, id=uuid.uuid4().hex, shift_features=content), None)
            for content in contents
        ]
        predictions.add_all(database, answers, task=TASK)

    return store


def state(watch: StreamWatch, source: str | None = None) -> bool | None:
    found = watch.state(source)
    return found.shifted if found else None


class TestLooking:
    def test_too_few_answers_say_nothing(
        self, watch: StreamWatch, answer: Callable[..., None]
    ) -> None:
        answer(9, UNKNOWN)
        watch.look()
        assert state(watch) is None

    def test_known_images_are_usual_and_those_of_another_hospital_are_not(
        self, watch: StreamWatch, answer: Callable[..., None]
    ) -> None:
        answer(30, ANNA)
        watch.look()
        assert watch.state(None) == StreamState(shifted=False)

        answer(10, UNKNOWN)
        watch.look()
        found = watch.state(None)

        assert found is not None
        assert found.shifted
        assert "unlike those of every hospital" in found.reason
        assert "darker" in found.reason

    def test_where_no_site_is_named_those_of_each_client_are_looked_at_apart(
        self, watch: StreamWatch, answer: Callable[..., None], database: Engine
    ) -> None:
        answer(20, ANNA, actor="ward")
        answer(20, UNKNOWN, actor="pacs")
        answer(20, ANNA, actor="local")
        watch.look()

        shifted = {
            actor: found.shifted if (found := watch.state(None, actor)) else None
            for actor in ("ward", "pacs", "local", None, "never")
        }

        assert shifted == {
            "ward": False, "pacs": True, "local": False, None: False, "never": None,
        }  # fmt: skip
        here = watch.state(None, "pacs")
        assert here is not None
        assert "films that 'pacs' sent without naming a site are unlike" in here.reason
        assert watch.state("far away", "pacs") is None
        # Looked at again, each stays one stream.
        answer(20, UNKNOWN, actor="pacs")
        watch.look()
        assert len(streams.all_streams(database, task=TASK)) == 3

    def test_sources_are_looked_at_apart(
        self, watch: StreamWatch, answer: Callable[..., None]
    ) -> None:
        answer(20, ANNA)
        answer(20, UNKNOWN, source="far away")
        watch.look()
        assert (state(watch), state(watch, "far away"), state(watch, "never")) == (
            False, True, None,
        )  # fmt: skip

    def test_it_looks_again_after_so_many_answers_and_remembers_since_when(
        self, watch: StreamWatch, answer: Callable[..., None], database: Engine
    ) -> None:
        answer(20, UNKNOWN)
        watch.look()
        (first,) = streams.all_streams(database, task=TASK)
        answer(4, UNKNOWN)
        watch.look()
        (counted,) = streams.all_streams(database, task=TASK)
        assert (counted.waiting, counted.checked_at) == (4, first.checked_at)

        answer(1, UNKNOWN)
        watch.look()

        (second,) = streams.all_streams(database, task=TASK)
        assert second.waiting == 0
        assert second.checked_at is not None
        assert first.checked_at is not None
        assert second.checked_at > first.checked_at
        assert second.since == first.since == first.checked_at

    def test_a_stream_that_is_usual_again_is_said_to_be(
        self, watch: StreamWatch, answer: Callable[..., None], database: Engine
    ) -> None:
        answer(20, UNKNOWN)
        watch.look()
        answer(20, BERTA)
        watch.look()
        assert state(watch) is False
        assert streams.all_streams(database, task=TASK)[0].since is None

    def test_another_process_reads_what_was_found(
        self, watch: StreamWatch, answer: Callable[..., None], database: Engine, serving: Serving
    ) -> None:
        answer(20, UNKNOWN)
        watch.look()
        other = watching(database, serving)
        other.refresh()
        assert other.state(None) == watch.state(None)


class TestVersions:
    def test_a_promoted_version_looks_at_once(
        self, watch: StreamWatch, answer: Callable[..., None], serving: Serving, database: Engine
    ) -> None:
        answer(20, UNKNOWN)
        watch.look()
        serving.serve("v9")
        watch.look()
        (found,) = streams.all_streams(database, task=TASK)
        assert (found.model_version, found.shifted) == ("v9", True)

    def test_one_without_a_rule_takes_the_finding_back(
        self, watch: StreamWatch, answer: Callable[..., None], serving: Serving
    ) -> None:
        answer(20, UNKNOWN)
        watch.look()
        serving.serve("v1", with_rule=False)
        watch.look()
        assert state(watch) is None

    def test_without_a_rule_nothing_is_counted(
        self, watch: StreamWatch, answer: Callable[..., None], serving: Serving, database: Engine
    ) -> None:
        serving.serve("v1", with_rule=False)
        answer(20, UNKNOWN)
        watch.look()
        assert streams.all_streams(database, task=TASK) == []

    def test_before_a_model_serves_nothing_is_done(
        self, watch: StreamWatch, answer: Callable[..., None], serving: Serving
    ) -> None:
        serving.checkpoint = None
        answer(20, UNKNOWN)
        watch.look()
        assert state(watch) is None

    def test_answers_of_another_layout_are_left_out(
        self, watch: StreamWatch, answer: Callable[..., None], database: Engine
    ) -> None:
        record = replace(stored_predictions.record(0), source=None, shift_features=b"short")
        predictions.add_all(database, [(record, None)], task=TASK)
        answer(20, ANNA)
        watch.look()
        assert state(watch) is False


class TestProfile:
    def test_with_a_profile_a_sites_own_images_are_usual(
        self, answer: Callable[..., None], database: Engine, serving: Serving
    ) -> None:
        profiles: dict[str | None, datetime] = {}
        watch = watching(database, serving, profiles.get)
        answer(40, UNKNOWN, source="far away")
        watch.look()
        assert state(watch, "far away") is True

        profiles["far away"] = now()
        answer(10, UNKNOWN, source="far away")
        watch.look()

        assert watch.state("far away") == StreamState(shifted=False, is_checked=True)

    def test_and_images_of_yet_another_hospital_are_not(
        self, answer: Callable[..., None], database: Engine, serving: Serving
    ) -> None:
        watch = watching(database, serving, lambda _: now())
        answer(40, BERTA, source="far away")
        answer(20, UNKNOWN, source="far away")
        watch.look()
        assert state(watch, "far away") is True
