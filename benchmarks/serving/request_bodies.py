"""How a film travels: as each server's own documentation sends a file."""

import base64
import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

BOUNDARY = "film-6f0d7a3c91e24b58"


@dataclass(frozen=True, slots=True)
class RequestBody:
    """A request's bytes, their Content-Type, and headers that go with them."""

    content: bytes
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


Pack = Callable[[bytes], RequestBody]


def multipart(image: bytes) -> RequestBody:
    """A form with one file, as browsers and curl send it."""
    head = (
        f"--{BOUNDARY}\r\n"
        'Content-Disposition: form-data; name="file"; filename="film"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    content = head.encode() + image + f"\r\n--{BOUNDARY}--\r\n".encode()
    return RequestBody(content, f"multipart/form-data; boundary={BOUNDARY}")


def raw(image: bytes) -> RequestBody:
    """The file and nothing else."""
    return RequestBody(image, "application/octet-stream")


def v2_json(image: bytes) -> RequestBody:
    """Open Inference Protocol (V2), the file in base64."""
    tensor = {
        **{"name": "file", "datatype": "BYTES", "shape": [1, 1]},
        **{"parameters": {"content_type": "base64"}, "data": [base64.b64encode(image).decode()]},
    }
    return RequestBody(json.dumps({"inputs": [tensor]}).encode(), "application/json")


def v2_binary(image: bytes) -> RequestBody:
    """Open Inference Protocol with Triton's binary tensors: no base64."""
    data = struct.pack("<I", len(image)) + image
    tensor = {
        **{"name": "file", "datatype": "BYTES", "shape": [1]},
        "parameters": {"binary_data_size": len(data)},
    }
    head = json.dumps({"inputs": [tensor]}).encode()
    return RequestBody(
        head + data,
        "application/octet-stream",
        {"Inference-Header-Content-Length": str(len(head))},
    )
