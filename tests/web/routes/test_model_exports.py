"""`/models/{version}/export`: a version for other tools."""

import io
import json
import zipfile

from starlette.testclient import TestClient

from tests.support.waiting import wait_until
from tests.web.response_checks import problem

LITERT = "/models/v1/export?format=tflite"


class TestExport:
    def test_it_is_made_by_another_process_and_then_downloaded(self, client: TestClient) -> None:
        answers = [client.get(LITERT)]

        def is_ready() -> bool:
            if answers[-1].status_code == 202:
                answers.append(client.get(LITERT))
            return answers[-1].status_code != 202

        wait_until(is_ready, "the export was ready", wait_limit_s=300)

        assert answers[-1].status_code == 200, answers[-1].text
        assert 'filename="pneumonia-v1-tflite.zip"' in answers[-1].headers["content-disposition"]
        with zipfile.ZipFile(io.BytesIO(answers[-1].content)) as archive:
            names = set(archive.namelist())
            manifest = json.loads(archive.read("pneumonia-v1-tflite/manifest.json"))
        assert {f"pneumonia-v1-tflite/{name}" for name in manifest["files"]} < names
        for waiting in answers[:-1]:
            assert waiting.json()["state"] == "making"
            assert int(waiting.headers["retry-after"]) > 0

    def test_what_there_is_not_is_said(self, client: TestClient) -> None:
        problem(client.get("/models/v9/export?format=onnx"), 404, "No checkpoint named 'v9'")
        problem(client.get("/models/v1/export?format=pdf"), 422)
        problem(client.get("/models/v1/export"), 422)
