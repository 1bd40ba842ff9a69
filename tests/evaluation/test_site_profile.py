"""What a site's films make of thresholds, calibration, bands and limits."""

import numpy as np
import pytest
from scipy.special import expit, logit

from api.arrays import BoolArray, Float64Array
from api.evaluation.operating_points import site_bands
from api.evaluation.sites.site_profile import (
    SiteImages,
    cross_fitted,
    decisions_by,
    distance_limit,
    fit_calibration,
    fit_rules,
    metrics_of,
    site_points,
)
from api.model_card.card import Card
from tests.support.cards import card

CARD = card(threshold=0.5, prevalence=0.5)
TARGET_RATE = 0.97


def site(n: int, *, shift: float = 0.0, seed: int = 0, findings: float = 0.5) -> SiteImages:
    """Films whose log-odds are normal around -2 (healthy) and 2, all of them moved by `shift`."""
    rng = np.random.default_rng(seed)
    positive = np.arange(n) < n * findings
    odds = rng.normal(np.where(positive, 2.0, -2.0) + shift, 1.5)
    return SiteImages(
        expit(odds), positive, {"unlikeness": rng.uniform(0, 1, n)}, np.zeros(n, dtype=bool)
    )


def balanced(images: SiteImages, described: Card = CARD) -> float:
    """Log-odds of the balanced threshold."""
    return float(
        logit(fit_rules(images, described, wanted_rate=TARGET_RATE).thresholds["balanced"])
    )


class TestThreshold:
    def test_it_goes_where_many_images_say(self) -> None:
        assert balanced(site(4000, shift=6.0)) == pytest.approx(6.0, abs=0.2)

    def test_of_few_images_it_stays_nearer_to_the_cards(self) -> None:
        few, many = (np.mean([balanced(site(n, shift=6.0, seed=s)) for s in range(20)])
                     for n in (10, 400))  # fmt: skip

        assert 2.0 < few < many - 0.3
        assert many == pytest.approx(6.0, abs=0.4)

    def test_where_nothing_is_different_it_is_the_cards(self) -> None:
        assert balanced(site(4000), card(threshold=0.6)) == pytest.approx(logit(0.6), abs=0.2)

    def test_an_enriched_sample_gives_the_same(self) -> None:
        enriched = balanced(site(4000, shift=3.0, findings=0.9))

        assert enriched == pytest.approx(balanced(site(4000, shift=3.0)), abs=0.3)

    def test_the_outer_points_are_chosen_as_a_cards_are(self) -> None:
        images = site(60)

        thresholds = fit_rules(images, CARD, wanted_rate=TARGET_RATE).thresholds

        assert thresholds["screening"] == images.scores[images.positive].min()
        assert thresholds["confirm"] > images.scores[~images.positive].max()
        assert thresholds["screening"] < thresholds["balanced"] < thresholds["confirm"]

    def test_its_interval_holds_it_and_narrows_with_images(self) -> None:
        widths = []
        for n in (40, 400):
            images = site(n, shift=3.0)
            rules = fit_rules(images, CARD, wanted_rate=TARGET_RATE)
            point = site_points(images, CARD, rules, wanted_rate=TARGET_RATE)["balanced"]
            low, high = point.threshold_interval
            assert low <= point.threshold <= high
            widths.append(logit(high) - logit(low))

        assert widths[1] < widths[0] / 2


class TestCalibration:
    def test_scores_that_are_too_sure_are_stretched_less(self) -> None:
        images = site(4000)
        sure = expit(3 * logit(images.scores))

        true = fit_calibration(images.scores, images.positive, prevalence=0.5)
        found = fit_calibration(sure, images.positive, prevalence=0.5)

        assert found.scale == pytest.approx(true.scale / 3, rel=0.1)

    def test_at_another_prevalence_of_the_card_it_is_of_the_cards_score(self) -> None:
        images = site(4000)
        at_card = expit(logit(images.scores) + logit(0.8))

        found = fit_calibration(at_card, images.positive, prevalence=0.8)
        fitted = expit(found.scale * logit(at_card) + found.shift)

        weights = np.where(images.positive, 0.8, 0.2)
        assert np.average(fitted, weights=weights) == pytest.approx(0.8, abs=0.02)

    def test_the_order_of_images_is_kept_even_where_it_is_wrong(self) -> None:
        images = site(200)

        assert fit_calibration(images.scores, ~images.positive, prevalence=0.5).scale > 0


