"""What the OpenAPI document promises."""

import re
from typing import Any

import pytest
from fastapi.openapi.models import OpenAPI

from api.main import create_app
from api.settings import ROOT, Settings
from api.web.problems import MEDIA_TYPE
from api.web.route_rights import Gate, access_to
from tests.support.openapi_document import openapi_document
from tests.test_words import OF_THE_PROGRAM, OLD_WORDS, words_in

ROUTES = {
    ("get", "/health/live"),
    ("get", "/health/ready"),
    ("get", "/models"),
    ("get", "/models/{version}"),
    ("get", "/models/{version}/card"),
    ("get", "/models/{version}/model.h5"),
    ("get", "/phantoms/{label}.png"),
    ("get", "/predictions"),
    ("get", "/predictions/{prediction_id}"),
    ("get", "/predictions/{prediction_id}/heatmap.png"),
    ("get", "/retrain"),
    ("get", "/retrain/{job_id}"),
    ("get", "/samples/summary"),
    ("get", "/samples/{sha256}/thumbnail.png"),
    ("get", "/status"),
    ("get", "/status/activity"),
    ("post", "/evaluate"),
    ("post", "/models/rollback"),
    ("post", "/models/{version}/promote"),
    ("post", "/predict"),
    ("post", "/retrain"),
    ("post", "/upload-data"),
    ("delete", "/retrain/{job_id}"),
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi_document()


def operations(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (method, path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


class TestTheDocument:
    def test_it_is_valid(self, document: dict[str, Any]) -> None:
        OpenAPI.model_validate(document)

    def test_no_setting_changes_it(self, settings: Settings, document: dict[str, Any]) -> None:
        changes = {"operating_point": "confirm", "retrain_queue": True, "max_batch_files": 3}

        assert create_app(settings.model_copy(update=changes)).openapi() == document

    def test_no_route_was_lost(self, document: dict[str, Any]) -> None:
        assert set(operations(document)) >= ROUTES

    def test_every_route_is_described_and_belongs_somewhere(self, document: dict[str, Any]) -> None:
        for where, operation in operations(document).items():
            assert operation["summary"], where
            assert operation["description"].endswith((".", ").")), where
            assert operation["tags"], where

    def test_problems_are_documented_as_problems(self, document: dict[str, Any]) -> None:
        for where, operation in operations(document).items():
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    schema = response["content"][MEDIA_TYPE]["schema"]
                    assert schema["$ref"].endswith("/Problem"), (where, status)

    def test_every_change_documents_the_refusal_of_foreign_pages(
        self, document: dict[str, Any]
    ) -> None:
        for (method, path), operation in operations(document).items():
            if method != "get":
                assert "403" in operation["responses"], path

    def test_what_takes_a_parameter_documents_that_it_may_not_fit(
        self, document: dict[str, Any]
    ) -> None:
        for where, operation in operations(document).items():
            if operation.get("parameters") or "requestBody" in operation:
                assert "422" in operation["responses"], where

    def test_problems_and_promotions_have_an_example(self, document: dict[str, Any]) -> None:
        schemas = document["components"]["schemas"]

        assert schemas["Problem"]["examples"][0]["status"] == 422
        assert schemas["Promotion"]["examples"]

    def test_each_operation_has_an_id_of_its_own(self, document: dict[str, Any]) -> None:
        ids = [operation["operationId"] for operation in operations(document).values()]

        assert len(ids) == len(set(ids))


class TestTheGuideToBatches:
    def test_it_names_every_way_in_which_a_batch_is_refused(self, document: dict[str, Any]) -> None:
        guide = (ROOT / "docs/integrate/batch.md").read_text(encoding="utf-8")
        (refusals,) = re.findall(
            r"^What is wrong with the request as a whole.*?\n\n", guide, re.M | re.S
        )

        named = set(re.findall(r"\b[45]\d\d\b", refusals))

        assert named == set(document["paths"]["/predict/batch"]["post"]["responses"]) - {"200"}


class TestWhoAsks:
    def test_the_ways_to_say_it_are_documented(self, document: dict[str, Any]) -> None:
        schemes = document["components"]["securitySchemes"]

        assert schemes["token"]["scheme"] == "bearer"
        assert schemes["session"]["in"] == "cookie"
        assert document["security"] == [{}, {"token": []}, {"session": []}]

    def test_every_route_that_is_not_open_documents_both_refusals(
        self, document: dict[str, Any]
    ) -> None:
        for (method, path), operation in operations(document).items():
            if access_to(method.upper(), path) is not Gate.OPEN:
                assert {"401", "403"} <= set(operation["responses"]), (method, path)


# From before; clients read them. `unlikeness` stands beside `ood_score`, and is for old ones.
FIELDS_OF_BEFORE = {
    "figures", "film", "films", "films_per_day", "films_per_s", "kept", "n_films", "never_kept",
    "unlikeness", "wanted_error", "without_film",
}  # fmt: skip


def test_a_new_field_has_a_word_of_the_field() -> None:
    old = OLD_WORDS | OF_THE_PROGRAM | {"kept", "picture", "pictures", "unlikeness"}
    fields = {
        field
        for schema in openapi_document()["components"]["schemas"].values()
        for field in schema.get("properties", {})
    }

    assert {field for field in fields if words_in(field) & old} == FIELDS_OF_BEFORE
    assert "ood_score" in fields
