"""A card of tables holds what a table needs, and nothing of images."""

import json

from api.model_card.table_card import TableCard
from api.registry.store import card_path
from tests.support.iris import WEIGHTS, iris_checkpoint

OF_A_TABLE = {
    "format", "task", "version", "parent", "created_at", "code_version", "classes",
    "negative_class", "temperature", "weights_sha256", "golden", "metrics", "statistics", "data",
    "replay", "training", "intended_use", "limits", "failure_modes", "kind", "table", "conformal",
}  # fmt: skip


class TestTableCard:
    def test_what_an_image_has_besides_is_left_out(self) -> None:
        """Whoever gives cards of images a field excludes it here."""
        assert set(json.loads(iris_checkpoint().card.model_dump_json())) == OF_A_TABLE

    def test_it_comes_back_from_its_file_with_its_checksums(self) -> None:
        written = json.loads(card_path(WEIGHTS).read_text(encoding="utf-8"))

        assert isinstance(iris_checkpoint().card, TableCard)
        assert set(written) == OF_A_TABLE | {"checksums"}
        assert {"table", "conformal", "golden", "classes"} <= set(written["checksums"])
