"""The pages of a task of tables, against the fake API."""

import json
from typing import Any, ClassVar

import pytest
from sklearn.datasets import load_breast_cancer
from streamlit.testing.v1 import AppTest

from api.model_card.card_file import read_card
from api.registry.store import card_path
from tests.streamlit_app import answers
from tests.streamlit_app.fake_api import Answer, FakeApi
from tests.streamlit_app.page_checks import (
    TIMEOUT_S,
    checked_to_its_end,
    metrics,
    open_page,
    tables,
    texts,
    texts_of,
)
from tests.support.iris import WEIGHTS

CARD = json.loads(read_card(card_path(WEIGHTS)).model_dump_json())
CLASSES = {"setosa": "One.", "versicolor": "Another.", "virginica": "A third."}
ANSWER: dict[str, Any] = {
    "id": "0" * 32,
    "filename": "row",
    "predicted_class": "virginica",
    "confidence": 0.98,
    "probabilities": {"setosa": 0.0, "versicolor": 0.02, "virginica": 0.98},
    "possible_labels": ["virginica"],
    "decision": "refer",
    "causes": ["out_of_range"],
    "reasons": ["petal_width is 2000 cm, more than 3 standard deviations beyond the range."],
    "out_of_range": ["petal_width"],
    "model_version": "v1",
    "created_at": "2026-11-27T09:25:39Z",
    "timings": {"decode_ms": 0.2, "inference_ms": 0.1, "total_ms": 1.3},
}


@pytest.fixture
def iris(api: FakeApi) -> FakeApi:
    """A server whose default task is iris."""
    listed = answers.tasks()
    task = listed["tasks"][0] | {
        "name": "iris", "kind": "tabular", "question": "Which iris?", "classes": CLASSES,
        "negative_class": None, "has_phantoms": False,
    }  # fmt: skip
    figures: dict[str, Any] = dict.fromkeys(("brightness", "edge_density", "histogram"))
    figures["examples"] = []
    classes = [{"label": label, "count": 4, **figures} for label in CLASSES]
    api.answer("GET", "/tasks", {"default": "iris", "tasks": [task]})
    api.answer(
        "GET",
        "/status",
        answers.status(task="iris", classes=CLASSES, negative_class=None, model_version="v1"),
    )
    api.answer("GET", "/models/v1/card", CARD)
    api.answer("GET", "/samples/summary", answers.samples() | {"classes": classes, "total": 12})
    api.answer("POST", "/predict", ANSWER)
    return api


class TestDiagnose:
    def test_a_number_has_a_slider_over_the_training_range(self, iris: FakeApi) -> None:
        page = open_page("diagnose")

        assert not page.exception
        for feature in CARD["table"]["features"]:
            slider = page.slider(key=f"slide-{feature['name']}")
            assert (slider.min, slider.max) == (feature["low"], feature["high"])
        assert not page.warning

    def test_one_far_outside_is_warned_of_before_anything_is_asked(self, iris: FakeApi) -> None:
        page = open_page("diagnose")

        page.number_input(key="row-petal_width").set_value(2000.0).run()

        assert "2000 is far beyond what was trained on" in texts_of(page, "warning")
        assert page.slider(key="slide-petal_width").value == CARD["table"]["features"][3]["high"]
        assert not iris.calls("POST", "/predict")

    def test_the_slider_and_the_field_are_one_number(self, iris: FakeApi) -> None:
        page = open_page("diagnose")

        page.slider(key="slide-petal_width").set_value(0.5).run()

        assert page.number_input(key="row-petal_width").value == 0.5

    def test_a_table_of_thirty_numbers_has_a_form(self, iris: FakeApi) -> None:
        # Of ranges of 0.03 to 4069, as scikit-learn's breast-cancer table has them.
        table = load_breast_cancer()
        low, high, mean, deviation = (
            getattr(table.data, name)(axis=0).tolist() for name in ("min", "max", "mean", "std")
        )
        features = [
            {"name": name, "unit": "", "low": least, "high": most, "mean": mid, "deviation": room}
            for name, least, most, mid, room in zip(
                table.feature_names.tolist(), low, high, mean, deviation, strict=True
            )
        ]
        iris.answer(
            "GET", "/models/v1/card", CARD | {"table": CARD["table"] | {"features": features}}
        )

        page = open_page("diagnose")

        assert not page.exception
        assert not page.warning
        assert len(page.slider) == 30
        assert page.slider(key="slide-worst area").step == 100
        assert page.slider(key="slide-fractal dimension error").step == 0.0001
        begun = page.number_input(key="row-fractal dimension error").value
        assert begun == pytest.approx(mean[19], abs=1e-5)

    def test_the_answer_says_what_and_why(self, iris: FakeApi) -> None:
        page = open_page("diagnose")
        page.number_input(key="row-petal_width").set_value(2000.0).run()

        page.button(key="classify-row").click().run()

        assert not page.exception
        (call,) = iris.calls("POST", "/predict")
        assert json.loads(call.body)["petal_width"] == 2000
        assert metrics(page) == {"A person must look": "virginica"}
        assert "more than 3 standard deviations" in texts(page)

    def test_a_refusal_is_shown_in_the_servers_words(self, iris: FakeApi) -> None:
        iris.refuse("POST", "/predict", "'petal_width': Must be at least 0 cm.", status=422)
        page = open_page("diagnose")

        page.button(key="classify-row").click().run()

        assert "Must be at least 0 cm" in texts_of(page, "error")

    def test_a_table_is_answered_line_by_line(self, iris: FakeApi) -> None:
        body = "line,id,predicted_class,confidence,decision,p_setosa,status,error\n"
        body += "2,a,setosa,0.9,accept,0.9,200,\n3,b,setosa,0.5,refer,0.5,200,\n4,c,,,,,422,no\n"
        iris.answers["POST", "/predict/batch"] = Answer(200, "text/csv", body.encode())
        page = open_page("diagnose")

        page.file_uploader[0].upload("t.csv", b"sepal_length\n1", "text/csv").run()

        assert not page.exception
        assert "2 of 3 rows answered, 1 for a person to look at" in texts(page)
        assert "setosa" in tables(page)
        # Each time it is asked it is stored.
        page.run()
        assert "2 of 3 rows answered" in texts(page)
        assert len(iris.calls("POST", "/predict/batch")) == 1


