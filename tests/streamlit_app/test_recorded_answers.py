"""The recorded answers, and the edits of them, are what today's OpenAPI document promises."""

import copy
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from tests.streamlit_app import answers, measured, watched
from tests.streamlit_app.stable_answers import END, INSTANT, StableNames, moved_to, stable
from tests.support.openapi_document import openapi_document

EDITED = {
    "old prediction": ("Prediction", answers.old_prediction()),
    "prediction with one's word": (
        "Prediction",
        answers.prediction(feedback=answers.own_feedback()),
    ),
    "status without a model": ("Status", answers.status(model_version=None)),
    "status of two nodes": ("Status", answers.status(nodes=answers.nodes())),
    "two tasks": ("TaskList", answers.tasks()),
    "few samples": ("SampleSummary", answers.samples(Normal=3)),
    "failed job": ("Job", answers.job("failed", reason="The disk is full.")),
    "review without its film": ("ReviewQueue", answers.review(is_stored=False)),
    "feedback that is a duplicate": ("Feedback", answers.feedback("duplicate")),
    "feedback without a sample": ("Feedback", answers.feedback(None)),
    "promotion for a site": ("Job", answers.site_promotion()),
    "versions of sites": ("ModelList", answers.site_versions()),
    "card": ("Card", answers.card()),
    "measured card": ("Card", measured.card()),
    "report with a profile": ("SiteReport", answers.profiled_report()),
    "site": ("SiteSummary", answers.site()),
    "site with its profile": ("SiteDetail", answers.site_detail()),
    "alerts": ("AlertList", answers.alerts(answers.alert(silence=answers.silence()))),
    "no-go": ("SiteReport", answers.site_report("no-go")),
    "drift": ("Drift", watched.drift()),
    "no drift": ("Drift", watched.no_drift()),
    "quality": ("Quality", watched.quality()),
    "quality that is left out": ("Quality", watched.blanked()),
    "shadow": ("ShadowReport", watched.shadow()),
    "no shadow": ("ShadowReport", watched.no_shadow()),
    "unexpected error": ("UnexpectedErrors", answers.unexpected_errors()),
    "refusal": ("Problem", answers.problem("No.", status=409, job="/retrain/j1")),
}


# Said of rows alone, and of one stored answer alone, and only where there is something to say.
LEFT_OUT = frozenset({"out_of_range", "feedback"})


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """Today's document, without room for fields that are missing or that nobody knows.

    Problems leave out what they do not have.
    """
    document = copy.deepcopy(openapi_document())
    for name, schema in document["components"]["schemas"].items():
        if "properties" in schema:
            schema["additionalProperties"] = False
            if name != "Problem":
                schema["required"] = [f for f in schema["properties"] if f not in LEFT_OUT]
    return document


def faults(document: dict[str, Any], schema: dict[str, Any], body: Any) -> list[str]:
    """What is wrong with a body, a line each."""
    validator = jsonschema_rs.validator_for({**schema, "components": document["components"]})
    as_sent = json.loads(json.dumps(body))
    return [f"{error.instance_path}: {error.message}" for error in validator.iter_errors(as_sent)]


def recorded_files() -> list[Path]:
    return sorted(answers.FOLDER.glob("*.json"))


class TestRecorded:
    @pytest.mark.parametrize("path", recorded_files(), ids=lambda path: path.stem)
    def test_it_is_what_the_document_promises(self, document: dict[str, Any], path: Path) -> None:
        answer = json.loads(path.read_text(encoding="utf-8"))

        operation = document["paths"][answer["route"]][answer["method"].lower()]
        content = operation["responses"][str(answer["status"])]["content"]
        found = faults(document, content[answer["media_type"]]["schema"], answer["body"])

        assert not found, "run `python -m tests.streamlit_app.record`"

    def test_there_is_one_of_each_kind_that_the_pages_show(self) -> None:
        states = {answers.job(state)["state"] for state in ("promoted", "kept", "running")}

        assert states == {"promoted", "kept", "running"}
        assert answers.prediction()["decision"] == "positive"
        assert answers.referred()["decision"] == "refer"
        assert [r["problem"] is None for r in answers.recorded("batch")["results"]] == [True, False]

    def test_a_field_that_is_gone_is_a_fault(self, document: dict[str, Any]) -> None:
        schema = {"$ref": "#/components/schemas/Prediction"}
        body = answers.prediction()
        del body["unlikeness"]

        assert faults(document, schema, body)
        assert faults(document, schema, answers.prediction(unknown=1))


class TestEdited:
    @pytest.mark.parametrize(("name", "body"), EDITED.values(), ids=EDITED)
    def test_it_is_what_the_document_promises(
        self, document: dict[str, Any], name: str, body: Any
    ) -> None:
        assert not faults(document, {"$ref": f"#/components/schemas/{name}"}, body)


class TestStable:
    def test_random_ids_become_short_names_wherever_they_stand(self) -> None:
        names = StableNames()
        names.add("0f3a", "p")
        names.add("77bc", "p")

        body = {"id": "77bc", "heatmap": "/predictions/0f3a/heatmap.png"}

        assert stable(body, names=names, times={}) == {
            "id": "p2",
            "heatmap": "/predictions/p1/heatmap.png",
        }

    def test_times_move_together(self) -> None:
        text = f"{END.isoformat()} {(END - timedelta(minutes=5)).isoformat()}"
        now = END + timedelta(days=3)

        first, second = INSTANT.findall(moved_to(text, now))

        assert first == now.isoformat()
        assert second == (now - timedelta(minutes=5)).isoformat()
