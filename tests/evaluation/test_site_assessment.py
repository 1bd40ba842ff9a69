"""Whether a checkpoint may be used on somebody's films, and why not."""

import numpy as np
import numpy.typing as npt
import pytest

from api.evaluation.calibration import score_temperature
from api.evaluation.metrics import DecisionRules, Predictions
from api.evaluation.operating_points import youden_threshold
from api.evaluation.sites.site_assessment import comparisons, site_report, site_verdict, suggest
from api.model_card.base import Interval
from api.model_card.card import Card
from api.model_card.metrics import Metrics
from api.model_card.sites.site_profile import SiteCheckVerdict
from tests.support.cards import AT, CLASSES, card, metrics

ENOUGH = np.arange(100) < 50
CARD = card(holdout=metrics(auroc=0.97))
FINE: dict[str, Interval] = {
    "auroc": (0.93, 0.98),
    "sensitivity": (0.8, 0.95),
    "specificity": (0.7, 0.9),
    "score_calibration_error": (0.01, 0.06),
    "referred": (0.05, 0.2),
}


def here(
    *,
    auroc: float | None = 0.96,
    sensitivity: float | None = 0.9,
    specificity: float | None = 0.8,
    score_calibration_error: float = 0.03,
    referred: float = 0.1,
    unlike: float = 0.0,
    without: tuple[str, ...] = (),
    **intervals: Interval,
) -> Metrics:
    """Figures as the card promises, but for those given; `auroc_interval` is that of `auroc`."""
    given = {name.removesuffix("_interval"): interval for name, interval in intervals.items()}
    return metrics(
        n=100,
        auroc=auroc,
        sensitivity=sensitivity,
        specificity=specificity,
        score_calibration_error=score_calibration_error,
        referred=referred,
        referred_because={"unlike": unlike},
        intervals={k: v for k, v in (FINE | given).items() if k not in without},
    )


def judged(
    found: Metrics,
    *,
    described: Card = CARD,
    positive: npt.NDArray[np.bool_] = ENOUGH,
    point: str = "balanced",
    chance: float = 0.0,
) -> tuple[SiteCheckVerdict, tuple[str, ...]]:
    return site_verdict(found, described, positive, point, chance=chance)


class TestGo:
    def test_what_does_what_its_card_says_may_go(self) -> None:
        verdict, reasons = judged(here())

        assert verdict == "go"
        assert reasons == (
            "On these 100 films the model does what its card says, as far as as many films can "
            "show.",
        )

    @pytest.mark.parametrize(
        "found",
        [
            # Worse, but not so much that the interval proves it.
            here(auroc=0.9, auroc_interval=(0.8, 0.96)),
            here(auroc=0.85, auroc_interval=(0.7, 0.96)),
            here(sensitivity=0.75, sensitivity_interval=(0.6, 0.86)),
            here(score_calibration_error=0.04),
            here(referred=0.25, unlike=0.1),
            # Better than the card is no reason to worry.
            here(auroc=0.999, auroc_interval=(0.99, 1.0)),
        ],
    )
    def test_what_the_intervals_leave_open_is_not_held_against_it(self, found: Metrics) -> None:
        assert judged(found)[0] == "go"

    def test_a_calibration_error_that_luck_explains_is_not_held_against_it(self) -> None:
        found = here(score_calibration_error=0.12)

        assert judged(found, chance=0.13)[0] == "go"
        assert judged(found, chance=0.11)[0] == "caution"


