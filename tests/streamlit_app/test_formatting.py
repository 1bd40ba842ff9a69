"""Numbers and states in words."""

from datetime import UTC, datetime
from typing import cast

import pytest

import formatting
from api_types import Job, Status
from sidebar import sentence
from tests.streamlit_app import answers


def job(state: str, **changes: object) -> Job:
    return cast(Job, answers.job(state, **changes))


def running(**changes: object) -> Job:
    return job("running", **{"epochs": 4, "progress": 0.63, "eta_seconds": 130.0, **changes})


def ended(state: str, reason: str) -> Job:
    return job(state, reason=reason, verdict=answers.verdict(state, reason=reason))


class TestDuration:
    @pytest.mark.parametrize(
        ("seconds", "text"),
        [(0, "0 s"), (59.6, "1 min"), (130, "2 min 10 s"), (3_600, "1 h"), (183_600, "2 d 3 h")],
    )
    def test_it_has_the_two_largest_units(self, seconds: float, text: str) -> None:
        assert formatting.duration(seconds) == text

    def test_a_large_unit_is_not_followed_by_a_distant_one(self) -> None:
        assert formatting.duration(86_400 + 5) == "1 d"


class TestMoment:
    def test_any_zone_is_told_in_utc(self) -> None:
        assert formatting.moment("2025-11-21T10:01:00+02:00") == "21 Nov 2025, 08:01 UTC"

    def test_a_time_without_a_zone_is_utc(self) -> None:
        now = datetime(2025, 11, 21, 8, 5, tzinfo=UTC)

        assert formatting.ago("2025-11-21T08:01:00", now=now) == "4 min ago"


class TestPlain:
    def test_what_would_be_markup_is_shown_as_it_is(self) -> None:
        assert formatting.plain("a_b*c* [x](y) $1 :red[z]") == (
            r"a\_b\*c\* \[x\](y) \$1 \:red\[z\]"
        )

    def test_a_sentence_stays_a_sentence(self) -> None:
        assert (
            formatting.plain("film.png: it is 3.5 % too dark.") == "film.png: it is 3.5 % too dark."
        )


class TestProgress:
    def test_a_running_job_tells_phase_epoch_share_and_time_left(self) -> None:
        assert formatting.progress(running()) == (
            "Fine-tuning the upper layers · epoch 2 of 4 · 63 % · about 2 min 10 s left"
        )

    def test_one_that_stands_still_says_so_instead_of_a_time(self) -> None:
        assert formatting.progress(running(paused="The server is busy: …")) == (
            "Fine-tuning the upper layers · epoch 2 of 4 · 63 % · paused: the server is busy"
        )

    def test_one_that_waits_for_another_says_so(self) -> None:
        waiting = cast(Job, answers.waiting())

        assert formatting.is_waiting(waiting)
        assert formatting.progress(waiting) == "Waiting for another retraining to end · 0 %"

    def test_a_phase_unknown_here_keeps_its_name(self) -> None:
        assert formatting.progress(running(phase="polishing")).startswith("Polishing · 63 %")


class TestOutcome:
    def test_a_promotion_names_the_version_that_serves(self) -> None:
        assert formatting.outcome_text(ended("promoted", "It is as sensitive as before.")) == (
            "Version v2 was promoted and took over. It is as sensitive as before."
        )

    def test_a_challenger_is_kept_with_the_reason(self) -> None:
        assert formatting.outcome_text(ended("kept", "Sensitivity fell by 4 points.")) == (
            "Version v3 was kept as a challenger; v2 went on serving. Sensitivity fell by 4 points."
        )

    def test_a_promotion_for_a_site_names_the_site_and_who_answers_the_others(self) -> None:
        job = cast(Job, answers.site_promotion(reason="Better there."))

        assert formatting.outcome_text(job) == (
            "Version v3 was promoted for St. Anna; v2 goes on answering everybody else. "
            "Better there."
        )

    @pytest.mark.parametrize("state", ["failed", "cancelled", "interrupted"])
    def test_the_other_endings_tell_their_reason(self, state: str) -> None:
        text = formatting.outcome_text(job(state, verdict=None, reason="The disk is full."))

        assert state in text
        assert text.endswith("The disk is full.")


class TestEstimate:
    def test_a_value_stands_before_its_interval(self) -> None:
        assert formatting.estimate(0.973, (0.961, 0.982)) == "97.3 % (96.1 to 98.2)"

    def test_without_an_interval_it_stands_alone(self) -> None:
        assert formatting.estimate(0.973, None) == "97.3 %"
        assert formatting.estimate(None, (0.1, 0.2)) == "-"

    def test_a_figure_has_its_own_unit(self) -> None:
        assert formatting.figure("auroc", 0.97, (0.96, 0.98)) == "0.970 (0.960 to 0.980)"
        assert formatting.figure("sensitivity", 0.97) == "97.0 %"


class TestSidebarSentence:
    def test_a_healthy_service_is_one_calm_line(self) -> None:
        assert sentence(cast(Status, answers.status())) == "Serving v2"

    def test_what_is_unwell_is_said(self) -> None:
        health = {"records": {"ok": False, "detail": "the disk is full"}}

        assert sentence(cast(Status, answers.status(health=health))) == (
            "records: the disk is full"
        )

    def test_a_model_in_preparation_is_said(self) -> None:
        starting = cast(Status, answers.status(model_version=None))

        assert sentence(starting) == "The model is being prepared."
