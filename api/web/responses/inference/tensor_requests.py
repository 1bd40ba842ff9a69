"""Requests of the Open Inference Protocol (v2) with its binary tensor extension.

A body is JSON, or JSON of `Inference-Header-Content-Length` bytes and after it the tensors that
name a `binary_data_size`, in their order. In binary form a BYTES tensor is, for each element, its
length (four bytes, little-endian) and its content.
"""

import base64
import binascii
import json
from collections.abc import Iterable, Sequence
from math import prod
from typing import Any

import numpy as np

from api.arrays import Float64Array
from api.errors import InvalidRequest, TooLarge
from api.web.responses.inference.tensors import (
    BYTES,
    LENGTH_BYTES,
    NUMBERS,
    InferRequest,
    Tensor,
)

MAX_TENSORS = 1000
MAX_VALUES = 1_000_000


def parse_request(body: bytes, header_length: str | None) -> InferRequest:
    """Take a request apart.

    Args:
        header_length: `Inference-Header-Content-Length`, in bytes; None: all of it is JSON.

    Raises: InvalidRequest, TooLarge.
    """
    described, binary = _split(body, header_length)
    inputs = described.get("inputs")
    if not isinstance(inputs, list) or not inputs or len(inputs) > MAX_TENSORS:
        raise InvalidRequest("'inputs' must be a list of tensors.")
    tensors: dict[str, Tensor] = {}
    for one in inputs:
        tensor, binary = _tensor(one, binary)
        if tensor.name in tensors:
            raise InvalidRequest(f"The input '{tensor.name}' is there twice.")
        tensors[tensor.name] = tensor
    if binary:
        raise InvalidRequest(f"{len(binary)} bytes follow that no tensor's binary_data_size names.")
    options = _object(described.get("parameters"), "parameters")
    identifier = described.get("id")
    if identifier is not None and not isinstance(identifier, str):
        raise InvalidRequest("'id' must be text.")
    return InferRequest(
        id=identifier,
        inputs=tensors,
        outputs=_outputs(described.get("outputs")),
        binary_by_default=options.get("binary_data_output") is True,
    )


def _split(body: bytes, header_length: str | None) -> tuple[dict[str, Any], bytes]:
    length = len(body)
    if header_length is not None:
        if not header_length.isdecimal() or int(header_length) > len(body):
            raise InvalidRequest(
                "Inference-Header-Content-Length must be the length of the JSON before the "
                "tensors, in bytes."
            )
        length = int(header_length)
    # Each value costs tens of bytes once it is read, and has a comma before it.
    if body.count(b",", 0, length) > MAX_VALUES:
        raise TooLarge(
            f"The request's JSON holds more than {MAX_VALUES:,} values; send tensors in the binary "
            "form, or in parts."
        )
    try:
        described = json.loads(body[:length])
    except (ValueError, RecursionError) as exc:
        raise InvalidRequest(f"The request is not JSON ({str(exc)[:200]}).") from exc
    return _object(described, "the request"), body[length:]


def _object(found: Any, what: str) -> dict[str, Any]:
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise InvalidRequest(f"'{what}' must be a JSON object.")
    return found


def _tensor(described: Any, binary: bytes) -> tuple[Tensor, bytes]:
    """A tensor, and what is left of the binary part."""
    entry = _object(described, "inputs")
    name, datatype, shape = entry.get("name"), entry.get("datatype"), entry.get("shape")
    if not isinstance(name, str) or len(name) > 200:
        raise InvalidRequest("Every input has a 'name' of at most 200 characters.")
    if not isinstance(datatype, str) or datatype not in {BYTES, *NUMBERS}:
        raise InvalidRequest(f"The input '{name}' has no 'datatype' that is known here.")
    if not isinstance(shape, list) or not all(_is_size(size) for size in shape) or len(shape) > 4:
        raise InvalidRequest(f"The 'shape' of the input '{name}' must be up to four whole numbers.")
    size = _object(entry.get("parameters"), "parameters").get("binary_data_size")
    if size is None:
        elements = _from_json(name, datatype, entry.get("data"))
    elif not _is_size(size) or size > len(binary):
        raise InvalidRequest(f"The input '{name}' has another 'binary_data_size' than was sent.")
    else:
        elements, binary = _from_bytes(name, datatype, binary[:size]), binary[size:]
    if len(elements) != prod(shape):
        raise InvalidRequest(
            f"The input '{name}' has {len(elements)} elements and a shape of {prod(shape)}."
        )
    if isinstance(elements, np.ndarray):
        elements = elements.reshape(shape)
    return Tensor(name, datatype, tuple(shape), elements), binary


def _is_size(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**40


def _from_json(name: str, datatype: str, data: Any) -> Sequence[bytes] | Float64Array:
    if not isinstance(data, list):
        raise InvalidRequest(f"The input '{name}' has no 'data' and no 'binary_data_size'.")
    flat = list(_flattened(data))
    if datatype == BYTES:
        return [_from_base64(name, one) for one in flat]
    if not all(isinstance(one, int | float) and not isinstance(one, bool) for one in flat):
        raise InvalidRequest(f"'data' of the input '{name}' must be numbers.")
    try:
        return np.array(flat, dtype=np.float64)
    except OverflowError as exc:
        raise InvalidRequest(f"'data' of the input '{name}' has a number too large.") from exc


def _flattened(data: list[Any], depth: int = 0) -> Iterable[Any]:
    for one in data:
        if isinstance(one, list) and depth < 4:
            yield from _flattened(one, depth + 1)
        else:
            yield one


def _from_base64(name: str, element: Any) -> bytes:
    """JSON has no bytes: files are sent as base64 in it."""
    try:
        return base64.b64decode(element, validate=True)
    except (TypeError, ValueError, binascii.Error) as exc:
        raise InvalidRequest(
            f"In JSON, the elements of the input '{name}' are files in base64; or send the tensor "
            "in the binary form."
        ) from exc


def _from_bytes(name: str, datatype: str, content: bytes) -> Sequence[bytes] | Float64Array:
    if datatype != BYTES:
        try:
            # Of a damaged number NumPy would warn in the log; what is not finite is refused.
            with np.errstate(invalid="ignore"):
                return np.frombuffer(content, NUMBERS[datatype]).astype(np.float64)
        except ValueError as exc:
            raise InvalidRequest(f"The binary data of the input '{name}' is cut short.") from exc
    elements, at = [], 0
    while at < len(content):
        start = at + LENGTH_BYTES
        at = start + int.from_bytes(content[at:start], "little")
        if start > len(content) or at > len(content):
            raise InvalidRequest(
                f"The binary data of the input '{name}' is cut short: each element is its length "
                "in four bytes, little-endian, and its content."
            )
        elements.append(content[start:at])
    return elements


def _outputs(described: Any) -> dict[str, bool] | None:
    if described is None:
        return None
    if not isinstance(described, list) or len(described) > MAX_TENSORS:
        raise InvalidRequest("'outputs' must be a list of tensors.")
    asked = {}
    for one in described:
        entry = _object(one, "outputs")
        if not isinstance(entry.get("name"), str):
            raise InvalidRequest("Every output that is asked for has a 'name'.")
        options = _object(entry.get("parameters"), "parameters")
        asked[entry["name"]] = options.get("binary_data") is True
    return asked
