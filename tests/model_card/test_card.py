"""A card is written and read without loss, or refused."""

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from api.errors import InvalidCheckpoint
from api.inputs.images.quality import QualityBounds
from api.model_card.card import FORMAT, Card
from api.model_card.card_file import read_card, write_card
from api.model_card.decision_rules import ReferRule
from api.model_card.golden import Golden
from tests.model_card.published import OUTLIERS, as_published
from tests.support.cards import NEW_FIELDS, REFER, card

OLD_POINT = ("threshold", "chosen_on", "sensitivity", "specificity")
OLD_METRICS = (
    "n",
    "accuracy",
    "balanced_accuracy",
    "auroc",
    "sensitivity",
    "specificity",
    "expected_calibration_error",
    "per_class",
    "confusion",
)


class TestReading:
    def test_what_was_written_is_read_back(self, tmp_path: Path) -> None:
        path = tmp_path / "card.json"

        write_card(path, card(temperature=1.25))

        assert read_card(path) == card(temperature=1.25)

    def test_a_missing_card_is_refused_with_the_remedy(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidCheckpoint, match="python -m api train"):
            read_card(tmp_path / "card.json")

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"{",
            b"[]",
            b"null",
            b"3",
            b'{"task": "pneumonia"}',
            b"\x00\xff",
            card().model_dump_json().encode("utf-16"),
            b"[" * 100_000 + b"]" * 100_000,
            b'{"classes":' * 100_000,
            b'{"classes": [' + b"1," * 200_000 + b"1]}",
            b" " * 5_000_000,
        ],
        ids=range(12),
    )
    def test_a_damaged_card_is_refused(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "card.json"
        path.write_bytes(content)

        with pytest.raises(InvalidCheckpoint, match=r"'card\.json' cannot be read"):
            read_card(path)

    @pytest.mark.parametrize(
        "change", [{"temperature": 0}, {"surprise": 1}, {"classes": None}, {"golden": [{}]}]
    )
    def test_a_card_with_nonsense_in_it_is_refused(
        self, tmp_path: Path, change: dict[str, object]
    ) -> None:
        path = tmp_path / "card.json"
        path.write_text(json.dumps(as_published() | change))

        with pytest.raises(InvalidCheckpoint, match=next(iter(change))):
            read_card(path)

    def test_a_folder_in_its_place_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidCheckpoint):
            read_card(tmp_path)


class TestTheNegativeClass:
    def test_its_index_is_its_place_among_the_outputs(self) -> None:
        assert card().negative_index == 1

    def test_a_threshold_beyond_one_is_refused(self) -> None:
        with pytest.raises(ValidationError):
            card(threshold=1.5)


class TestTheVersion:
    @pytest.mark.parametrize("version", ["v1", "2026.1+ct", "späte", "x" * 64])
    def test_it_is_a_name_of_at_most_64_letters(self, version: str) -> None:
        assert Card.model_validate(card().model_dump() | {"version": version}).version == version

    @pytest.mark.parametrize("version", ["", "x" * 65, "v1/../v2", "v 1", "v1\n"])
    def test_another_one_is_refused(self, version: str) -> None:
        with pytest.raises(ValidationError, match="version"):
            Card.model_validate(card().model_dump() | {"version": version})


class TestTheSchema:
    def test_a_card_survives_json(self) -> None:
        assert Card.model_validate_json(card().model_dump_json()) == card()


class TestCardsOfFormatOne:
    """As version 0.1.0 wrote them: none of the fields that came with format 2."""

    @pytest.fixture
    def old(self, tmp_path: Path) -> Card:
        described = json.loads(card().model_dump_json()) | {"format": 1}
        for name in NEW_FIELDS:
            del described[name]
        point = described["operating_points"]["balanced"]
        described["operating_points"] = {"balanced": {name: point[name] for name in OLD_POINT}}
        del described["training"]["command"]
        del described["preprocessing"]["local_contrast"]
        holdout = described["metrics"]["holdout"]
        del holdout["curves"]
        for measured in (holdout["overall"], *holdout["per_source"].values()):
            for name in set(measured) - set(OLD_METRICS):
                del measured[name]
            for one in measured["per_class"].values():
                del one["precision_interval"], one["recall_interval"]
        path = tmp_path / "card.json"
        path.write_text(json.dumps(described), encoding="utf-8")
        return read_card(path)

    def test_they_are_read(self, old: Card) -> None:
        assert old.format == 1
        assert not old.is_sealed
        assert old.operating_points["balanced"].threshold == 0.5
        assert old.metrics["holdout"].overall.accuracy == 0.9

    def test_what_they_do_not_say_changes_no_answer(self, old: Card) -> None:
        assert (old.refer, old.outliers) == (None, None)
        assert old.quality == QualityBounds()
        assert old.prevalence == 0.5
        assert old.preprocessing.local_contrast == 0
        assert (old.heatmap, old.stability, old.failure_modes) == (None, None, ())

    def test_their_figures_lack_what_was_not_measured(self, old: Card) -> None:
        overall = old.metrics["holdout"].overall

        assert old.metrics["holdout"].curves is None
        assert (overall.at, overall.intervals, overall.referred_because) == ({}, {}, {})
        assert (overall.brier, overall.referred, overall.answered_error) == (None, None, None)

    def test_they_are_written_and_read_again(self, old: Card, tmp_path: Path) -> None:
        write_card(tmp_path / "again.json", old)

        again = read_card(tmp_path / "again.json")
        assert again == old.model_copy(update={"format": FORMAT})
        assert again.is_sealed


class TestNewCards:
    def test_they_say_their_format(self) -> None:
        assert card().format == 3

    def test_a_prevalence_of_nothing_or_all_is_refused(self) -> None:
        for prevalence in (0.0, 1.0):
            with pytest.raises(ValidationError, match="prevalence"):
                card(prevalence=prevalence)

    @pytest.mark.parametrize("refer", [None, REFER])
    def test_referral_survives_json(self, refer: ReferRule | None) -> None:
        described = card(refer=refer)

        assert Card.model_validate_json(described.model_dump_json()) == described

    def test_rules_for_outliers_survive_json(self) -> None:
        described = card(outliers=OUTLIERS)

        assert Card.model_validate_json(described.model_dump_json()) == described


class TestAgreement:
    @pytest.mark.parametrize(
        ("part", "value"),
        [
            ("negative_class", "x"),
            ("operating_points", {}),
            ("classes", ["COVID-19", "Normal", "Pneumonia-Bacterial"]),
        ],
    )
    def test_a_card_whose_parts_do_not_fit_is_refused(
        self, tmp_path: Path, part: str, value: object
    ) -> None:
        golden = (Golden(finding="clear", seed=1, probabilities=(0.1, 0.2, 0.3, 0.4)),)
        described = as_published(golden=golden) | {part: value}
        (tmp_path / "card.json").write_text(json.dumps(described), encoding="utf-8")

        with pytest.raises(InvalidCheckpoint):
            read_card(tmp_path / "card.json")
