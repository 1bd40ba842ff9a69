"""Files as Keras 2 wrote them, made from a Keras 3 model: other names, other JSON, same numbers."""

import json
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np

# What Keras 2 has and Keras 3 has not, of the layers that are used here.
MODEL = "Functional"


def write_keras2(
    path: Path, backbone: keras.Model, kernel: Any, bias: Any, *, size: int = 96
) -> None:
    """A functional Keras 2 model: preprocess_input as operations, nested backbone, pooling,
    dropout, softmax.

    Args:
        backbone: MobileNetV2 without top.
        kernel, bias: (1280, n) and (n,) of the last layer.
    """
    layers = [
        _layer("InputLayer", "input_1", {"batch_input_shape": [None, size, size, 3]}, []),
        _layer(
            "TFOpLambda",
            "tf.math.truediv",
            {"function": "math.truediv"},
            [["input_1", 0, 0, {"y": 127.5, "name": None}]],
        ),
        _layer(
            "TFOpLambda",
            "tf.math.subtract",
            {"function": "math.subtract"},
            [["tf.math.truediv", 0, 0, {"y": 1.0, "name": None}]],
        ),
        _layer(MODEL, backbone.name, _backbone(backbone), _node("tf.math.subtract")),
        _layer("GlobalAveragePooling2D", "gap", {}, _node(backbone.name)),
        _layer("Dropout", "dropout", {"rate": 0.2}, _node("gap")),
        _layer("Dense", "dense", {"units": len(bias), "activation": "softmax"}, _node("dropout")),
    ]
    config = {
        "name": "model",
        "layers": layers,
        "input_layers": [["input_1", 0, 0]],
        "output_layers": [["dense", 0, 0]],
    }
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"] = "2.15.0"
        file.attrs["backend"] = "tensorflow"
        file.attrs["model_config"] = json.dumps({"class_name": MODEL, "config": config})
        weights = file.create_group("model_weights")
        weights["dense/dense/kernel:0"] = np.asarray(kernel, np.float32)
        weights["dense/dense/bias:0"] = np.asarray(bias, np.float32)
        for layer in backbone.layers:
            for weight in layer.weights:
                name = weight.name
                if isinstance(layer, keras.layers.DepthwiseConv2D) and name == "kernel":
                    name = "depthwise_kernel"
                weights[f"{backbone.name}/{layer.name}/{name}:0"] = np.asarray(weight)


def _backbone(backbone: keras.Model) -> dict[str, Any]:
    """Its configuration with Keras 2's inbound nodes."""
    described = json.loads(backbone.to_json())["config"]
    for layer in described["layers"]:
        if layer["class_name"] == "InputLayer":
            layer["config"]["batch_input_shape"] = layer["config"].pop("batch_shape")
        names = [name for node in layer["inbound_nodes"] for name in _read(node["args"])]
        layer["inbound_nodes"] = [[[name, 0, 0, {}] for name in names]] if names else []
    described["input_layers"] = [[described["layers"][0]["name"], 0, 0]]
    described["output_layers"] = [[described["layers"][-1]["name"], 0, 0]]
    return dict(described)


def _read(args: Any) -> list[str]:
    if isinstance(args, dict):
        return [args["config"]["keras_history"][0]]
    return [name for part in args for name in _read(part)]


def _node(name: str) -> list[Any]:
    return [[[name, 0, 0, {}]]]


def _layer(kind: str, name: str, config: dict[str, Any], nodes: list[Any]) -> dict[str, Any]:
    return {
        "class_name": kind,
        "name": name,
        "config": {"name": name, **config},
        "inbound_nodes": nodes,
    }
