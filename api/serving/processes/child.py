"""A compute process: decodes, preprocesses and infers what the server sends it, and nothing else.

It has one connection, knows no network and no records, and may die of any image: the server
replaces it. Each request arms an alarm that ends the process when the work takes too long, so that
this holds even where the server is gone.
"""

import contextlib
import logging
import math
import os
import signal
import socket
import traceback
from collections.abc import Iterator
from typing import NoReturn

import numpy as np

from api.dicom.source_file import source_values
from api.errors import AppError, DecoderFailed, InvalidRequest, TooLarge
from api.inputs.images.deidentification import deidentified
from api.inputs.images.description import describe
from api.inputs.images.dicom.identity import identity_of
from api.inputs.images.thumbnails import thumbnail_png
from api.kinds.kind import DecodedInput
from api.serving.engine import Engine
from api.serving.inference import Inference
from api.serving.processes import limits, wire
from api.serving.processes.requests import (
    Deidentify,
    Describe,
    GoldenCheck,
    Identify,
    Infer,
    InferDecoded,
    Model,
    ReadSource,
    Start,
    Thumbnail,
)
from api.serving.processes.wire import EXPECTED, UNEXPECTED, Reply

logger = logging.getLogger(__name__)


def run(connection: socket.socket) -> NoReturn:
    """Answer requests until the server closes the connection."""
    status = 0
    try:
        limits.forbid_files_and_sockets()
        _serve(connection)
    except wire.ConnectionLost:
        pass
    except BaseException:  # noqa: BLE001 (the top of the process; it is printed)
        traceback.print_exc()
        status = 1
    # No clean-up of the fork server's, no flushing of what it buffered.
    os._exit(status)


def _serve(connection: socket.socket) -> None:
    start, _, _ = wire.receive_request(connection)
    assert isinstance(start, Start)
    os.nice(start.niceness)
    worker = ComputeWorker()
    wire.send_reply(connection, _answered(worker, start, b""))
    limits.limit_memory(start.extra_memory_bytes)
    while True:
        request, content, seconds = wire.receive_request(connection)
        # The default action of the alarm's signal ends the process, whatever a decoder is doing.
        signal.setitimer(signal.ITIMER_REAL, seconds)
        reply = _answered(worker, request, content)
        signal.setitimer(signal.ITIMER_REAL, 0)
        wire.send_reply(connection, reply)


def _answered(worker: "ComputeWorker", request: object, content: bytes) -> Reply:
    try:
        return worker.answer(request, content)
    except AppError as exc:
        return Reply({EXPECTED: [type(exc).__name__, exc.message]})
    except MemoryError:
        return Reply({EXPECTED: [TooLarge.__name__, "There is not enough memory for the image."]})
    except Exception:  # noqa: BLE001 (the server logs it)
        return Reply({UNEXPECTED: traceback.format_exc()})


class ComputeWorker:
    """What the process can do; holds its model."""

    def __init__(self) -> None:
        self._engine: Engine | None = None

    def answer(self, request: object, content: bytes) -> Reply:
        """Do what is asked. Raises: AppError."""
        match request:
            case Start(model=None):
                return Reply()
            case Start(model=Model() as model):
                self._engine = Engine(
                    model.checkpoint,
                    model.compiled,
                    interpreters=1,
                    wide_threads=model.wide_threads,
                    precision=model.precision,
                )
                return Reply()
            case Infer():
                return _inferred(self._loaded(), request, content)
            case InferDecoded():
                return _inferred_again(self._loaded(), request, content)
            case GoldenCheck():
                self._loaded().check()
                return Reply()
            case Describe():
                return _described(request, content)
            case Thumbnail():
                with _decoder_errors():
                    picture = thumbnail_png(content, request.limits, side_px=request.side_px)
                return Reply(arrays={"png": np.frombuffer(picture, dtype=np.uint8)})
            case Deidentify():
                with _decoder_errors():
                    picture = deidentified(content, request.limits)
                return Reply(arrays={"png": np.frombuffer(picture, dtype=np.uint8)})
            case Identify():
                with _decoder_errors():
                    found = identity_of(content, max_pixels=request.limits.max_pixels)
                return Reply(found.values())
            case ReadSource():
                with _decoder_errors():
                    source = source_values(content, max_pixels=request.limits.max_pixels)
                return Reply(source)
            case _:
                raise InvalidRequest(f"A compute process cannot do {type(request).__name__}.")

    def _loaded(self) -> Engine:
        if self._engine is None:
            raise InvalidRequest("This compute process has no model.")
        return self._engine


def _inferred(engine: Engine, request: Infer, content: bytes) -> Reply:
    return _reply(
        engine.infer(
            content, request.limits, alone=request.alone, keep_decoded=request.keep_decoded
        )
    )


def _inferred_again(engine: Engine, request: InferDecoded, content: bytes) -> Reply:
    numbers = np.frombuffer(content, dtype=np.float32)
    size = math.prod(request.shape)
    decoded = DecodedInput(numbers[:size].reshape(request.shape), request.issues, numbers[size:])
    return _reply(engine.infer_decoded(decoded, sha256=request.sha256))


def _reply(inference: Inference) -> Reply:
    arrays = {
        "logits": inference.outputs.logits,
        "early_features": inference.outputs.early_features,
        "activation": inference.outputs.activation,
        "acquisition": inference.acquisition,
    }
    if inference.decoded:
        arrays["decoded"] = inference.decoded.tensor
    return Reply(
        {
            "sha256": inference.sha256,
            "unlikeness": inference.unlikeness,
            "site_distance": inference.site_distance,
            "quality_issues": inference.quality_issues,
            "decode_ms": inference.decode_ms,
            "inference_ms": inference.inference_ms,
            "tag_issues": inference.tag_issues,
            "dicom": inference.dicom,
            "dicom_source": inference.dicom_source,
            "identifiers": inference.identifiers,
        },
        arrays,
    )


@contextlib.contextmanager
def _decoder_errors() -> Iterator[None]:
    """Decoders have errors that nobody documents; whichever it is, it is about this file."""
    try:
        yield
    except (AppError, MemoryError):
        raise
    except Exception as exc:
        logger.exception("decoder failed")
        raise DecoderFailed.on_this_file() from exc


def _described(request: Describe, content: bytes) -> Reply:
    with _decoder_errors():
        found = describe(content, request.limits, request.spec)
    near_hash = np.frombuffer(found.near_hash, dtype=np.uint8)
    stored = {} if found.stored is None else {"stored": np.frombuffer(found.stored, dtype=np.uint8)}
    return Reply(
        {
            "kind": found.kind,
            "brightness": found.statistics.brightness,
            "edge_density": found.statistics.edge_density,
            "histogram": found.statistics.histogram,
            "patient": found.patient,
            "identifiers": found.identifiers,
        },
        {"near_hash": near_hash, **stored},
    )
