"""Answering tensors of the Open Inference Protocol: films as bytes, rows as numbers."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass

import numpy as np
from fastapi import Request

from api.arrays import Float64Array
from api.errors import AppError, InvalidRequest, TooLarge
from api.kinds.by_name import kind_of
from api.kinds.table import table_task
from api.model_card.card import Card
from api.model_card.table_card import TableCard
from api.records.answers.predictions import PredictionRecord
from api.services import Services
from api.serving.predictor import RecordingPredictor
from api.tasks.task import Task
from api.web.responses.client_disconnect import unless_disconnected
from api.web.responses.inference.tensors import BYTES, InferRequest, Output, Tensor
from api.web.schemas.answers.open_inference import TensorMetadata

ROW = "row"


def input_metadata(task: Task, card: Card) -> list[TensorMetadata]:
    """What a model takes."""
    name = kind_of(card.input_kind).input_name
    datatype, shape = FORMS[card.input_kind].describe(task)
    return [TensorMetadata(name=name, datatype=datatype, shape=[-1, *shape])]


def output_metadata(card: Card) -> list[TensorMetadata]:
    """What a model gives."""
    shapes = {"probabilities": [-1, len(card.classes)]}
    return [
        TensorMetadata(name=name, datatype=datatype, shape=shapes.get(name, [-1]))
        for name, datatype in (
            ("probabilities", "FP32"),
            ("label", BYTES),
            ("decision", BYTES),
            ("score", "FP32"),
            ("ood_score", "FP32"),
            ("prediction_id", BYTES),
        )
    ]


def inputs_of(asked: InferRequest, services: Services, card: Card) -> list[bytes]:
    """The inputs, each as `POST /predict` would take it.

    Raises: InvalidRequest, TooLarge.
    """
    found = FORMS[card.input_kind].read(asked.inputs, services.task)
    if len(found) > services.settings.max_batch_files:
        raise TooLarge(
            f"The request holds {len(found)} inputs; at most {services.settings.max_batch_files} "
            "are accepted at once. Send it in parts."
        )
    if not found:
        raise InvalidRequest("The request holds no input; send at least one.")
    return found


async def answers_to(
    request: Request, contents: Sequence[bytes], services: Services, predictor: RecordingPredictor
) -> list[PredictionRecord]:
    """A stored answer to each input, in their order; none is answered if one is refused first.

    Raises: what predicting raises.
    """
    compute, batches = services.serving.compute, services.serving.batches
    if len(contents) == 1:
        recorded = await predictor.predict(
            _name(0),
            lambda: contents[0],
            run=lambda work: unless_disconnected(request, compute.submit(work)),
        )
        return [recorded.record]

    async def answer(number: int) -> PredictionRecord:
        def read() -> bytes:
            return contents[number]

        try:
            return (await predictor.predict(_name(number), read, run=batches.run)).record
        except AppError as exc:
            # Which one it was is what its sender needs to know first.
            exc.message = f"In {_name(number)}: {exc.message}"
            raise

    async with aclosing(batches.in_order(answer, range(len(contents)))) as stream:
        return [record async for record in stream]


def outputs_of(records: Sequence[PredictionRecord], card: Card) -> list[Output]:
    """The tensors of some answers; an `ood_score` that is not known is not a number."""
    shares = [[record.probabilities[name] for name in card.classes] for record in records]
    unlike = [np.nan if record.unlikeness is None else record.unlikeness for record in records]
    return [
        Output("probabilities", np.array(shares, dtype=np.float32)),
        Output("label", [record.label for record in records]),
        Output("decision", [record.decision for record in records]),
        Output("score", np.array([record.score for record in records], dtype=np.float32)),
        Output("ood_score", np.array(unlike, dtype=np.float32)),
        Output("prediction_id", [record.id for record in records]),
    ]


def _name(number: int) -> str:
    return f"input {number + 1}"


def _image_form(_task: Task) -> tuple[str, list[int]]:
    return BYTES, []


def _row_form(task: Task) -> tuple[str, list[int]]:
    return "FP64", [len(table_task(task).features)]


def _images(inputs: Mapping[str, Tensor], task: Task) -> list[bytes]:
    name = kind_of(task.kind).input_name
    tensor = inputs.get(name)
    if tensor is None or tensor.datatype != BYTES or len(inputs) > 1:
        raise InvalidRequest(f"Send one input '{name}' of datatype BYTES: a file an element.")
    if len(tensor.shape) not in (1, 2) or tensor.shape[1:] not in ((), (1,)):
        raise InvalidRequest(f"The shape of the input '{name}' must be [n] or [n, 1].")
    assert not isinstance(tensor.elements, np.ndarray)
    return list(tensor.elements)


def _rows(inputs: Mapping[str, Tensor], task: Task) -> list[bytes]:
    """From one tensor of all numbers, or one for each."""
    names = table_task(task).feature_names
    if set(inputs) == {ROW}:
        numbers = _numbers(inputs[ROW])
        if numbers.ndim != 2 or numbers.shape[1] != len(names):
            raise InvalidRequest(
                f"The shape of the input '{ROW}' must be [n, {len(names)}]: {', '.join(names)}."
            )
    elif set(inputs) == set(names):
        columns = [_numbers(inputs[name]).reshape(-1) for name in names]
        if len({len(column) for column in columns}) > 1:
            raise InvalidRequest("All inputs must have the same number of rows.")
        numbers = np.stack(columns, axis=1)
    else:
        raise InvalidRequest(
            f"Send one input '{ROW}' of shape [n, {len(names)}], or one for each of "
            f"{', '.join(names)}."
        )
    if not np.isfinite(numbers).all():
        raise InvalidRequest("Every number of a row must be finite.")
    return [json.dumps(dict(zip(names, row, strict=True))).encode() for row in numbers.tolist()]


def _numbers(tensor: Tensor) -> Float64Array:
    if not isinstance(tensor.elements, np.ndarray):
        raise InvalidRequest(f"The input '{tensor.name}' must be of numbers.")
    return tensor.elements


@dataclass(frozen=True, slots=True)
class TensorForm:
    """Inputs of one kind as tensors: datatype and shape of one of them, and how they are read."""

    describe: Callable[[Task], tuple[str, list[int]]]
    read: Callable[[Mapping[str, Tensor], Task], list[bytes]]


FORMS: Mapping[str, TensorForm] = {
    Card.input_kind: TensorForm(_image_form, _images),
    TableCard.input_kind: TensorForm(_row_form, _rows),
}