class TestOtherPages:
    def test_the_card_has_the_training_trace_and_the_ranges(self, iris: FakeApi) -> None:
        iris.answer("GET", "/models", answers.models() | {"champion": "v1"})
        page = open_page("model_card")
        page.selectbox(key="card-version").set_value("v1").run()

        assert not page.exception
        headings = [heading.value for heading in page.subheader]
        assert {"Training trace", "Numbers beyond the training range"} <= set(headings)
        assert metrics(page) == {
            "Class right": "96.7 %", "Weakest class": "90.0 %", "Left to a person": "0.0 %",
            "Wrong answers": "3.3 %",
        }  # fmt: skip
        assert len(page.get("vega_lite_chart")) == 4
        assert "0.1 to 2.5" in tables(page)

    def test_insights_count_rows_and_show_the_trace(self, iris: FakeApi) -> None:
        page = open_page("insights")

        assert not page.exception
        assert [heading.value for heading in page.subheader] == [
            "Training rows by class", "Collected rows by class", "Training trace",
        ]  # fmt: skip

    def test_training_rows_are_sent_as_a_table(self, iris: FakeApi) -> None:
        page = open_page("train")

        assert not page.exception
        assert page.subheader[0].value == "Add rows"
        assert "setosa, versicolor, virginica" in texts(page)

    def test_a_table_stays_chosen_while_the_api_is_away_and_is_gone_once_it_is_stored(
        self, iris: FakeApi
    ) -> None:
        iris.answer("POST", "/upload-data", answers.recorded("upload"))
        page = open_page("train")
        page.file_uploader(key="upload-rows-0").upload("t.csv", b"a,label", "text/csv")
        iris.refuse("POST", "/upload-data", "The disk is full.", status=507)
        page.button(key="add-rows").click().run()
        assert "The disk is full." in texts(page)

        iris.answer("POST", "/upload-data", answers.recorded("upload"))
        page.button(key="add-rows").click().run()

        assert not page.exception
        assert b"a,label" in iris.calls("POST", "/upload-data")[1].body
        assert "Last upload: 6 stored" in texts(page)
        assert not page.file_uploader(key="upload-rows-1").value

    def test_a_table_for_an_api_that_is_gone_says_so(self, iris: FakeApi) -> None:
        page = AppTest.from_string(
            "from components.retraining import upload_form\nupload_form._table_form(['a'])",
            default_timeout=TIMEOUT_S,
        ).run()
        page.file_uploader(key="upload-rows-0").upload("t.csv", b"a,label", "text/csv")
        iris.close()

        page.button(key="add-rows").click().run()

        assert not page.exception
        assert "cannot be reached" in texts_of(page, "error")
        assert page.file_uploader(key="upload-rows-0").value


