"""The examples of requests fit the OpenAPI document, and there is one for every operation."""

import json

import pytest

from api.web.schemas.answers.predictions import Prediction
from tests.docs.openapi_routes import Request, Routes, mentions_of, requests_of
from tests.docs.pages import GUIDES, Page, guide


@pytest.fixture(scope="module")
def routes() -> Routes:
    return Routes()


def named(page: Page) -> str:
    return page.name


def unknown_names(routes: Routes, request: Request) -> frozenset[str]:
    """Parameters and fields of an example that its operation does not know."""
    operation = routes.find(request.method, request.path)
    assert operation is not None, request
    return (
        request.query - routes.query(operation)
        | request.form - routes.fields(operation, "multipart/form-data")
        | request.body - routes.fields(operation, "application/json")
    )


class TestTheApiPage:
    def test_every_operation_has_an_example(self, routes: Routes) -> None:
        shown = {routes.find(r.method, r.path) for r in requests_of(guide("api.md"))}

        assert set(routes.all) - shown == set()

    def test_its_answer_is_one_with_every_field(self) -> None:
        (block,) = guide("api.md").blocks("json")
        answer = json.loads(block)

        Prediction.model_validate(answer)
        # A film has no numbers that could lie out of range, and the field is left out then.
        assert set(answer) == set(Prediction.model_fields) - {"out_of_range"}


@pytest.mark.parametrize("page", GUIDES, ids=named)
class TestExamples:
    def test_their_routes_parameters_and_fields_exist(self, page: Page, routes: Routes) -> None:
        wrong = {r: names for r in requests_of(page) if (names := unknown_names(routes, r))}

        assert wrong == {}

    def test_routes_in_sentences_exist(self, page: Page, routes: Routes) -> None:
        assert [m for m in mentions_of(page) if routes.find(*m) is None] == []


class TestFindingWrongExamples:
    def test_a_parameter_that_no_operation_takes(self, routes: Routes) -> None:
        request = Request(
            "GET", "/samples/summary", frozenset({"colour"}), frozenset(), frozenset()
        )

        assert unknown_names(routes, request) == {"colour"}

    def test_a_path_without_placeholders_comes_first(self, routes: Routes) -> None:
        assert routes.find("GET", "/samples/summary") == ("GET", "/samples/summary")
        assert routes.find("GET", "/samples/0f") == ("GET", "/samples/{sha256}")
        assert routes.find("PUT", "/samples/0f") is None
