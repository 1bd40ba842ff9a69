"""The verdict of a retraining in one sentence."""

from typing import Any

import pytest

from captions.verdict_captions import changed, headline, who_serves
from tests.streamlit_app import answers

HERE = {"site": "", "n": 18, "before": 16, "now": 17}
KNEW = {"site": "", "n": 120, "before": 110, "now": 104}
FELL = {"label": "COVID-19", "before": 0.94, "now": 0.83}


def check(name: str, before: float | None, now: float | None, *, passed: bool = True) -> Any:
    return {
        "name": name, "passed": passed, "detail": "", "champion": before, "challenger": now,
        "films": [],
    }  # fmt: skip


def job(state: str = "kept", *, checks: list[Any] | None = None, **counted: Any) -> Any:
    counts = {"here": [HERE], "remembered": KNEW, "fell_most": FELL} | counted
    judged = {**answers.verdict("kept"), "sites": [], "counted": counts}
    if checks is not None:
        judged["checks"] = checks
    return {**answers.job("kept"), "state": state, "verdict": judged}


class TestHeadline:
    def test_what_is_gained_here_and_lost_on_what_it_knew_is_one_sentence(self) -> None:
        assert headline(job()) == (
            "Not promoted: better here, 16 → 17 of 18; worse on what it knew, COVID-19 94 → 83 %."
        )

    @pytest.mark.parametrize(
        ("counted", "sentence"),
        [
            (
                {"fell_most": None},
                "better here, 16 → 17 of 18; worse on what it knew, 110 → 104 of 120",
            ),
            ({"fell_most": None, "remembered": None}, "better here, 16 → 17 of 18"),
            (
                {
                    "here": [HERE | {"now": 15, "site": "St. Anna"}],
                    "remembered": KNEW | {"now": 110},
                    "fell_most": None,
                },
                "worse at St. Anna, 16 → 15 of 18; no worse on what it knew, 110 → 110 of 120",
            ),
            ({"here": [HERE | {"now": 16}], "remembered": None, "fell_most": None},
             "the same here, 16 of 18"),
        ],
    )  # fmt: skip
    def test_a_promotion_is_told_alike(self, counted: dict[str, Any], sentence: str) -> None:
        assert headline(job("promoted", **counted)) == f"Promoted: {sentence}."

    def test_whom_it_is_for_is_named(self) -> None:
        judged = answers.site_promotion()
        judged["verdict"]["counted"] = {"here": [HERE], "remembered": KNEW, "fell_most": FELL}

        assert headline(judged).startswith(  # type: ignore[arg-type]
            "Promoted for St. Anna, not for everybody: better here"
        )

    def test_what_the_counts_do_not_explain_is_named(self) -> None:
        checks = [check("labels", None, None, passed=False), check("decisions", 0.5, 0.6)]

        described = headline(job(checks=checks, remembered=KNEW | {"now": 111}, fell_most=None))

        assert described.endswith("no worse on what it knew, 110 → 111 of 120; not met: labels.")

    def test_a_verdict_of_before_has_its_figures(self) -> None:
        former = job(checks=[check("specificity", 0.9, 0.8, passed=False)])
        former["verdict"]["counted"] = None

        assert headline(former) == "Not promoted: worse: specificity 0.900 → 0.800."

    def test_other_endings_keep_their_words(self) -> None:
        failed = answers.job("failed", verdict=None, reason="The disk is full.")

        assert headline(failed) == "The retraining failed. The disk is full."  # type: ignore[arg-type]


class TestWhoServes:
    def test_it_follows_the_verdict(self) -> None:
        assert who_serves(job()) == "Version v3 was kept as a challenger; v2 went on serving."
        assert who_serves(job("failed")) == ""


class TestChanged:
    def test_the_two_that_moved_most_are_named_and_small_steps_are_not(self) -> None:
        checks = [
            check("a", 0.5, 0.6), check("b", 0.5, 0.9), check("c", 0.5, 0.7),
            check("d", 0.5, 0.502), check("e", None, None),
        ]  # fmt: skip

        assert changed(checks, 1) == "b 0.500 → 0.900, c 0.500 → 0.700"
        assert changed(checks, -1) == ""
