"""A card as a page for people."""

import xml.etree.ElementTree as ElementTree

from api.model_card.card import IMPORTED, Card
from api.model_card.decision_rules import OutlierRule
from api.model_card.metrics import (
    CoveragePoint,
    Curves,
    DeletionTest,
    Evaluation,
    Rates,
    ReliabilityBin,
    Stability,
)
from api.model_card.quantization import Figure, Reduced
from api.model_card.row_report import Share
from api.model_card.sites.unseen_source import UnseenSource
from api.reports.card_page import card_page
from api.reports.curves_svg import curves_svg
from api.reports.markdown import interval_text, number, table
from api.reports.metric_tables import metric_tables
from tests.support.cards import CLASSES, card, metrics

CURVES = Curves(
    roc=((0.0, 0.0), (0.1, 0.9), (1.0, 1.0)),
    reliability=(
        ReliabilityBin(n=20, mean_score=0.1, share_positive=0.05, interval=(0.01, 0.24)),
        ReliabilityBin(n=20, mean_score=0.9, share_positive=0.95, interval=(0.76, 0.99)),
    ),
    coverage=(
        CoveragePoint(max_error=0.02, coverage=0.8, error=0.01, missed=0.01, false_alarms=0.0),
        CoveragePoint(max_error=0.05, coverage=0.9, error=0.03, missed=0.03, false_alarms=0.02),
    ),
)
RATES = Rates(
    sensitivity=0.912,
    specificity=0.834,
    sensitivity_interval=(0.85, 0.95),
    specificity_interval=(0.77, 0.88),
)


def full_card() -> Card:
    """A card with everything that may be missing."""
    overall = metrics().model_copy(
        update={"at": {"balanced": RATES}, "intervals": {"accuracy": (0.812, 0.953)}}
    )
    return card().model_copy(
        update={
            "metrics": {"holdout": Evaluation(overall=overall, per_source={}, curves=CURVES)},
            "outliers": OutlierRule(
                method="mahalanobis",
                reference_sha256="2" * 64,
                threshold=1.25,
                chosen_on="validation",
                refused={"validation": {"here": 0.017}},
                compared={"mahalanobis": {"inverted": 0.953}},
            ),
            "heatmap": DeletionTest(
                n=30,
                share=0.2,
                hottest=0.251,
                random=0.066,
                hottest_interval=(0.221, 0.284),
                random_interval=(0.051, 0.082),
            ),
            "stability": Stability(split="holdout", n=30, kept={"gamma 0.80": 0.987}),
            "reduced": reduced(met=False),
            "failure_modes": ("Takes a shadow for a finding.",),
        }
    )


def reduced(*, met: bool) -> Reduced:
    agreement = Figure(
        name="agreement of labels", int8=0.995 if met else 0.982, bound=0.99, is_met=met
    )
    return Reduced(
        sha256="0" * 64, calibrated_on=30, compared_on=40, figures=(agreement,), golden=()
    )


