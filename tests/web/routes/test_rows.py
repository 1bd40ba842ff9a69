"""A task of tables over HTTP: rows as JSON and CSV, uploads, and what has no meaning there."""

import csv
import io
import json
import math
import zipfile
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from api.registry.store import replay_path
from tests.conftest import ready_client
from tests.support.iris import SETOSA, VIRGINICA, WEIGHTS, iris_settings
from tests.web.response_checks import Documented, answer, problem

HEADING = "id,sepal_length,sepal_width,petal_length,petal_width,species"
TABLE = f"{HEADING}\na,5.1,3.5,1.4,0.2,setosa\nb,6.9,3.1,5.8,2.2,\nc,6.9,x,5.8,-2,\n"
PREDICT = "/tasks/iris/predict"


@pytest.fixture(scope="module")
def iris(documented: Documented, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A server whose default task is iris."""
    settings = iris_settings(tmp_path_factory.mktemp("iris"))
    keeping = settings.model_copy(update={"keep_images": "referred"})
    with ready_client(keeping, documented) as client:
        yield client


def send(client: TestClient, body: Any, path: str = PREDICT) -> Any:
    return client.post(path, content=json.dumps(body), headers={"Content-Type": "application/json"})


def send_csv(client: TestClient, text: str = TABLE, **headers: str) -> Any:
    return client.post(PREDICT, content=text, headers={"Content-Type": "text/csv", **headers})


class TestOneRow:
    def test_it_has_an_answer(self, iris: TestClient) -> None:
        body = answer(send(iris, SETOSA))

        assert body["predicted_class"] == "setosa"
        assert set(body["probabilities"]) == {"setosa", "versicolor", "virginica"}
        assert sum(body["probabilities"].values()) == pytest.approx(1)
        assert body["confidence"] == body["probabilities"]["setosa"] > 0.9
        assert (body["decision"], body["causes"], body["out_of_range"]) == ("accept", [], [])
        assert body["possible_labels"] == ["setosa"]
        assert body["model_version"] == "v1"

    def test_without_the_prefix_it_is_the_same(self, iris: TestClient) -> None:
        bodies = [answer(send(iris, VIRGINICA, path)) for path in (PREDICT, "/predict")]

        assert bodies[0]["probabilities"] == bodies[1]["probabilities"]

    @pytest.mark.parametrize("value", [2000, 1e6, 1e15])
    def test_one_beyond_the_training_range_is_answered_and_referred(
        self, iris: TestClient, value: float
    ) -> None:
        body = answer(send(iris, SETOSA | {"petal_length": value}))

        assert body["predicted_class"] in body["probabilities"]
        assert (body["decision"], body["causes"][-1]) == ("refer", "out_of_range")
        assert body["out_of_range"] == ["petal_length"]
        assert "training range" in body["reasons"][0]

    def test_the_answer_is_stored(self, iris: TestClient) -> None:
        body = answer(send(iris, SETOSA | {"petal_length": 2000}))

        stored = answer(iris.get(f"/tasks/iris/predictions/{body['id']}"))

        assert (stored["label"], stored["decision"]) == (body["predicted_class"], "refer")
        assert (stored["causes"], stored["reasons"]) == (body["causes"], body["reasons"])
        assert stored["threshold"] is None
        assert stored["score"] == pytest.approx(1 - body["confidence"])

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"petal_width": None}, "petal_width"),
            ({"petal_width": "0.2"}, "petal_width"),
            ({"petal_width": True}, "petal_width"),
            ({"petal_width": math.nan}, "petal_width"),
            ({"petal_width": math.inf}, "petal_width"),
            ({"petal_width": -0.01}, "petal_width"),
            ({"petal_width": 1e300}, "petal_width"),
            ({"colour": 3}, "colour"),
        ],
    )
    def test_a_wrong_field_is_named(
        self, iris: TestClient, change: dict[str, Any], field: str
    ) -> None:
        body = problem(send(iris, SETOSA | change), 422, f"'{field}'")

        assert [entry["field"] for entry in body["errors"]] == [field]

    def test_a_missing_field_is_named(self, iris: TestClient) -> None:
        body = problem(send(iris, {"sepal_length": 5}), 422)

        assert [entry["field"] for entry in body["errors"]] == [
            "sepal_width", "petal_length", "petal_width",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"", "Expected JSON (Expecting value"),
            (b"{", "Expected JSON (Expecting property name"),
            (b"5", "Expected a JSON object with the numbers sepal_length"),
            (b'{"a": "\xe9"}', "it is no UTF-8 text"),
            (b"[" * 5000, "nested too deeply"),
            (b'{"a": 1, "a": 2}', "a field is given twice"),
            (b'{"sepal_length": ' + b"9" * 5000 + b"}", "a number has too many digits"),
        ],
    )
    def test_what_is_no_row_is_refused_with_the_reason(
        self, iris: TestClient, content: bytes, words: str
    ) -> None:
        headers = {"Content-Type": "application/json"}

        problem(iris.post(PREDICT, content=content, headers=headers), 422, words)

    def test_of_very_many_wrong_fields_some_are_named(self, iris: TestClient) -> None:
        many = {f"x{number}": number for number in range(1000)}

        alone = problem(send(iris, many), 422, "'sepal_length': Field required", "more. See")
        listed = problem(send(iris, [many] * 40), 422, "'0.x0': There is no such feature")

        assert [len(body["errors"]) for body in (alone, listed)] == [24, 200]

    def test_another_type_of_body_is_told_what_is_taken(self, iris: TestClient) -> None:
        sent = iris.post(PREDICT, content=b"<row/>", headers={"Content-Type": "application/xml"})

        problem(sent, 415, "application/json", "text/csv")

    @pytest.mark.parametrize("query", ["explain=true", "operating_point=balanced"])
    def test_what_is_asked_of_images_is_refused(self, iris: TestClient, query: str) -> None:
        problem(send(iris, SETOSA, f"{PREDICT}?{query}"), 422, "is for images")


class TestSeveralRows:
    def test_a_list_has_a_list_of_answers(self, iris: TestClient) -> None:
        bodies = answer(send(iris, [SETOSA, VIRGINICA, SETOSA]))

        assert [body["predicted_class"] for body in bodies] == ["setosa", "virginica", "setosa"]
        assert bodies[0]["probabilities"] == answer(send(iris, SETOSA))["probabilities"]

    def test_wrong_rows_refuse_the_list_by_their_places(self, iris: TestClient) -> None:
        before = answer(iris.get("/status"))["num_predictions"]

        body = problem(send(iris, [SETOSA, SETOSA | {"petal_width": -1}, 5]), 422)

        assert [entry["field"] for entry in body["errors"]] == ["1.petal_width", "2"]
        assert answer(iris.get("/status"))["num_predictions"] == before

    def test_none_and_too_many_are_refused(self, iris: TestClient) -> None:
        problem(send(iris, []), 422, "at least one row")
        problem(send(iris, [SETOSA] * 41), 413, "at most 40")

    def test_a_table_is_answered_with_a_table(self, iris: TestClient) -> None:
        response = send_csv(iris)
        rows = list(csv.DictReader(io.StringIO(response.text)))

        assert response.headers["content-type"].startswith("text/csv")
        assert [(row["line"], row["id"], row["status"]) for row in rows] == [
            ("2", "a", "200"), ("3", "b", "200"), ("4", "c", "422"),
        ]  # fmt: skip
        assert [row["predicted_class"] for row in rows] == ["setosa", "virginica", ""]
        assert float(rows[0]["p_setosa"]) > 0.9
        assert "'sepal_width': Must be a number" in rows[2]["error"]

    def test_or_with_json_where_that_is_preferred(self, iris: TestClient) -> None:
        body = answer(send_csv(iris, Accept="application/json"))

        assert (body["answered"], body["refused"]) == (2, 1)
        assert body["results"][1]["prediction"]["predicted_class"] == "virginica"
        assert body["results"][2]["problem"]["status"] == 422

    @pytest.mark.parametrize("path", [PREDICT, "/tasks/iris/predict/batch"])
    def test_a_form_with_a_file_is_the_same(self, iris: TestClient, path: str) -> None:
        field = "file" if path == PREDICT else "files"

        rows = iris.post(path, files={field: ("t.csv", TABLE.encode())}).text.splitlines()

        assert len(rows) == 4
        assert rows[1].split(",")[:3] == ["2", "a", "setosa"]

    @pytest.mark.parametrize("name", ["t.txt", "t.tsv", "measured"])
    def test_a_file_of_a_form_may_be_called_otherwise(self, iris: TestClient, name: str) -> None:
        table = iris.post(PREDICT, files={"file": (name, TABLE.replace(",", "\t").encode())})
        row = iris.post(PREDICT, files={"file": (name, b" " + json.dumps(SETOSA).encode())})

        assert len(table.text.splitlines()) == 4
        assert answer(row)["predicted_class"] == "setosa"
        no_table = iris.post(PREDICT, files={"file": ("t.png", b"\x89PNG\r\n\x1a\n")})
        problem(no_table, 422, "save the table as CSV")

    def test_a_table_of_other_columns_is_refused(self, iris: TestClient) -> None:
        body = problem(send_csv(iris, "sepal_length,colour\n1,2\n"), 422, "lacks sepal_width")

        assert {"field": "colour", "message": "There is no such feature"} in body["errors"]


class TestTrainingRows:
    def test_a_labelled_table_becomes_samples(self, iris: TestClient) -> None:
        table = f"{HEADING}\na,5.01,3.5,1.4,0.2,Iris-setosa\nb,6,3,5,2,rose\nc,6,x,5,2,virginica\n"

        body = answer(iris.post("/tasks/iris/upload-data", files={"files": ("t.csv", table)}))

        assert (body["stored"], body["rejected"]) == (1, 2)
        assert body["counts"]["setosa"] == 1
        assert "There is no class 'rose'" in body["files"][1]["reason"]
        sha256 = body["files"][0]["sha256"]
        assert answer(iris.get(f"/tasks/iris/samples/{sha256}/row")) == {
            "sepal_length": 5.01, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2,
        }  # fmt: skip

    def test_a_line_without_a_class_is_told_where_to_write_it(self, iris: TestClient) -> None:
        table = f"{HEADING}\na,5.03,3.5,1.4,0.2,\n"

        body = answer(iris.post("/upload-data", files={"files": ("t.csv", table)}))

        assert (body["stored"], body["rejected"]) == (0, 1)
        assert "write it into a column 'label'" in body["files"][0]["reason"]

    def test_a_table_in_an_archive_is_to_be_sent_by_itself(self, iris: TestClient) -> None:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("setosa/t.csv", TABLE)

        body = answer(iris.post("/upload-data", files={"files": ("t.zip", packed.getvalue())}))

        assert "send the table itself" in body["files"][0]["reason"]

    def test_a_row_of_two_classes_is_kept_aside(self, iris: TestClient) -> None:
        tables = [f"{HEADING}\na,5.02,3.5,1.4,0.2,{label}\n" for label in ("setosa", "virginica")]

        outcomes = [
            answer(iris.post("/upload-data", files={"files": ("t.csv", table)}))["files"][0]
            for table in [*tables, tables[0]]
        ]

        assert [outcome["outcome"] for outcome in outcomes[:2]] == ["stored", "conflict"]
        assert "The same row is stored as setosa" in outcomes[1]["reason"]

    def test_a_row_that_the_model_is_measured_on_is_refused(self, iris: TestClient) -> None:
        with np.load(replay_path(WEIGHTS)) as memory:
            numbers = ",".join(map(str, memory["holdout_values"][0].tolist()))

        body = answer(
            iris.post("/upload-data", files={"files": ("t.csv", f"{HEADING}\n,{numbers},setosa")})
        )

        assert body["rejected"] == 1
        assert "measured on this row" in body["files"][0]["reason"]

    def test_what_is_no_table_is_rejected_with_its_reason(self, iris: TestClient) -> None:
        body = answer(iris.post("/upload-data", files={"files": ("a.csv", b"hello")}))

        assert body["rejected"] == 1
        assert "lacks sepal_length" in body["files"][0]["reason"]


class TestWhatOnlyPicturesHave:
    @pytest.mark.parametrize("path", ["/phantoms/setosa.png", "/samples/{sha}/thumbnail.png"])
    def test_there_is_nothing_to_look_at(self, iris: TestClient, path: str) -> None:
        problem(iris.get(path.format(sha="0" * 64)), 404, "no pictures")

    def test_an_answer_has_no_heat_map(self, iris: TestClient) -> None:
        body = answer(send(iris, SETOSA))

        problem(iris.get(f"/predictions/{body['id']}/heatmap.png"), 404, "no pictures")
        problem(iris.get(f"/predictions/{body['id']}?explain=true"), 404, "no pictures")

    @pytest.mark.parametrize("file", ["report.dcm", "secondary.dcm"])
    def test_an_answer_has_no_dicom_results(self, iris: TestClient, file: str) -> None:
        body = answer(send(iris, SETOSA))

        problem(iris.get(f"/tasks/iris/predictions/{body['id']}/{file}"), 404, "no pictures")

    def test_an_answer_is_no_imaging_report(self, iris: TestClient) -> None:
        path = f"/predictions/{answer(send(iris, SETOSA))['id']}"

        sent = iris.get(path, headers={"Accept": "application/fhir+json"})

        problem(sent, 406, "row of a table")

    def test_there_is_no_profile_of_a_site(self, iris: TestClient) -> None:
        sent = iris.post("/sites/here", files={"file": ("films.zip", b"PK\x05\x06" + bytes(18))})

        problem(sent, 404, "no pictures")


class TestTheModel:
    def test_its_card_is_one_of_a_table(self, iris: TestClient) -> None:
        card = answer(iris.get("/tasks/iris/models/v1/card"))

        assert card["kind"] == "tabular"
        assert card["table"]["features"][0]["name"] == "sepal_length"
        assert len(card["training"]["history"]) == card["training"]["recipe"]["epochs"]
        assert not {"preprocessing", "operating_points", "heatmap"} & card.keys()

    def test_the_status_names_no_negative_class(self, iris: TestClient) -> None:
        body = answer(iris.get("/tasks/iris/status"))

        assert (body["task"], body["negative_class"]) == ("iris", None)
        assert answer(iris.get("/tasks/iris/review"))["total"] >= 0


class TestCheck:
    def test_a_labelled_table_gets_a_verdict(self, iris: TestClient) -> None:
        labelled = TABLE.replace(",\n", ",virginica\n").encode()

        report = answer(iris.post("/tasks/iris/evaluate", files={"file": ("t.csv", labelled)}))

        assert (report["n"], report["accuracy"]["share"], report["verdict"]) == (2, 1, "caution")
        assert "'petal_width': Must be at least 0" in next(iter(report["skipped"]))

    @pytest.mark.parametrize(
        ("content", "query", "status", "words"),
        [
            (TABLE.replace("setosa", ""), "", 422, "no class is written"),
            ("a,b\n1,2\n", "", 422, "unknown columns"),
            (TABLE, "?operating_point=balanced", 422, "is for images"),
            (TABLE, "?model=v9", 422, "No checkpoint named 'v9'"),
        ],
    )
    def test_what_cannot_be_checked_is_refused(
        self, iris: TestClient, content: str, query: str, status: int, words: str
    ) -> None:
        refused = iris.post(f"/evaluate{query}", files={"file": ("t.csv", content.encode())})

        problem(refused, status, words)


class TestStored:
    def test_an_answer_names_the_numbers_out_of_range_later_too(self, iris: TestClient) -> None:
        strange = answer(send(iris, VIRGINICA | {"petal_width": 2000}))
        usual = answer(send(iris, SETOSA))

        stored = [answer(iris.get(f"/predictions/{one['id']}")) for one in (strange, usual)]

        assert stored[0]["out_of_range"] == strange["out_of_range"] == ["petal_width"]
        assert "out_of_range" not in stored[1]

    def test_a_row_for_a_person_can_be_looked_at_before_and_after_their_word(
        self, iris: TestClient
    ) -> None:
        strange = VIRGINICA | {"petal_width": 2001}
        path = f"/predictions/{answer(send(iris, strange))['id']}"
        waiting = answer(iris.get("/review?kept=true&limit=200"))["items"]
        (item,) = [item for item in waiting if item["id"] == path.rpartition("/")[2]]

        assert (item["film"], item["row"]) == (None, f"{path}/row")
        assert answer(iris.get(item["row"])) == strange
        assert answer(iris.get(f"/tasks/iris{path}/row")) == strange
        word = answer(iris.post(f"{path}/feedback", json={"label": "virginica"}), 201)
        assert word["sample"]["outcome"] == "stored"
        assert answer(iris.get(f"{path}/row")) == strange

    def test_a_row_that_is_not_kept_is_said_so(self, iris: TestClient) -> None:
        usual = answer(send(iris, SETOSA | {"petal_length": 1.41}))

        problem(iris.get(f"/predictions/{usual['id']}/row"), 404, "The row of", "was not kept")
        problem(iris.get(f"/predictions/{'0' * 32}/row"), 404, "No prediction with id")
