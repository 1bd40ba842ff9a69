"""Responses of the Open Inference Protocol, in JSON or with the tensors in binary form after it."""

import json
from collections.abc import Iterable
from typing import Any

from api.errors import InvalidRequest
from api.web.responses.inference.tensors import InferRequest, Output


def encode_response(
    request: InferRequest, outputs: Iterable[Output], *, model: str, version: str
) -> tuple[bytes, int | None]:
    """The body of a response, and how many bytes of it are JSON; None: all.

    Raises: InvalidRequest if an output is asked for that there is not.
    """
    made = {output.name: output for output in outputs}
    asked = request.outputs
    if asked is None:
        asked = dict.fromkeys(made, request.binary_by_default)
    if unknown := [name for name in asked if name not in made]:
        raise InvalidRequest(
            f"There is no output '{unknown[0][:100]}'; there are {', '.join(made)}."
        )
    described, binary = [], []
    for name, as_binary in asked.items():
        output = made[name]
        entry: dict[str, Any] = {
            "name": name, "datatype": output.datatype, "shape": output.shape,
        }  # fmt: skip
        if as_binary:
            content = output.as_bytes()
            entry["parameters"] = {"binary_data_size": len(content)}
            binary.append(content)
        else:
            entry["data"] = output.as_list()
        described.append(entry)
    own = {"id": request.id} if request.id is not None else {}
    answer = {"model_name": model, "model_version": version, **own, "outputs": described}
    header = json.dumps(answer, ensure_ascii=False, allow_nan=False).encode()
    return (header + b"".join(binary), len(header)) if binary else (header, None)