class TestBands:
    def test_the_narrowest_is_what_as_few_images_can_prove(self) -> None:
        images = site(50)

        rule = site_bands(images.scores, images.positive, max_error=0.05, chosen_on="")

        assert [band.max_error for band in rule.bands[:2]] == [pytest.approx(1 / 26), 0.05]
        assert rule.max_error == 0.05

    def test_an_end_lies_between_images_where_the_bound_does(self) -> None:
        positive = np.repeat([True, False], 36)
        scores = expit(np.concatenate([np.arange(36.0), -np.arange(36.0)]))

        band = site_bands(scores, positive, max_error=0.05, chosen_on="").band_for()

        # 37 x 0.05 = 1.85: so far from the outermost film to the one after it.
        assert logit([band.low, band.high]) == pytest.approx([0.85, -0.85])

    def test_an_end_between_images_of_the_same_certainty_is_theirs(self) -> None:
        positive = np.repeat([True, False], 36)
        scores = np.where(positive, 0.0, 1.0)

        band = site_bands(scores, positive, max_error=0.05, chosen_on="").band_for()

        assert (band.low, band.high) == (0.0, 1.0)

    def test_the_bound_is_used_up_where_it_lies_between_images(self) -> None:
        # The outermost of 36 of a kind would keep 2.7 %.
        judged, wrong = site(2000, shift=3.0, seed=999), []
        for seed in range(60):
            rules = fit_rules(site(72, shift=3.0, seed=seed), CARD, wanted_rate=TARGET_RATE)
            decided = decisions_by(rules, judged, "balanced")
            wrong.append((decided == 0)[judged.positive].mean())
            wrong.append((decided == 1)[~judged.positive].mean())

        assert np.mean(wrong) == pytest.approx(0.05, abs=0.01)

    @pytest.mark.parametrize("n", [40, 100])
    def test_other_images_of_the_site_keep_the_bound_on_average(self, n: int) -> None:
        missed, alarms = [], []
        judged = site(2000, shift=3.0, seed=999)
        for seed in range(60):
            rules = fit_rules(site(n, shift=3.0, seed=seed), CARD, wanted_rate=TARGET_RATE)
            decided = decisions_by(rules, judged, "balanced")
            missed.append((decided == 0)[judged.positive].mean())
            alarms.append((decided == 1)[~judged.positive].mean())

        bound = max(0.05, 1 / (n / 2 + 1))
        assert np.mean(missed) <= bound + 0.01
        assert np.mean(alarms) <= bound + 0.01


class TestLimits:
    def test_at_most_a_fiftieth_of_other_images_is_beyond(self) -> None:
        limit = distance_limit(np.linspace(0.5, 2.0, 99), max_factor=np.inf)

        # Of 100 films, the new one among them, two may lie beyond.
        assert limit.factor == np.linspace(0.5, 2.0, 99)[-2]
        assert limit.max_refused == 0.02

    def test_of_few_images_it_says_what_they_can_prove(self) -> None:
        limit = distance_limit(np.linspace(0.5, 2.0, 24), max_factor=np.inf)

        assert (limit.factor, limit.max_refused) == (2.0, 1 / 25)

    def test_it_is_never_below_the_cards(self) -> None:
        assert distance_limit(np.full(60, 0.4), max_factor=np.inf).factor == 1.0

    def test_it_ends_where_other_pictures_begin(self) -> None:
        limit = distance_limit(np.linspace(0.5, 2.0, 99), max_factor=1.05)

        assert limit.factor == 1.05
        assert limit.max_refused == pytest.approx(0.64, abs=0.02)


class TestDecisions:
    def test_images_made_unlike_the_sites_others_are_held_to_the_narrowest_bound(self) -> None:
        images, n = site(120), 120
        usual = with_distances(images, site_distance=np.linspace(1.0, 3.0, n))
        rules = fit_rules(usual, CARD, wanted_rate=TARGET_RATE)

        near, far = (
            decisions_by(rules, with_distances(images, site_distance=np.full(n, at)), "balanced")
            for at in (2.9, 3.1)
        )

        assert 2.9 < rules.limits["site_distance"].factor < 3.1
        # Of these very films none is answered wrong by the narrowest band.
        assert (far[~np.isnan(far)] == images.positive[~np.isnan(far)]).all()
        assert np.isnan(far).sum() > np.isnan(near).sum()

    def test_images_beyond_the_limit_of_unlikeness_are_referred(self) -> None:
        rules = fit_rules(site(60), CARD, wanted_rate=TARGET_RATE)
        far = with_distances(site(60), unlikeness=np.full(60, 1.2))

        assert np.isnan(decisions_by(rules, far, "balanced")).all()


def with_distances(images: SiteImages, **distances: Float64Array) -> SiteImages:
    return SiteImages(images.scores, images.positive, distances, images.is_poor)


class TestFigures:
    def test_they_are_counted(self) -> None:
        decided = np.array([1, 0, np.nan, 0, 1, 1, np.nan, 0])
        positive = np.array([False] * 4 + [True] * 4)

        found = metrics_of(decided, positive)

        assert found.healthy_called_positive == 1 / 4
        assert found.findings_called_negative == 1 / 4
        assert found.referred == 2 / 8
        assert found.answered_error == 2 / 6
        assert set(found.intervals) == {"healthy_called_positive", "findings_called_negative",
                                        "referred", "answered_error"}  # fmt: skip

    def test_nothing_answered_has_no_error(self) -> None:
        found = metrics_of(np.full(4, np.nan), np.array([True, True, False, False]))

        assert (found.referred, found.answered_error) == (1.0, None)

    def test_each_image_is_judged_by_rules_that_were_made_without_it(self) -> None:
        images = with_outlier(site(60))
        # It is the farthest film: the limit that its own rules would have includes it.
        own = decisions_by(fit_rules(images, CARD, wanted_rate=TARGET_RATE), images, "confirm")

        others = cross_fitted(images, CARD, "confirm", wanted_rate=TARGET_RATE)

        assert np.isnan(others[-1])
        assert not np.isnan(own[-1])

    def test_poor_pictures_are_referred(self) -> None:
        images = site(60)
        poor = SiteImages(images.scores, images.positive, {}, np.ones(60, dtype=bool))

        assert np.isnan(cross_fitted(poor, CARD, "balanced", wanted_rate=TARGET_RATE)).all()


def with_outlier(images: SiteImages) -> SiteImages:
    """The last film is healthy for certain, and lies farthest."""
    scores: Float64Array = images.scores.copy()
    positive: BoolArray = images.positive.copy()
    distances = images.distances["unlikeness"].copy()
    scores[-1], positive[-1], distances[-1] = 1e-6, False, 1.04
    return SiteImages(scores, positive, {"unlikeness": distances}, images.is_poor)