class TestLookingAtRows:
    NUMBERS: ClassVar[dict[str, float]] = {"sepal_length": 6.9, "petal_width": 2000.0}

    @pytest.fixture
    def item(self, iris: FakeApi) -> dict[str, Any]:
        """An answer about a row waits; its numbers are kept."""
        item: dict[str, Any] = answers.review(n=1)["items"][0]
        path = f"/predictions/{item['id']}"
        item |= {"film": None, "row": f"{path}/row"}
        item["prediction"] |= {"label": "virginica", "decision": "refer"}
        iris.answer("GET", "/review", {"total": 1, "without_film": 0, "items": [item]})
        iris.answer("GET", path, item["prediction"])
        iris.answer("GET", item["row"], self.NUMBERS)
        return item

    def test_a_row_that_waits_for_a_person_stands_beside_its_answer(
        self, iris: FakeApi, item: dict[str, Any]
    ) -> None:
        page = open_page("review")

        assert not page.exception
        assert "petal_width,2000" in tables(page)
        assert "no film to look at" not in texts(page)

    def test_one_whose_numbers_were_not_kept_is_said_so(
        self, iris: FakeApi, item: dict[str, Any]
    ) -> None:
        item = item | {"row": None}
        iris.answer("GET", "/review", {"total": 1, "without_film": 1, "items": [item]})

        page = open_page("review")

        assert "The numbers of this row are not kept here" in texts(page)
        assert "is not shown" not in texts(page)

    @pytest.mark.parametrize("is_kept", [True, False])
    def test_a_stored_answer_has_its_numbers_beside_it(
        self, iris: FakeApi, item: dict[str, Any], is_kept: bool
    ) -> None:
        if not is_kept:
            iris.refuse("GET", item["row"], "The row was not kept.", status=404)

        page = opened("answers", prediction=item["id"])

        assert not page.exception
        assert ("petal_width,2000" in tables(page)) == is_kept
        assert ("The numbers of this row are not kept" in texts(page)) != is_kept

    def test_training_rows_are_listed_and_opened_with_their_numbers(self, iris: FakeApi) -> None:
        listed = answers.recorded("sample_page")["samples"]
        iris.answer("GET", f"/samples/{listed[0]['sha256']}/row", self.NUMBERS)
        iris.answer("GET", f"/samples/{listed[0]['sha256']}", answers.recorded("sample"))
        for other in listed[1:]:
            iris.refuse("GET", f"/samples/{other['sha256']}/row", "It is gone.", status=404)

        page, one = open_page("images"), opened("images", sample=listed[0]["sha256"])

        assert not page.exception
        assert page.dataframe[0].value["petal_width"].iloc[0] == 2000
        assert not one.exception
        assert "petal_width,2000" in tables(one)


def opened(name: str, **parameters: str) -> AppTest:
    """A page at an address with parameters."""
    page = AppTest.from_string(f"from views import {name}\n{name}.show()", default_timeout=20)
    for key, value in parameters.items():
        page.query_params[key] = value
    return page.run()


class TestCheck:
    REPORT: ClassVar[dict[str, Any]] = {
        "version": "v1", "n": 40, "counts": dict.fromkeys(CLASSES, 13),
        "skipped": {"no class is written in the line": 2},
        "accuracy": {"n": 40, "share": 0.9, "interval": [0.77, 0.96]}, "card_accuracy": 0.967,
        "accepted": {"n": 40, "share": 0.8, "interval": [0.65, 0.9]},
        "accepted_error": {"n": 32, "share": 0.031, "interval": [0.0, 0.16]},
        "covered": {"n": 40, "share": 0.95, "interval": [0.83, 0.99]}, "max_error": 0.05,
        "out_of_range": {"petal_width": 1},
        "per_class": CARD["metrics"]["holdout"]["overall"]["per_class"],
        "confusion": CARD["metrics"]["holdout"]["overall"]["confusion"],
        "verdict": "caution", "reasons": ["It may be 16.0%."],
    }  # fmt: skip

    def test_a_table_gets_a_verdict(self, iris: FakeApi) -> None:
        iris.answer("GET", "/models", answers.models() | {"champion": "v1"})
        iris.answer("POST", "/evaluate", self.REPORT)
        page = open_page("site_check")
        page.file_uploader(key="check-table-0").upload("t.csv", b"a,b", "text/csv").run()

        checked_to_its_end(page)

        assert not page.exception
        assert "It may be 16.0 %" in texts_of(page, "warning")
        assert "wrong among the answered" in tables(page)
        assert "petal\\_width in 1 row" in texts(page)
        assert "2: no class is written" in texts(page)

    def test_a_refusal_is_shown_in_the_servers_words(self, iris: FakeApi) -> None:
        iris.answer("GET", "/models", answers.models() | {"champion": "v1"})
        iris.refuse("POST", "/evaluate", "No labelled row can be read.", status=422)
        page = open_page("site_check")
        page.file_uploader(key="check-table-0").upload("t.csv", b"a,b", "text/csv").run()

        checked_to_its_end(page)

        assert "No labelled row can be read" in texts_of(page, "error")
