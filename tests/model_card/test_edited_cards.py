"""Cards that somebody edited by hand are refused where they contradict themselves."""

import json
from pathlib import Path
from typing import Any

import pytest

from api.errors import InvalidCheckpoint
from api.model_card.card_file import read_card
from api.model_card.checksums import checksums_of
from tests.model_card.published import GOLDEN, OUTLIERS, REDUCED, as_published
from tests.support.cards import CLASSES, REFER, card


def refused(path: Path, described: dict[str, Any]) -> str:
    """Why a card is not read."""
    path.write_text(json.dumps(described), encoding="utf-8")
    with pytest.raises(InvalidCheckpoint) as caught:
        read_card(path)
    return caught.value.message


class TestEditedCards:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        return tmp_path / "card.json"

    @pytest.mark.parametrize(
        ("field", "inside", "value"),
        [
            ("preprocessing", ("window_low",), 0.02),
            ("temperature", (), 1.1),
            ("operating_points", ("screening", "threshold"), 0.5),
            ("operating_points", ("balanced", "threshold"), 0.4),
            ("prevalence", (), 0.1),
            ("refer", ("max_error",), 0.05),
            ("refer", (), None),
            ("outliers", ("threshold",), 30.0),
            ("outliers", ("reference_sha256",), "3" * 64),
            ("quality", ("min_side_px",), 64),
            ("golden", (0, "probabilities", 0), 0.2),
            ("reduced", ("figures", 0, "is_met"), True),
        ],
    )
    def test_they_are_refused_with_the_fields_name(
        self, path: Path, field: str, inside: tuple[Any, ...], value: object
    ) -> None:
        described = as_published(golden=GOLDEN, refer=REFER, outliers=OUTLIERS)
        described |= {"reduced": json.loads(REDUCED.model_dump_json())}
        described["checksums"] = checksums_of(described)
        path.write_text(json.dumps(described))
        assert read_card(path).reduced == REDUCED

        part: Any = described
        *way, last = (field, *inside)
        for name in way:
            part = part[name]
        part[last] = value

        reason = refused(path, described)
        assert f"'{field}'" in reason
        assert "was changed after it was published" in reason

    @pytest.mark.parametrize("field", list(checksums_of(json.loads(card().model_dump_json()))))
    def test_a_field_that_was_taken_out_is_missed(self, path: Path, field: str) -> None:
        described = as_published()
        del described[field]

        assert field in refused(path, described)

    @pytest.mark.parametrize("sealed", [None, {}, [], "no", 3, {"temperature": "0" * 64}])
    def test_without_sound_checksums_they_are_refused(self, path: Path, sealed: object) -> None:
        assert "field '" in refused(path, as_published() | {"checksums": sealed})

    def test_without_any_too(self, path: Path) -> None:
        described = as_published()
        del described["checksums"]

        assert "'checksums' is missing" in refused(path, described)

    def test_layout_and_words_may_change(self, path: Path) -> None:
        described = as_published() | {"limits": "Other words."}
        # As some editors write numbers.
        described["temperature"], described["prevalence"] = 1, 5e-1
        path.write_text(json.dumps(described, sort_keys=True, indent=4))

        assert read_card(path) == card().model_copy(update={"limits": "Other words."})


class TestClasses:
    @pytest.mark.parametrize("is_sealed", [True, False])
    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("classes", CLASSES[::-1]),
            ("classes", (*CLASSES[1:], CLASSES[0])),
            ("classes", ("Covid", *CLASSES[1:])),
            ("classes", (*CLASSES, "Tuberculosis")),
            ("negative_class", "COVID-19"),
        ],
    )
    def test_others_than_the_tasks_are_refused(
        self, tmp_path: Path, field: str, value: object, is_sealed: bool
    ) -> None:
        described = as_published() | {field: value}
        if is_sealed:
            described["checksums"] = checksums_of(json.loads(json.dumps(described)))
        else:
            described |= {"format": 2, "checksums": checksums_of(described)}
            del described["checksums"]

        reason = refused(tmp_path / "card.json", described)

        assert "does not have the classes of the task 'pneumonia' in their order" in reason
        assert field in reason

    @pytest.mark.parametrize("name", ["unheard of", "../pneumonia", "x" * 300, "\0"])
    def test_those_of_a_task_that_is_not_known_are_refused(self, tmp_path: Path, name: str) -> None:
        reason = refused(tmp_path / "card.json", as_published() | {"task": name})

        assert "not known here" in reason
