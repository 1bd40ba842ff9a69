"""The layers of a Keras model's description, flat and in one form, whichever Keras wrote it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from api.errors import InvalidCheckpoint

INPUT = "InputLayer"
MODELS = ("Functional", "Model", "Sequential")
MAX_LAYERS = 1000
MAX_DEPTH = 4


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer, the names of the layers that it reads, and the numbers that it is called with."""

    class_name: str
    name: str
    config: dict[str, Any]
    sources: tuple[str, ...]
    constants: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Layers:
    """Layers in order, without the models around them, and the one whose output is the model's."""

    found: tuple[Layer, ...]
    output: str


def layers_of(class_name: str, config: dict[str, Any]) -> Layers:
    """Flatten a model, with the models within it. Raises: InvalidCheckpoint."""
    try:
        found, output = _flat(class_name, config, source=None, depth=0)
    except (KeyError, IndexError, TypeError, AttributeError) as exc:
        raise InvalidCheckpoint(
            f"The description of the network is not as Keras writes it ({exc!r})."
        ) from exc
    if len(found) > MAX_LAYERS:
        raise InvalidCheckpoint(f"The network has {len(found)} layers; MobileNetV2 has 154.")
    return Layers(tuple(found), output)


def _flat(
    class_name: str, config: dict[str, Any], *, source: str | None, depth: int
) -> tuple[list[Layer], str]:
    """The layers, and the name of the last; `source`: what a model within another reads."""
    if class_name not in MODELS or depth > MAX_DEPTH:
        raise InvalidCheckpoint(
            f"The model is a '{class_name[:60]}'; a Sequential or functional one is expected."
        )
    is_chain = class_name == "Sequential"
    found: list[Layer] = []
    # What stands for a layer that is left out here: an inner model's last, an outer source.
    stands_for: dict[str, str] = {}
    last = source or ""
    for entry in config["layers"]:
        kind, inner = str(entry["class_name"]), entry["config"]
        name = str(entry.get("name") or inner["name"])
        nodes = entry.get("inbound_nodes", [])
        if len(nodes) > 1:
            raise InvalidCheckpoint(f"The layer '{name[:60]}' is used more than once.")
        read = (last,) if is_chain and last else tuple(_names(nodes))
        sources = tuple(stands_for.get(one, one) for one in read)
        if kind == INPUT and source is not None:
            stands_for[name] = source
        elif kind in MODELS:
            if len(sources) > 1:
                raise InvalidCheckpoint(f"The model '{name[:60]}' reads more than one layer.")
            within, output = _flat(
                kind, inner, source=sources[0] if sources else None, depth=depth + 1
            )
            found += within
            stands_for[name] = output
        else:
            found.append(Layer(kind, name, inner, sources, tuple(_constants(nodes))))
        last = stands_for.get(name, name)
    return found, last if is_chain else stands_for.get(_output(config), _output(config))


def _output(config: dict[str, Any]) -> str:
    outputs = config["output_layers"]
    first = outputs[0]
    if isinstance(first, str):
        return first
    if len(outputs) > 1:
        raise InvalidCheckpoint("The model has more than one output; a classifier has one.")
    return str(first[0])


def _names(node: Any) -> Iterator[str]:
    """Names of layers in an inbound node: `[name, 0, 0]` in whatever nesting."""
    if isinstance(node, list):
        if len(node) >= 3 and isinstance(node[0], str) and isinstance(node[1], int):
            yield node[0]
            return
        for part in node:
            yield from _names(part)
    elif isinstance(node, dict):
        for part in node.values():
            yield from _names(part)


def _constants(nodes: Any) -> Iterator[float]:
    """Numbers that an operation is called with: `y` of Keras 2, an argument of Keras 3."""
    for node in nodes:
        if isinstance(node, dict):
            values = [*node.get("args", []), *node.get("kwargs", {}).values()]
        else:
            values = [v for part in _dicts(node) for k, v in part.items() if k in ("x", "y")]
        yield from (
            float(v) for v in values if isinstance(v, int | float) and not isinstance(v, bool)
        )


def _dicts(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    elif isinstance(node, list):
        for part in node:
            yield from _dicts(part)
