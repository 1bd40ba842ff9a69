"""A card is written and read without loss, or refused."""

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from api.errors import InvalidCheckpoint
from api.registry.card import Card, Golden, read_card, write_card
from tests.cards import card


class TestReading:
    def test_what_was_written_is_read_back(self, tmp_path: Path) -> None:
        path = tmp_path / "card.json"

        write_card(path, card(temperature=1.25))

        assert read_card(path) == card(temperature=1.25)

    def test_a_missing_card_is_refused_with_the_remedy(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidCheckpoint, match="python -m api train"):
            read_card(tmp_path / "card.json")

    @pytest.mark.parametrize("content", ["", "{", "[]", '{"task": "pneumonia"}', "\x00\xff"])
    def test_a_damaged_card_is_refused(self, tmp_path: Path, content: str) -> None:
        path = tmp_path / "card.json"
        path.write_text(content)

        with pytest.raises(InvalidCheckpoint, match=r"'card\.json' cannot be read"):
            read_card(path)

    @pytest.mark.parametrize(
        "change", [{"temperature": 0}, {"surprise": 1}, {"classes": None}, {"golden": [{}]}]
    )
    def test_a_card_with_nonsense_in_it_is_refused(
        self, tmp_path: Path, change: dict[str, object]
    ) -> None:
        path = tmp_path / "card.json"
        path.write_text(json.dumps(json.loads(card().model_dump_json()) | change))

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


class TestTheSchema:
    def test_a_card_survives_json(self) -> None:
        assert Card.model_validate_json(card().model_dump_json()) == card()


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
        described = card(golden=golden).model_dump(mode="json") | {part: value}
        (tmp_path / "card.json").write_text(json.dumps(described), encoding="utf-8")

        with pytest.raises(InvalidCheckpoint):
            read_card(tmp_path / "card.json")
