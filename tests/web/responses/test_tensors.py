"""Tensors of the Open Inference Protocol, taken apart and put together."""

import contextlib
import gzip
import json
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import InvalidRequest, TooLarge
from api.web.responses.inference.content_encoding import unpacked_body
from api.web.responses.inference.tensor_requests import parse_request
from api.web.responses.inference.tensor_responses import encode_response
from api.web.responses.inference.tensors import Output


def request(*inputs: Any, **more: Any) -> bytes:
    return json.dumps({"inputs": list(inputs), **more}).encode()


def tensor(**changes: Any) -> dict[str, Any]:
    return {"name": "x", "datatype": "FP32", "shape": [1, 2], "data": [1, 2.5]} | changes


def prefixed(*elements: bytes) -> bytes:
    return b"".join(len(one).to_bytes(4, "little") + one for one in elements)


class TestParsing:
    def test_numbers_in_json_have_their_shape(self) -> None:
        parsed = parse_request(request(tensor(shape=[2, 1], data=[[1], [2]]), id="a"), None)

        elements = parsed.inputs["x"].elements
        assert isinstance(elements, np.ndarray)
        assert elements.tolist() == [[1], [2]]
        assert (parsed.id, parsed.outputs) == ("a", None)

    def test_bytes_follow_the_json_in_the_order_of_the_tensors(self) -> None:
        numbers = np.array([1.5, -2], dtype="<f8").tobytes()
        files = prefixed(b"", b"\x00abc")
        head = request(
            tensor(name="n", datatype="FP64", shape=[2], parameters={"binary_data_size": 16}),
            tensor(
                name="f", datatype="BYTES", shape=[2], parameters={"binary_data_size": len(files)}
            ),
        )

        parsed = parse_request(head + numbers + files, str(len(head)))

        assert list(parsed.inputs["n"].elements) == [1.5, -2]
        assert list(parsed.inputs["f"].elements) == [b"", b"\x00abc"]

    def test_files_in_json_are_base64(self) -> None:
        parsed = parse_request(request(tensor(datatype="BYTES", shape=[1], data=["YWI="])), None)

        assert list(parsed.inputs["x"].elements) == [b"ab"]

    @pytest.mark.parametrize(
        ("body", "header", "words"),
        [
            (b"{", None, "not JSON"),
            (b"[]", None, "JSON object"),
            (b"{}", None, "list of tensors"),
            (request(), None, "list of tensors"),
            (request(tensor(), tensor()), None, "twice"),
            (request(tensor(name=3)), None, "name"),
            (request(tensor(datatype="FP8")), None, "datatype"),
            (request(tensor(shape="2")), None, "shape"),
            (request(tensor(shape=[-1, 2])), None, "shape"),
            (request(tensor(shape=[3])), None, "2 elements and a shape of 3"),
            (request(tensor(data=None)), None, "no 'data'"),
            (request(tensor(data=["a", "b"])), None, "must be numbers"),
            (request(tensor(data=[10**400, 1])), None, "too large"),
            (request(tensor(datatype="BYTES", shape=[1], data=["ä"])), None, "base64"),
            (request(tensor(parameters={"binary_data_size": 9})), None, "than was sent"),
            (request(tensor()) + b"xx", str(len(request(tensor()))), "2 bytes follow"),
            (request(tensor()), "9999", "Content-Length"),
            (request(tensor()), "-1", "Content-Length"),
            (request(tensor(), id=3), None, "'id' must be text"),
            (request(tensor(), outputs=[{}]), None, "has a 'name'"),
            (request(tensor(), outputs={}), None, "list of tensors"),
            (request(tensor(), parameters=[]), None, "JSON object"),
        ],
    )
    def test_what_makes_no_sense_is_refused(
        self, body: bytes, header: str | None, words: str
    ) -> None:
        with pytest.raises(InvalidRequest, match=words):
            parse_request(body, header)

    @pytest.mark.parametrize("content", [b"\x05\x00\x00\x00abc", b"\x01\x00", b"\xff" * 8])
    def test_elements_that_are_cut_short_are_refused(self, content: bytes) -> None:
        size = {"binary_data_size": len(content)}
        head = request(tensor(datatype="BYTES", shape=[1], parameters=size))

        with pytest.raises(InvalidRequest, match="cut short"):
            parse_request(head + content, str(len(head)))

    def test_a_damaged_number_is_no_warning(self, recwarn: pytest.WarningsRecorder) -> None:
        signalling = np.array([0x7FA00000], dtype="<u4").tobytes()
        head = request(tensor(shape=[1], parameters={"binary_data_size": 4}))

        parsed = parse_request(head + signalling, str(len(head)))

        elements = parsed.inputs["x"].elements
        assert isinstance(elements, np.ndarray)
        assert np.isnan(elements).all()
        assert not recwarn.list

    def test_json_of_very_many_values_is_refused_before_it_is_read(self) -> None:
        with pytest.raises(TooLarge, match="1,000,000 values"):
            parse_request(b"[" + b"0," * 1_000_001, None)

    @given(st.binary(max_size=300), st.one_of(st.none(), st.integers(-5, 400).map(str)))
    def test_anything_is_parsed_or_refused(self, body: bytes, header: str | None) -> None:
        with contextlib.suppress(InvalidRequest):
            assert parse_request(body, header).inputs


class TestUnpacking:
    @pytest.mark.parametrize(
        ("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)]
    )
    def test_a_body_is_unpacked_up_to_a_bound(self, encoding: str, pack: Any) -> None:
        assert unpacked_body(pack(b"a" * 100), encoding, max_bytes=100) == b"a" * 100
        with pytest.raises(TooLarge):
            unpacked_body(pack(bytes(10**6)), encoding, max_bytes=100)
        with pytest.raises(InvalidRequest, match=encoding):
            unpacked_body(pack(b"a" * 100)[:-6], encoding, max_bytes=100)

    def test_an_unknown_encoding_is_named(self) -> None:
        with pytest.raises(InvalidRequest, match="'br'"):
            unpacked_body(b"", "br", max_bytes=1)


class TestAnswering:
    OUTPUTS = (Output("p", np.array([[0.25, np.nan]], np.float32)), Output("l", ["é"]))

    def test_json_has_null_for_what_is_no_number(self) -> None:
        asked = parse_request(request(tensor(), id="7"), None)

        body, header = encode_response(asked, self.OUTPUTS, model="m", version="v1")

        assert header is None
        assert json.loads(body) == {
            "model_name": "m",
            "model_version": "v1",
            "id": "7",
            "outputs": [
                {"name": "p", "datatype": "FP32", "shape": [1, 2], "data": [0.25, None]},
                {"name": "l", "datatype": "BYTES", "shape": [1], "data": ["é"]},
            ],
        }

    def test_each_output_is_as_it_was_asked_for(self) -> None:
        requested = [{"name": "l", "parameters": {"binary_data": True}}, {"name": "p"}]
        asked = parse_request(request(tensor(), outputs=requested), None)

        body, header = encode_response(asked, self.OUTPUTS, model="m", version="v1")

        assert header is not None
        first, second = json.loads(body[:header])["outputs"]
        assert (first["name"], first["parameters"]) == ("l", {"binary_data_size": 6})
        assert (second["name"], "data" in second) == ("p", True)
        assert body[header:] == prefixed("é".encode())

    def test_an_unknown_output_is_refused(self) -> None:
        asked = parse_request(request(tensor(), outputs=[{"name": "logits"}]), None)

        with pytest.raises(InvalidRequest, match=r"'logits'; there are p, l"):
            encode_response(asked, self.OUTPUTS, model="m", version="v1")
