"""A site report as people read it in the terminal."""

import pytest

from api.evaluation.sites.site_assessment import comparisons
from api.model_card.metrics import Metrics
from api.model_card.sites.site_report import SiteReport, Suggestion
from api.reports.site_page import METRIC_NAMES, site_page
from tests.support.cards import CURVES, card, metrics
from tests.support.site_profiles import fit


def report(measured: Metrics, **changes: object) -> SiteReport:
    whole = SiteReport(
        version="v7",
        n=40,
        counts={"ours": {"Normal": 10, "finding": 30}},
        skipped={},
        operating_point="screening",
        threshold=0.3125,
        metrics=measured,
        per_source={"ours": measured},
        curves=CURVES,
        comparisons=comparisons(measured, card(), "screening"),
        suggestion=Suggestion(threshold=0.42, temperature=1.5),
        verdict="caution",
        reasons=("Few films.", "Off by much."),
    )
    return whole.model_copy(update=changes)


def unknown() -> Metrics:
    """Of one film of which nothing is known."""
    measured = metrics(
        balanced_accuracy=None,
        score_calibration_error=None,
        referred=None,
        sensitivity=None,
        specificity=None,
    )
    nothing = {"accuracy": None, "expected_calibration_error": None, "answered_error": None}
    nothing |= {"decision_accuracy": None, "brier": None}
    lost = {
        name: one.model_copy(update={"recall": None}) for name, one in measured.per_class.items()
    }
    return measured.model_copy(update=nothing | {"at": {}, "per_class": lost})


class TestThePage:
    def test_it_says_what_was_measured_on_what(self) -> None:
        page = site_page(report(metrics(auroc=0.912, intervals={"auroc": (0.85, 0.95)})))

        assert page.startswith(
            "Model v7 on 40 films, operating point 'screening' (threshold 0.312)."
        )
        assert "| ours: finding | 30 |" in page
        assert "| AUROC | 0.912 | 0.850 to 0.950 | – |" in page
        assert "| sensitivity | 0.900 | – | 0.980 |" in page
        assert "threshold 0.420, temperature 1.500." in page

    def test_the_verdict_and_its_reasons_come_last(self) -> None:
        page = site_page(report(metrics(), skipped={"not in a class folder": 3}))

        assert page.splitlines()[-4:] == [
            "",
            "Verdict: CAUTION",
            "- Few films.",
            "- Off by much.",
        ]
        assert "Left out: 3 (not in a class folder)" in page

    @pytest.mark.parametrize("measured", [metrics(), unknown()])
    def test_what_is_not_known_is_a_dash_not_a_word_of_python(self, measured: Metrics) -> None:
        page = site_page(report(measured, suggestion=Suggestion(threshold=None, temperature=None)))

        assert "None" not in page
        assert "nan" not in page
        assert "threshold –, temperature –." in page

    def test_what_a_profile_would_change_stands_before_and_after(self) -> None:
        hopeless = fit(objection="It does not help here.")
        page = site_page(report(metrics(), profile=hopeless))

        assert "| healthy answered positive | 0.400 | 0.050 |" in page
        assert "uses it. It does not help here." in page

    def test_images_that_make_no_profile_are_told_what_is_missing(self) -> None:
        assert "Send 3 more." in site_page(report(metrics(), no_profile="Send 3 more."))

    def test_every_compared_figure_has_a_name(self) -> None:
        assert {row.figure for row in comparisons(metrics(), card(), "balanced")} == set(
            METRIC_NAMES
        )

    def test_classes_without_an_image_are_left_out(self) -> None:
        measured = metrics()
        absent = measured.per_class["Normal"].model_copy(update={"support": 0})
        fewer = measured.model_copy(
            update={"per_class": measured.per_class | {"Pneumonia-Viral": absent}}
        )

        assert "| Pneumonia-Viral |" in site_page(report(measured))
        assert "| Pneumonia-Viral |" not in site_page(report(fewer))