class TestNoGo:
    @pytest.mark.parametrize(
        ("found", "reason"),
        [
            (
                here(auroc=0.7, auroc_interval=(0.6, 0.79)),
                "It hardly tells films with a finding from those without: AUROC 0.700, at the best "
                "0.790.",
            ),
            (
                here(auroc=0.83, auroc_interval=(0.8, 0.86)),
                "It is far worse here than its card says: AUROC 0.830, at the best 0.860, instead "
                "of 0.970.",
            ),
            (
                here(sensitivity=0.6, sensitivity_interval=(0.5, 0.69)),
                "Sensitivity is 0.60, at the best 0.69, at the operating point 'balanced': too "
                "many films with a finding are answered wrong.",
            ),
            (
                here(specificity=0.5, specificity_interval=(0.4, 0.6)),
                "Specificity is 0.50, at the best 0.60, at the operating point 'balanced': too "
                "many films without one are answered wrong.",
            ),
            (
                here(referred=0.6, referred_interval=(0.51, 0.69)),
                "60% of the films are left to a person.",
            ),
            (
                here(unlike=0.3),
                "30% of the pictures are unlike the films it learned from.",
            ),
        ],
    )
    def test_what_is_proven_speaks_against_it_once(self, found: Metrics, reason: str) -> None:
        assert judged(found) == ("no-go", (reason,))

    def test_doubts_are_named_after_what_speaks_against_it(self) -> None:
        found = here(
            sensitivity=0.6,
            sensitivity_interval=(0.5, 0.69),
            score_calibration_error=0.12,
            score_calibration_error_interval=(0.06, 0.2),
        )

        verdict, reasons = judged(found, positive=np.arange(100) < 20)

        assert verdict == "no-go"
        assert [reason.split()[0] for reason in reasons] == ["Sensitivity", "The", "There"]


class TestCaution:
    @pytest.mark.parametrize(
        ("found", "words"),
        [
            (
                here(auroc=0.91, auroc_interval=(0.87, 0.94)),
                "It is worse here than its card says: AUROC 0.910, at the best 0.940, instead of",
            ),
            (
                here(sensitivity=0.75, sensitivity_interval=(0.65, 0.84)),
                "Sensitivity is 0.75 here (at the best 0.84), 0.90 in the card",
            ),
            (
                here(specificity=0.72, specificity_interval=(0.7, 0.74)),
                "Specificity is 0.72 here (at the best 0.74), 0.80 in the card",
            ),
            (
                here(score_calibration_error=0.12, score_calibration_error_interval=(0.06, 0.2)),
                "The probabilities are off here: on average by 12%",
            ),
            (
                here(referred=0.4, referred_interval=(0.3, 0.5)),
                "40% of the films are left to a person.",
            ),
            (
                here(unlike=0.2),
                "20% of the pictures are unlike the films it learned from.",
            ),
        ],
    )
    def test_each_doubt_alone(self, found: Metrics, words: str) -> None:
        verdict, reasons = judged(found)

        assert verdict == "caution"
        assert len(reasons) == 1
        assert reasons[0].startswith(words)

    @pytest.mark.parametrize(
        ("findings", "clear", "words"),
        [
            (29, 50, "There are only 29 with a finding; at least 30"),
            (50, 12, "There are only 12 without one; at least 30"),
            (3, 0, "There are only 3 with a finding and 0 without one; at least 30"),
        ],
    )
    def test_few_images_are_a_doubt_of_their_own(
        self, findings: int, clear: int, words: str
    ) -> None:
        verdict, reasons = judged(here(), positive=np.arange(findings + clear) < findings)

        assert verdict == "caution"
        assert reasons[0].startswith(words)
        assert len(reasons) == 1

    def test_thirty_of_each_are_enough(self) -> None:
        assert judged(here(), positive=np.arange(60) < 30)[0] == "go"

    def test_one_kind_alone_proves_nothing(self) -> None:
        found = here(auroc=None, specificity=None, without=("auroc", "specificity"))

        verdict, reasons = judged(found, positive=np.ones(100, dtype=bool))

        assert verdict == "caution"
        assert reasons[0].startswith("There are only 0 without one")


