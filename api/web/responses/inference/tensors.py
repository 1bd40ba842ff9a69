"""Tensors of the Open Inference Protocol (v2), as they come in and go out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from api.arrays import Float32Array, Float64Array

BYTES = "BYTES"
NUMBERS: Mapping[str, str] = {
    "FP32": "<f4", "FP64": "<f8", "INT8": "<i1", "INT16": "<i2", "INT32": "<i4", "INT64": "<i8",
    "UINT8": "<u1", "UINT16": "<u2", "UINT32": "<u4", "UINT64": "<u8",
}  # fmt: skip
LENGTH_BYTES = 4


@dataclass(frozen=True, slots=True)
class Tensor:
    """An input: the elements of a BYTES tensor, or numbers as float64 in its shape."""

    name: str
    datatype: str
    shape: tuple[int, ...]
    elements: Sequence[bytes] | Float64Array


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
    values: Float32Array | Sequence[str]
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
