"""Requests and responses of the Open Inference Protocol (v2) with its binary tensor extension.

A body is JSON, or JSON of `Inference-Header-Content-Length` bytes and after it the tensors that
name a `binary_data_size`, in their order. In binary form a BYTES tensor is, for each element, its
length (four bytes, little-endian) and its content.
"""

import base64
import binascii
import gzip
import io
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from api.errors import InvalidRequest, TooLarge

BYTES = "BYTES"
NUMBERS: Mapping[str, str] = {
    "FP32": "<f4", "FP64": "<f8", "INT8": "<i1", "INT16": "<i2", "INT32": "<i4", "INT64": "<i8",
    "UINT8": "<u1", "UINT16": "<u2", "UINT32": "<u4", "UINT64": "<u8",
}  # fmt: skip
LENGTH_BYTES = 4
MAX_TENSORS = 1000
MAX_VALUES = 1_000_000

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tensor:
    """An input: the elements of a BYTES tensor, or numbers as float64 in its shape."""

    name: str
    datatype: str
    shape: tuple[int, ...]
    elements: Sequence[bytes] | Numbers


@dataclass(frozen=True, slots=True)
class InferRequest:
    """What is asked: `outputs` by name, and whether each is wanted as bytes; None: all."""

    id: str | None
    inputs: Mapping[str, Tensor]
    outputs: Mapping[str, bool] | None
    binary_by_default: bool


@dataclass(frozen=True, slots=True)
class Output:
    """One result: float32 in its shape, or text for a BYTES tensor."""

    name: str
    values: npt.NDArray[np.float32] | Sequence[str]
    datatype: str = field(init=False, default="")

    def __post_init__(self) -> None:
        kind = "FP32" if isinstance(self.values, np.ndarray) else BYTES
        object.__setattr__(self, "datatype", kind)

    @property
    def shape(self) -> list[int]:
        """Its dimensions."""
        values = self.values
        return list(values.shape) if isinstance(values, np.ndarray) else [len(values)]

    def as_bytes(self) -> bytes:
        """In the binary form."""
        if isinstance(self.values, np.ndarray):
            return self.values.astype("<f4").tobytes()
        encoded = [text.encode() for text in self.values]
        return b"".join(len(one).to_bytes(LENGTH_BYTES, "little") + one for one in encoded)

    def as_list(self) -> list[Any]:
        """As JSON, flat; what is no number is null."""
        if isinstance(self.values, np.ndarray):
            flat = self.values.ravel().astype(float).tolist()
            return [number if np.isfinite(number) else None for number in flat]
        return list(self.values)


def is_packed(encoding: str) -> bool:
    """Whether a `Content-Encoding` says that there is something to unpack."""
    return encoding.strip().lower() not in ("", "identity")


def unpacked_body(body: bytes, encoding: str, *, max_bytes: int) -> bytes:
    """A body without its `Content-Encoding`.

    Raises: InvalidRequest for an unknown or broken one, TooLarge.
    """
    name = encoding.strip().lower()
    if not is_packed(encoding):
        return body
    if name not in ("gzip", "deflate"):
        raise InvalidRequest(
            f"The Content-Encoding '{name[:40]}' is not known; send gzip, deflate or none."
        )
    try:
        unpacked = _inflated(body, max_bytes) if name == "deflate" else _gunzipped(body, max_bytes)
    except (OSError, EOFError, zlib.error) as exc:
        raise InvalidRequest(f"The body is not {name} as its header says ({exc}).") from exc
    if len(unpacked) > max_bytes:
        raise TooLarge(f"Unpacked, the body is larger than {max_bytes / 1e6:.0f} MB; send less.")
    return unpacked


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


def _from_json(name: str, datatype: str, data: Any) -> Sequence[bytes] | Numbers:
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


def _from_bytes(name: str, datatype: str, content: bytes) -> Sequence[bytes] | Numbers:
    if datatype != BYTES:
        try:
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


def _gunzipped(body: bytes, max_bytes: int) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
        return file.read(max_bytes + 1)


def _inflated(body: bytes, max_bytes: int) -> bytes:
    """RFC 9110 means zlib's format by deflate."""
    stream = zlib.decompressobj()
    unpacked = stream.decompress(body, max_bytes + 1)
    if not stream.eof and len(unpacked) <= max_bytes:
        raise zlib.error("it is cut short")
    return unpacked
