"""The UI's types against the API's OpenAPI document, and the UI without the API's code."""

import ast
import copy
from pathlib import Path
from typing import Any

import pytest

from api.settings import ROOT
from tests.streamlit_app.generate_types import STALE, TYPES, check_types, types_of, write_types
from tests.support.openapi_document import openapi_document


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """To be changed."""
    return copy.deepcopy(openapi_document())


class TestGenerating:
    def test_the_file_in_the_repository_is_current(self) -> None:
        assert check_types(TYPES) is None

    def test_a_file_changed_by_hand_is_called_stale(self, tmp_path: Path) -> None:
        changed = tmp_path / TYPES.name
        changed.write_text(TYPES.read_text(encoding="utf-8").replace("p95_ms", "p90_ms", 1))

        assert check_types(changed) == STALE

    def test_a_missing_file_is_called_stale_and_can_be_written(self, tmp_path: Path) -> None:
        missing = tmp_path / TYPES.name
        assert check_types(missing) == STALE

        write_types(missing)

        assert check_types(missing) is None

    def test_a_field_added_to_the_document_is_a_field_of_the_type(
        self, document: dict[str, Any]
    ) -> None:
        document["components"]["schemas"]["Latency"]["properties"]["p50_s"] = {"type": "integer"}

        assert "    p50_s: NotRequired[int]\n" in types_of(document)


class TestIndependence:
    def test_the_ui_imports_nothing_of_the_api(self) -> None:
        for path in (ROOT / "streamlit_app").rglob("*.py"):
            assert not {name.partition(".")[0] for name in imports(path)} & {"api", "tests"}, path


def imports(path: Path) -> set[str]:
    """The modules that a file imports."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