class TestThePage:
    def test_it_says_what_people_must_know(self) -> None:
        page = card_page(card())

        assert page.startswith("# Model card: pneumonia v1\n")
        for sentence in ("For tests.", "Knows nothing.", "Split by hand.", "0" * 64):
            assert sentence in page

    def test_figures_name_every_class_and_source(self) -> None:
        page = metric_tables(card())

        for name in (*CLASSES, "| here |", "| all | 40 | – | 0.900 | 0.800 |"):
            assert name in page

    def test_figures_have_their_intervals(self) -> None:
        page = metric_tables(full_card())

        assert "0.900 (0.812–0.953)" in page
        assert "0.912 (0.850–0.950) | 0.834 (0.770–0.880)" in page

    def test_it_says_what_each_part_measured(self) -> None:
        page = card_page(full_card(), picture="card.svg")

        for part in (
            "![ROC, reliability and coverage on the hold-out](card.svg)",
            "- Takes a shadow for a finding.",
            "By mahalanobis distance",
            "| validation | 0.017 |",
            "| mahalanobis | 0.953 |",
            "falls by 0.251 (0.221–0.284)",
            "| gamma 0.80 | 0.987 |",
            "does not serve unless it is asked for: agreement of labels is 0.9820, and 0.9900",
            "| agreement of labels | – | 0.982 | 0.990 |",
        ):
            assert part in page

    def test_films_of_coarse_labels_are_counted_too(self) -> None:
        data = card().data.model_copy(
            update={"counts": {"train": {"kermany": {"Normal": 7}, "tbx": {"finding": 5}}}}
        )

        page = card_page(card().model_copy(update={"data": data}))

        assert f"| split | source | {' | '.join(CLASSES)} | finding |" in page
        assert "| train | kermany | 0 | 7 | 0 | 0 | 0 |" in page
        assert "| train | tbx | 0 | 0 | 0 | 0 | 5 |" in page

    def test_it_says_who_was_pictured_or_that_nobody_knows(self) -> None:
        counts = {"train": {"kermany": {"Normal": 7}, "St. Anna": {"Normal": 5}}}
        known = card().data.model_copy(update={"counts": counts})
        unknown = known.model_copy(update={"counts": {"train": {"St. Anna": {"Normal": 5}}}})

        page = card_page(card().model_copy(update={"data": known}))

        assert "| kermany | children, 1 to 5 years | unknown |" in page
        assert "| St. Anna | unknown | unknown |" in page
        assert "Ages and views of these films are unknown" in card_page(
            card().model_copy(update={"data": unknown})
        )

    def test_hospitals_that_it_did_not_learn_from_have_a_section_once_measured(self) -> None:
        share = Share(n=8, share=0.25, interval=(0.071, 0.591))
        none = Share(n=0, share=None, interval=None)
        found = UnseenSource(
            name="delhi",
            healthy_positive=share,
            healthy_negative=share,
            healthy_referred=share,
            finding_negative=none,
            finding_referred=none,
            auroc=None,
            auroc_interval=None,
        )

        page = card_page(card().model_copy(update={"unseen": (found,)}))

        shares = " | ".join(["0.250 (0.071–0.591)"] * 3)
        assert f"| delhi | 8 | {shares} | 0 | – | – | – |" in page
        assert "Hospitals not learned from" not in card_page(card())

    def test_each_source_says_what_is_referred_and_wrong_among_the_rest(self) -> None:
        measured = metrics(referred=0.25).model_copy(update={"answered_error": 0.125})
        evaluation = Evaluation(overall=metrics(), per_source={"here": measured})

        page = metric_tables(card().model_copy(update={"metrics": {"holdout": evaluation}}))

        row = next(line for line in page.splitlines() if line.startswith("| here |"))
        assert row.endswith("| 0.250 | 0.125 |")

    def test_of_an_imported_network_it_says_only_what_is_known(self) -> None:
        known = full_card()
        imported = known.model_copy(
            update={"limits": f"{known.limits} {IMPORTED} from 'tutorial.h5'.", "parent": None}
        )

        page = card_page(imported)

        assert "never trained on" in card_page(known)
        assert "never trained on" not in page
        assert "trained from the backbone" not in page
        assert "which films the imported network was trained on is not known" in page
        assert "trained elsewhere, on films that are not known here" in page

    def test_it_says_what_a_card_does_not_have(self) -> None:
        page = card_page(
            card().model_copy(
                update={
                    "refer": None,
                    "outliers": None,
                    "heatmap": None,
                    "stability": None,
                    "reduced": None,
                }
            )
        )

        for sentence in (
            "this card has no rule for it",
            "does not know which pictures are unlike",
            "was not measured",
            "No int8 form was made",
        ):
            assert sentence in page
        assert "None" not in page

    def test_an_int8_form_that_meets_its_bounds_serves(self) -> None:
        page = card_page(card().model_copy(update={"reduced": reduced(met=True)}))

        assert "meets all bounds and serves" in page
        assert "30 training films, both compared on 40 hold-out films" in page


class TestThePicture:
    def test_a_card_without_curves_has_none(self) -> None:
        bare = Evaluation(overall=metrics(), per_source={})

        assert curves_svg(card().model_copy(update={"metrics": {"holdout": bare}})) is None

    def test_it_is_a_picture_with_three_panels(self) -> None:
        drawn = curves_svg(full_card())

        assert drawn is not None
        root = ElementTree.fromstring(drawn)
        texts = [element.text for element in root.iter() if element.tag.endswith("text")]
        assert {"ROC", "Reliability", "Coverage", "balanced (0.912, 0.834)"} <= set(texts)

    def test_better_is_further_up(self) -> None:
        drawn = curves_svg(full_card())

        assert drawn is not None
        root = ElementTree.fromstring(drawn)
        lines = [e.get("points", "") for e in root.iter() if e.tag.endswith("polyline")]
        roc = next(line for line in lines if line.count(",") == 3)
        heights = [float(point.split(",")[1]) for point in roc.split()]
        assert heights == sorted(heights, reverse=True)


class TestTables:
    def test_a_table_has_a_head_a_rule_and_rows(self) -> None:
        assert table(("a", "b"), [("1", "2")]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"

    def test_an_undefined_figure_is_a_dash(self) -> None:
        assert number(None) == "–"
        assert number(0.12345) == "0.123"
        assert interval_text(None) == "–"
        assert interval_text((0.1, 0.25)) == "0.100 to 0.250"