class TestTheOperatingPoint:
    def test_a_rate_is_held_against_the_cards_at_the_same_point(self) -> None:
        # At `screening` the card itself says a specificity of 0.6, at `balanced` 0.8.
        found = here(
            sensitivity=0.97,
            specificity=0.66,
            sensitivity_interval=(0.9, 0.99),
            specificity_interval=(0.55, 0.74),
        )

        assert judged(found, point="screening")[0] == "go"
        assert judged(found, point="balanced")[0] == "caution"

    def test_the_cards_figures_beside_it_are_of_that_point_too(self) -> None:
        beside = {row.figure: row for row in comparisons(here(), CARD, "screening")}

        assert beside["sensitivity"].card == AT["screening"].sensitivity
        assert beside["specificity"].card == AT["screening"].specificity
        assert beside["auroc"].card == 0.97
        assert (beside["auroc"].here, beside["auroc"].interval) == (0.96, (0.93, 0.98))
        assert beside["accuracy"].interval is None

    def test_a_card_of_old_is_known_at_the_balanced_one(self) -> None:
        old = card(holdout=metrics(auroc=0.97).model_copy(update={"at": {}}))
        found = here(sensitivity=0.75, sensitivity_interval=(0.65, 0.84))

        beside = {row.figure: row.card for row in comparisons(found, old, "balanced")}

        assert beside["sensitivity"] == 0.9
        assert judged(found, described=old)[0] == "caution"
        assert judged(found, described=old, point="screening")[0] == "go"

    def test_a_card_without_a_hold_out_has_nothing_to_be_worse_than(self) -> None:
        silent = CARD.model_copy(update={"metrics": {}})

        assert judged(here(auroc=0.85, auroc_interval=(0.8, 0.9)), described=silent)[0] == "go"
        assert {row.card for row in comparisons(here(), silent, "balanced")} == {None}


class TestSuggesting:
    def test_few_images_of_a_kind_suggest_nothing(self) -> None:
        for findings, clear in ((9, 100), (100, 9)):
            positive = np.arange(findings + clear) < findings

            found = suggest(np.random.default_rng(1).random(len(positive)), positive)

            assert (found.threshold, found.temperature) == (None, None)

    def test_ten_of_each_suggest_the_threshold_and_how_sure_to_be(self) -> None:
        rng = np.random.default_rng(1)
        positive = np.arange(20) < 10
        scores = np.clip(rng.normal(np.where(positive, 0.7, 0.3), 0.3), 0.001, 0.999)

        found = suggest(scores, positive)

        assert found.threshold == youden_threshold(scores, positive)
        assert found.temperature == score_temperature(scores, positive)


class TestTheReport:
    def test_it_measures_compares_and_judges(self) -> None:
        rng = np.random.default_rng(1)
        targets = np.repeat([0, 1], 40)
        scores = rng.beta(np.where(targets == 0, 60, 1), np.where(targets == 0, 1, 60))
        answers = Predictions(
            np.stack([scores, 1 - scores, 0 * scores, 0 * scores], axis=1),
            targets,
            {"unlike": np.arange(80) < 8},
        )
        rules = DecisionRules(
            classes=CLASSES,
            negative_index=1,
            operating_points=CARD.operating_points,
            operating_point="screening",
        )
        counts = {"ours": {"COVID-19": 40, "Normal": 40}}

        report = site_report(
            answers,
            ["ours"] * 80,
            CARD,
            rules,
            counts=counts,
            skipped={"not in a class folder": 2},
        )

        assert (report.version, report.n, report.counts) == ("v1", 80, counts)
        assert (report.operating_point, report.threshold) == ("screening", 0.25)
        assert report.metrics.sensitivity == report.metrics.at["screening"].sensitivity
        assert report.per_source["ours"] == report.metrics
        assert report.metrics.referred_because == {"unlike": 0.1}
        assert report.comparisons == comparisons(report.metrics, CARD, "screening")
        assert report.suggestion == suggest(scores, targets == 0)
        assert (report.verdict, report.reasons) == judged(
            report.metrics, positive=targets == 0, point="screening"
        )
        assert report.verdict == "go"
        assert type(report).model_validate_json(report.model_dump_json()) == report
