"""Estimates are there while they mean something, and left out with a reason while they do not."""

import numpy as np
import pytest
from sqlalchemy import Engine

from api.clock import now
from api.model_card.card import Card
from api.model_card.confidence_rule import ConfidenceRule
from api.monitoring.quality import Quality, quality
from api.records.watching import drift_looks, streams
from api.records.watching.drift_looks import DriftLook
from api.records.watching.streams import StreamRecord
from tests.monitoring.answers import TASK, Answers
from tests.support.cards import card

CONFIDENCE = ConfidenceRule(threshold=0.7, accuracy=0.9, n=100, chosen_on="validation")


def calibrated(n: int, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Scores of films half of which have a finding, and what they show."""
    rng = np.random.default_rng(seed)
    scores = rng.beta(0.3, 0.3, size=n)
    return scores, rng.random(n) < scores


def found(database: Engine, of: Card | None = None, prevalence: float | None = None) -> Quality:
    return quality(database, of or card(), prevalence=prevalence, task=TASK)


class TestEstimates:
    def test_the_interval_holds_the_share_that_is_right(
        self, database: Engine, answers: Answers
    ) -> None:
        scores, ill = calibrated(600)
        answers.store(600, scores=scores)

        result = found(database)

        assert (result.blanked, result.n, result.decided) == ((), 600, 600)
        assert result.expected is not None
        low, high = result.expected.interval
        assert low <= ((scores >= 0.5) == ill).mean() <= high
        assert 0.02 < high - low < 0.1

    def test_referred_images_are_no_decisions(self, database: Engine, answers: Answers) -> None:
        scores, _ = calibrated(400)
        answers.store(400, scores=scores, referred=0.3)

        result = found(database)

        assert 220 < result.decided < 340
        assert result.expected is not None
        assert result.expected.n == result.decided

    def test_thresholded_confidence_needs_the_cards_threshold(
        self, database: Engine, answers: Answers
    ) -> None:
        scores, _ = calibrated(400)
        answers.store(400, scores=scores)

        assert found(database).thresholded is None

        with_rule = card().model_copy(update={"confidence": CONFIDENCE})
        result = found(database, with_rule).thresholded
        assert result is not None
        confident = np.maximum(scores, 1 - scores) >= CONFIDENCE.threshold
        assert result.accuracy == pytest.approx(confident.mean(), abs=0.01)

    def test_only_the_champions_answers_count(self, database: Engine, answers: Answers) -> None:
        answers.store(100, version="v9")

        assert found(database).n == 0


class TestLeftOut:
    @pytest.fixture(autouse=True)
    def _enough(self, answers: Answers) -> None:
        answers.store(300, scores=calibrated(300)[0])

    def check(self, result: Quality, words: str) -> None:
        (reason,) = result.blanked
        assert words in reason
        assert (result.expected, result.thresholded) == (None, None)

    def test_while_answers_drift(self, database: Engine) -> None:
        look = DriftLook(now(), "v1", 300, True, [])
        drift_looks.add(database, look, task=TASK)
        self.check(found(database), "no longer look like")

        drift_looks.add(database, DriftLook(now(), "v1", 350, False, []), task=TASK)
        assert found(database).blanked == ()

    def test_while_a_source_is_shifted(self, database: Engine) -> None:
        record = StreamRecord("far away", 300, n=200, shifted=True, model_version="v1")
        streams.save(database, [record], task=TASK)

        self.check(found(database), "'far away'")

    def test_while_answers_were_corrected_for_several_shares(
        self, database: Engine, answers: Answers
    ) -> None:
        answers.store(10, prevalence=0.1)

        self.check(found(database), "different shares")

    def test_after_the_setting_was_changed(self, database: Engine) -> None:
        (reason, *_) = found(database, prevalence=0.2).blanked

        assert "was changed since" in reason

    def test_where_the_share_of_findings_is_another(
        self, database: Engine, answers: Answers
    ) -> None:
        answers.store(700, scores=np.full(700, 0.05))

        self.check(found(database), "set the share of your place")

    def test_where_no_class_means_nothing(self, database: Engine) -> None:
        without = card().model_copy(update={"negative_class": None})

        assert "no such decision" in found(database, without).blanked[0]


class TestTooFew:
    def test_it_says_how_many_there_are(self, database: Engine, answers: Answers) -> None:
        answers.store(20, scores=calibrated(20)[0])

        (reason,) = found(database).blanked
        assert "20 decisions" in reason


class TestRealised:
    def test_the_newest_word_counts(self, database: Engine, answers: Answers) -> None:
        negative, positive, referred = (
            answers.store(1)[0],
            answers.store(1, scores=np.array([0.9]))[0],
            answers.store(1, referred=1.0)[0],
        )
        answers.give_feedback(negative, "Normal")
        answers.give_feedback(positive, "COVID-19")
        answers.give_feedback(positive, "Normal")
        answers.give_feedback(referred, "Normal")

        realised = found(database).realised

        assert (realised.n, realised.accuracy) == (2, 0.5)
        assert realised.interval == pytest.approx((0.095, 0.905), abs=0.001)
        assert "no random draw" in realised.selection

    def test_without_a_word_there_is_none(self, database: Engine, answers: Answers) -> None:
        answers.store(3)

        realised = found(database).realised

        assert (realised.n, realised.accuracy, realised.interval) == (0, None, None)
