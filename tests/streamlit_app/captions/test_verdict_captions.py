"""The verdict of a retraining in one sentence."""

from captions.verdict_captions import changed, headline
from tests.streamlit_app import answers


def check(name: str, before: float | None, now: float | None) -> dict[str, object]:
    return {
        "name": name, "passed": True, "detail": "", "champion": before, "challenger": now,
        "films": [],
    }  # fmt: skip


class TestHeadline:
    def test_what_got_worse_and_how_many_conditions_failed_follow_who_serves(self) -> None:
        caption = headline(answers.job("kept"))  # type: ignore[arg-type]

        assert caption.startswith(
            "Version v3 was kept as a challenger; v2 went on serving. Worse: "
        )
        assert caption.endswith("7 of 10 conditions were not met.")

    def test_other_endings_keep_their_words(self) -> None:
        failed = answers.job("failed", verdict=None, reason="The disk is full.")

        assert headline(failed) == "The retraining failed. The disk is full."  # type: ignore[arg-type]


class TestChanged:
    def test_the_two_that_moved_most_are_named_and_small_steps_are_not(self) -> None:
        checks = [
            check("a", 0.5, 0.6), check("b", 0.5, 0.9), check("c", 0.5, 0.7),
            check("d", 0.5, 0.502), check("e", None, None),
        ]  # fmt: skip

        assert changed(checks, 1) == "b 0.500 → 0.900, c 0.500 → 0.700"  # type: ignore[arg-type]
        assert changed(checks, -1) == ""  # type: ignore[arg-type]
