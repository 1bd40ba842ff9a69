"""The champion's newest answers are looked at on several windows, beside requests."""

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Engine

from api.clock import now
from api.monitoring.drift_watch import EVERY_ANSWERS, MIN_ANSWERS, DriftWatch
from api.records.watching import drift_looks
from api.records.watching.drift_looks import DriftLook
from api.registry.store import Checkpoint, shift_path
from tests.decision.stream_shift import known_images
from tests.decision.stream_shift.known_images import ANNA, BERTA, UNKNOWN
from tests.monitoring.answers import TASK, Answers
from tests.support.cards import card


@pytest.fixture
def checkpoint(tmp_path: Path) -> Checkpoint:
    weights = tmp_path / "model.h5"
    content = known_images.write(shift_path(weights), known_images.reference(ANNA, BERTA))
    return Checkpoint(weights, card().model_copy(update={"shift": known_images.rule(content)}))


@pytest.fixture
def watch(database: Engine, checkpoint: Checkpoint) -> DriftWatch:
    return watching(database, checkpoint)


def watching(database: Engine, checkpoint: Checkpoint | None) -> DriftWatch:
    return DriftWatch(database, TASK, lambda: checkpoint, pause=timedelta(0))


def drifted(look: DriftLook | None) -> set[tuple[str, str]]:
    assert look is not None
    return {
        (each["window"], figure["figure"])
        for each in look.windows
        for figure in each["figures"]
        if figure["drifted"]
    }


class TestLooking:
    def test_it_waits_for_the_first_window(self, watch: DriftWatch, answers: Answers) -> None:
        assert watch.look() is None
        answers.store(MIN_ANSWERS - 1)
        assert watch.look() is None

        answers.store(1)

        look = watch.look()
        assert look is not None
        assert (look.drifted, look.model_version) == (False, "v1")
        assert [each["window"] for each in look.windows] == ["last 200", "last 1000", "7 days"]
        assert {each["n"] for each in look.windows} == {MIN_ANSWERS}

    def test_then_it_looks_after_so_many_answers(self, watch: DriftWatch, answers: Answers) -> None:
        answers.store(MIN_ANSWERS)
        watch.look()
        answers.store(EVERY_ANSWERS - 1)
        assert watch.look() is None

        answers.store(1)

        assert watch.look() is not None

    def test_images_of_another_hospital_drift_in_the_short_window_first(
        self, watch: DriftWatch, answers: Answers
    ) -> None:
        answers.store(1000, level=ANNA)
        assert drifted(watch.look()) == set()

        answers.store(200, level=UNKNOWN)

        found = drifted(watch.look())
        assert ("last 200", "acquisition") in found
        assert {figure for _, figure in found} == {"acquisition"}

    def test_other_classes_and_more_referrals_drift(
        self, watch: DriftWatch, answers: Answers
    ) -> None:
        answers.store(1000, referred=0.1)
        watch.look()

        answers.store(200, referred=0.5, label="COVID-19")

        assert drifted(watch.look()) >= {("last 200", "classes"), ("last 200", "referrals")}

    def test_answers_of_other_versions_do_not_count(
        self, watch: DriftWatch, answers: Answers
    ) -> None:
        answers.store(MIN_ANSWERS)
        answers.store(MIN_ANSWERS, version="v9", level=UNKNOWN)

        assert drifted(watch.look()) == set()

    def test_a_week_is_a_week(self, watch: DriftWatch, answers: Answers) -> None:
        answers.store(300, referred=0.1, until=now() - timedelta(days=8))
        answers.store(150, referred=0.6)

        look = watch.look()

        assert look is not None
        lengths = {each["window"]: each["n"] for each in look.windows}
        assert lengths == {"last 200": 200, "last 1000": 450, "7 days": 150}
        assert ("7 days", "referrals") in drifted(look)

    def test_without_a_reference_shares_are_watched_all_the_same(
        self, database: Engine, checkpoint: Checkpoint, answers: Answers
    ) -> None:
        without = checkpoint.card.model_copy(update={"shift": None})
        watch = watching(database, Checkpoint(checkpoint.weights, without))
        answers.store(MIN_ANSWERS)

        look = watch.look()

        assert look is not None
        figures = {figure["figure"] for each in look.windows for figure in each["figures"]}
        assert figures == {"classes", "referrals"}

    def test_before_a_model_serves_nothing_is_done(
        self, database: Engine, answers: Answers
    ) -> None:
        answers.store(MIN_ANSWERS)
        assert watching(database, None).look() is None

    def test_a_long_week_is_sampled_evenly(self, database: Engine, answers: Answers) -> None:
        answers.store(2500)

        found = drift_looks.answers_since(
            database, "v1", now() - timedelta(days=1), task=TASK, limit=1000
        )

        numbers = [answer.number for answer in found]
        assert 700 <= len(numbers) <= 1300
        assert numbers[-1] == 2500
        assert len({b - a for a, b in pairwise(numbers)}) == 1

    def test_another_process_goes_on_where_one_stopped(
        self, database: Engine, checkpoint: Checkpoint, watch: DriftWatch, answers: Answers
    ) -> None:
        answers.store(MIN_ANSWERS)
        watch.look()

        assert watching(database, checkpoint).look() is None
        (stored,) = drift_looks.newest(database, task=TASK, limit=9)
        assert stored.seen_to == MIN_ANSWERS


class TestRetention:
    def test_the_oldest_looks_go(self, database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(drift_looks, "MAX_LOOKS", 3)
        for number in range(5):
            drift_looks.add(database, DriftLook(now(), "v1", number, False, []), task=TASK)

        found = drift_looks.newest(database, task=TASK, limit=9)

        assert [look.seen_to for look in found] == [4, 3, 2]
