"""What former releases promised over HTTP is kept: nothing is gone, no request needs more."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.openapi_document import openapi_document
from tests.web.contract import (
    FOLDER,
    NEEDED,
    operations,
    promises,
    read_released,
    released_lines,
)

RELEASED = sorted(FOLDER.glob("*.jsonl"))
# Given up on purpose.
GIVEN_UP = {
    # A task may have no negative class, since there are others than the chest's.
    "GET /status 200 .negative_class is never null",
    "GET /models/{version}/card 200 .negative_class is never null",
    # Only where `blinded` is asked for, which did not exist.
    "GET /review 200 .items[].prediction is never null",
}
STRING, NUMBER = {"type": "string"}, {"type": "number"}
LABEL: dict[str, Any] = {
    "type": "object",
    "required": ["label"],
    "properties": {"label": STRING},
}


def lost(before: set[str], now: set[str]) -> list[str]:
    """What was promised and is no more; that less is needed is no loss."""
    return sorted(line for line in before - now - GIVEN_UP if not line.endswith(NEEDED))


def demanded(before: set[str], now: set[str]) -> list[str]:
    """What operations that were there need now, and did not need."""
    known = operations(before)
    return sorted(x for x in now - before if x.endswith(NEEDED) and operations({x}) <= known)


def document(
    answer: dict[str, Any], *parameters: dict[str, Any], name: str = "Label"
) -> dict[str, Any]:
    """One operation that answers with one schema."""
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
    operation = {"parameters": list(parameters), "responses": {"200": {"content": content}}}
    return {"paths": {"/films": {"get": operation}}, "components": {"schemas": {name: answer}}}


def parameter(name: str, *, required: bool = False) -> dict[str, Any]:
    return {"in": "query", "name": name, "required": required, "schema": STRING}


@pytest.fixture(scope="module")
def now() -> set[str]:
    return promises(openapi_document())


@pytest.mark.parametrize("release", RELEASED, ids=lambda path: path.stem)
class TestReleases:
    def test_nothing_is_gone(self, release: Path, now: set[str]) -> None:
        before = promises(read_released(release))

        assert len(before) > 2000
        assert lost(before, now) == []

    def test_no_request_needs_more(self, release: Path, now: set[str]) -> None:
        assert demanded(promises(read_released(release)), now) == []


class TestTheComparison:
    BEFORE = promises(document(LABEL, parameter("page")))

    @pytest.mark.parametrize(
        ("answer", "is_gone"),
        [
            (LABEL | {"properties": {"label": NUMBER}}, ".label: string"),
            (LABEL | {"properties": {}}, ".label: string"),
            (LABEL | {"required": []}, ".label is always there"),
            (
                LABEL | {"properties": {"label": {"anyOf": [STRING, {"type": "null"}]}}},
                ".label is never null",
            ),
        ],
    )
    def test_what_a_client_read_is_missed(self, answer: dict[str, Any], is_gone: str) -> None:
        now = promises(document(answer, parameter("page")))

        assert f"GET /films 200 {is_gone}" in lost(self.BEFORE, now)

    def test_a_parameter_that_is_gone_is_missed(self) -> None:
        assert lost(self.BEFORE, promises(document(LABEL))) == ["GET /films query page: string"]

    def test_a_new_demand_is_found(self) -> None:
        now = promises(document(LABEL, parameter("page", required=True)))

        assert demanded(self.BEFORE, now) == ["GET /films query page is needed"]

    def test_additions_and_other_names_of_schemas_break_nothing(self) -> None:
        more = LABEL | {"properties": {"label": STRING, "score": NUMBER}}
        now = promises(document(more, parameter("page"), parameter("size"), name="Answer"))

        assert (lost(self.BEFORE, now), demanded(self.BEFORE, now)) == ([], [])


class TestAReleasedDocument:
    def test_it_holds_every_promise(self, now: set[str], tmp_path: Path) -> None:
        file = tmp_path / "today.jsonl"
        file.write_text("\n".join(released_lines(openapi_document())), encoding="utf-8")

        assert promises(read_released(file)) == now
