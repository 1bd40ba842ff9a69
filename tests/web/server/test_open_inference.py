"""The Open Inference Protocol over HTTP, asked by Triton's own client."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import requests
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

from tests.support import images
from tests.support.checkpoints import TinyCheckpoint
from tests.support.iris import SETOSA, WEIGHTS
from tests.web.server_process import Process, server_process

MODEL = "pneumonia"


@pytest.fixture(scope="module")
def server(tiny: TinyCheckpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    folder = tmp_path_factory.mktemp("oip")
    (folder / "models").mkdir()
    for file in WEIGHTS.parent.glob(f"{WEIGHTS.stem}.*"):
        (folder / "models" / file.name).write_bytes(file.read_bytes())
    with server_process(tiny, folder) as running:
        yield running


@pytest.fixture(scope="module")
def client(server: Process) -> Iterator[triton.InferenceServerClient]:
    with triton.InferenceServerClient(f"127.0.0.1:{server.port}") as client:
        yield client


def xrays(*contents: bytes, binary: bool = True) -> Any:
    elements = list(contents) if binary else [base64.b64encode(one) for one in contents]
    found = triton.InferInput("image", [len(contents)], "BYTES")
    found.set_data_from_numpy(np.array(elements, dtype=np.object_), binary_data=binary)
    return found


def predicted(server: Process, image: bytes) -> dict[str, Any]:
    answer: dict[str, Any] = requests.post(
        server.url + "/predict", files={"file": image}, timeout=60
    ).json()
    return answer


class TestAboutTheServer:
    def test_it_lives_and_is_ready(self, client: triton.InferenceServerClient) -> None:
        assert client.is_server_live()
        assert client.is_server_ready()
        assert client.is_model_ready(MODEL)
        assert client.is_model_ready(MODEL, "v1")
        assert not client.is_model_ready(MODEL, "v9")
        assert not client.is_model_ready("cats")
        assert client.get_server_metadata()["name"] == "roentgen"

    def test_a_model_says_what_it_takes_and_gives(
        self, client: triton.InferenceServerClient
    ) -> None:
        metadata = client.get_model_metadata(MODEL)

        assert metadata["inputs"] == [{"name": "image", "datatype": "BYTES", "shape": [-1]}]
        outputs = {one["name"]: one["shape"] for one in metadata["outputs"]}
        assert outputs["probabilities"] == [-1, 4]
        assert metadata["parameters"]["classes"][1] == "Normal"


class TestInfer:
    def test_it_answers_as_predict_does(
        self, client: triton.InferenceServerClient, server: Process
    ) -> None:
        image = images.png(3)

        result = client.infer(MODEL, [xrays(image)], request_id="ward-7")

        same = predicted(server, image)
        assert result.get_response()["id"] == "ward-7"
        assert result.get_response()["model_version"] == same["model_version"]
        np.testing.assert_allclose(
            result.as_numpy("probabilities")[0], list(same["probabilities"].values()), rtol=1e-6
        )
        assert result.as_numpy("label").tolist() == [same["label"].encode()]
        assert result.as_numpy("decision").tolist() == [same["decision"].encode()]
        assert result.as_numpy("ood_score")[0] == pytest.approx(same["unlikeness"])
        identifier = result.as_numpy("prediction_id")[0].decode()
        stored = requests.get(f"{server.url}/predictions/{identifier}", timeout=60).json()
        assert stored["score"] == pytest.approx(result.as_numpy("score")[0])

    @pytest.mark.parametrize("binary", [True, False])
    @pytest.mark.parametrize("compression", [None, "gzip", "deflate"])
    def test_several_images_in_every_form(
        self, client: triton.InferenceServerClient, binary: bool, compression: str | None
    ) -> None:
        asked = [triton.InferRequestedOutput(n, binary_data=binary) for n in ("label", "score")]

        result = client.infer(
            MODEL,
            [xrays(images.png(1), images.png(2), images.png(3), binary=binary)],
            outputs=asked,
            model_version="v1",
            request_compression_algorithm=compression,
        )

        assert result.as_numpy("label").shape == result.as_numpy("score").shape == (3,)
        assert result.as_numpy("probabilities") is None

    def test_rows_of_a_task_of_tables(self, client: triton.InferenceServerClient) -> None:
        rows = triton.InferInput("row", [2, 4], "FP32")
        rows.set_data_from_numpy(np.array([list(SETOSA.values())] * 2, dtype=np.float32))
        single = []
        for name, value in SETOSA.items():
            single.append(triton.InferInput(name, [1, 1], "FP64"))
            single[-1].set_data_from_numpy(np.array([[value]]))

        together = client.infer("iris", [rows])
        apart = client.infer("iris", single)

        assert together.as_numpy("label").tolist() == [b"setosa"] * 2
        assert apart.as_numpy("label").tolist() == [b"setosa"]
        assert np.isnan(together.as_numpy("ood_score")).all()

    @pytest.mark.parametrize(
        ("model", "version", "content", "words"),
        [
            (MODEL, "", b"no picture", "415"),
            ("cats", "", b"", "There is no model 'cats'"),
            (MODEL, "v9", b"", "Version 'v9' does not serve"),
            ("iris", "", b"", "Send one input 'row'"),
        ],
    )
    def test_the_client_is_told_why_not(
        self,
        client: triton.InferenceServerClient,
        model: str,
        version: str,
        content: bytes,
        words: str,
    ) -> None:
        with pytest.raises(InferenceServerException, match=words):
            client.infer(model, [xrays(content)], model_version=version)

    def test_one_image_that_cannot_be_read_refuses_the_request(
        self, client: triton.InferenceServerClient
    ) -> None:
        with pytest.raises(InferenceServerException, match="In input 2"):
            client.infer(MODEL, [xrays(images.png(1), b"no picture", images.png(2))])

    def test_errors_are_problems_with_the_key_that_its_clients_read(self, server: Process) -> None:
        path = f"{server.url}/v2/models/{MODEL}/infer"

        response = requests.post(path, data=b"{", timeout=60)
        missing = requests.get(server.url + "/v2/nothing", timeout=60)

        assert response.status_code == 422
        assert response.json()["error"] == response.json()["detail"]
        assert missing.json()["error"]
        assert "error" not in requests.get(server.url + "/nothing", timeout=60).json()

    def test_the_same_request_by_hand(self, server: Process) -> None:
        image = base64.b64encode(images.png(5)).decode()
        body = {"inputs": [{"name": "image", "datatype": "BYTES", "shape": [1], "data": [image]}]}

        response = requests.post(
            f"{server.url}/v2/models/{MODEL}/infer", data=json.dumps(body), timeout=60
        )

        outputs = {one["name"]: one["data"] for one in response.json()["outputs"]}
        assert response.headers["Content-Type"] == "application/json"
        assert sum(outputs["probabilities"]) == pytest.approx(1, abs=1e-6)
