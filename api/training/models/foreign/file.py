"""A Keras `.h5` of somebody else, read as data: its description and its numbers, never its code."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from api.arrays import Float32Array
from api.errors import InvalidCheckpoint

MAX_CONFIG = 5_000_000
# MobileNetV2 with a large head has 20 MB.
MAX_WEIGHTS_BYTES = 200_000_000
WEIGHTS_GROUP = "model_weights"
# As Keras 2 and Keras 3 call the same.
WEIGHT_NAMES = {"depthwise_kernel": "kernel"}

# A layer's name, and a weight's.
WeightName = tuple[str, str]


@dataclass(frozen=True, slots=True)
class ForeignFile:
    """What a file says: the model's class and configuration as Keras writes them, and its weights
    by layer and name, float32."""

    class_name: str
    config: dict[str, Any]
    weights: dict[WeightName, Float32Array]


def read_foreign(path: Path) -> ForeignFile:
    """Read a whole model in the HDF5 format of Keras 2 or 3.

    Nothing is deserialised: HDF5 gives numbers and text, and links to other files are not followed.

    Raises: InvalidCheckpoint with what was expected.
    """
    if not path.is_file():
        raise InvalidCheckpoint(f"There is no file '{path}'.")
    if not h5py.is_hdf5(path):
        raise InvalidCheckpoint(
            f"'{path.name}' is no HDF5 file. A whole model is expected as Keras writes it with "
            "`model.save('model.h5')`; load a `.keras` file or a SavedModel in your Keras and save "
            "it so."
        )
    try:
        with h5py.File(path, "r") as file:
            described = _description(file, path.name)
            return ForeignFile(
                str(described.get("class_name")), described["config"], _weights(file, path.name)
            )
    except (OSError, RuntimeError, KeyError, TypeError, ValueError) as exc:
        raise InvalidCheckpoint(f"'{path.name}' cannot be read as a Keras model: {exc}") from exc


def _description(file: h5py.File, name: str) -> dict[str, Any]:
    text = file.attrs.get("model_config")
    if text is None:
        raise InvalidCheckpoint(
            f"'{name}' holds weights without the network that they belong to; save the whole model "
            "with `model.save('model.h5')`, not `save_weights`."
        )
    content = text.decode() if isinstance(text, bytes) else str(text)
    if len(content) > MAX_CONFIG:
        raise InvalidCheckpoint(f"The description of the network in '{name}' is too long.")
    described = json.loads(content)
    if not isinstance(described, dict) or not isinstance(described.get("config"), dict):
        raise InvalidCheckpoint(f"The description of the network in '{name}' is not Keras'.")
    return described


def _weights(file: h5py.File, name: str) -> dict[WeightName, Float32Array]:
    found: dict[WeightName, Float32Array] = {}
    size = 0

    def collect(path: str, item: h5py.Dataset | h5py.Group) -> None:
        nonlocal size
        if not isinstance(item, h5py.Dataset):
            return
        parts = path.split("/")
        if item.external or item.is_virtual or item.dtype.kind != "f" or len(parts) < 2:
            raise ValueError(f"'{path}' is no plain array of numbers")
        size += item.nbytes
        if size > MAX_WEIGHTS_BYTES:
            raise ValueError(f"it holds more than {MAX_WEIGHTS_BYTES // 1_000_000} MB of weights")
        weight = parts[-1].removesuffix(":0")
        key = parts[-2], WEIGHT_NAMES.get(weight, weight)
        if key in found:
            raise ValueError(f"two layers are called '{parts[-2]}'")
        found[key] = np.asarray(item[()], dtype=np.float32)

    if WEIGHTS_GROUP not in file:
        raise InvalidCheckpoint(f"'{name}' describes a network and has no weights for it.")
    file[WEIGHTS_GROUP].visititems(collect)
    return found
