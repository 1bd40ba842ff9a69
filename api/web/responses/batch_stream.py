"""Answering a batch: film by film as they are read, in a stream that ends with its client."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial

from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.types import Message, Receive, Scope, Send

from api.decision.decide import DecisionPolicy
from api.records.predictions import PredictionRecord
from api.services import Services
from api.serving import predictor as serving
from api.serving.inference import Predictor
from api.serving.predictor import ServedPrediction
from api.web.problems import image_problem
from api.web.responses.content_negotiation import Format
from api.web.schemas.batch import BatchResult, FilmProblem
from api.web.schemas.predictions import Prediction
from api.web.uploads.batch_files import BatchFile

logger = logging.getLogger(__name__)

PATH = "/predict/batch"


class StreamStopped(Exception):
    """An answer ends in its middle; the connection breaks off."""


@dataclass(frozen=True, slots=True)
class BatchPredictor:
    """Reads a batch's films, all with one version and one policy."""

    services: Services
    engine: Predictor
    policy: DecisionPolicy

    async def read(self, image: BatchFile) -> BatchResult:
        """What `POST /predict` would have said to this film. Never raises."""
        services = self.services
        try:
            record, given = await services.serving.batches.run(partial(self._answer, image))
            kept = services.records.prediction_writer.add(
                record, activation=given.outputs.activation
            )
            await asyncio.wrap_future(kept)
            return BatchResult(filename=image.name, prediction=Prediction.model_validate(record))
        except Exception as exc:  # noqa: BLE001 (the top of this film's work; it is logged there)
            problem = await run_in_threadpool(image_problem, services, exc, path=PATH)
        return BatchResult(filename=image.name, problem=FilmProblem.model_validate(problem))

    def _answer(self, image: BatchFile) -> tuple[PredictionRecord, ServedPrediction]:
        services, content = self.services, image.read()
        given = serving.predict(
            self.engine, content, limits=services.serving.limits, policy=self.policy
        )
        record = serving.to_record(given, self.engine, image.name)
        services.storage.retained_images.keep(
            content, sha256=record.image_sha256, decision=record.decision
        )
        return record, given


class CancellableStream(StreamingResponse):
    """A stream that is closed when the client is gone, not when the garbage is collected."""

    # A client that takes nothing for so long has stopped reading; its films take room meanwhile.
    timeout_s = 60.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with aclosing(self.body_iterator):  # type: ignore[type-var]
                await super().__call__(scope, receive, partial(self._send, send))
        except StreamStopped as exc:
            # A server breaks off the connection of an answer that was left without its end.
            logger.info("batch broken off reason=%r", str(exc))

    async def _send(self, send: Send, message: Message) -> None:
        try:
            async with asyncio.timeout(self.timeout_s):
                await send(message)
        except TimeoutError:
            raise StreamStopped("The client has stopped reading its answer.") from None


async def stream(
    services: Services,
    images: Sequence[BatchFile],
    read: Callable[[BatchFile], Awaitable[BatchResult]],
    form: Format,
) -> AsyncGenerator[str, None]:
    """The answer's pieces, one a film. Raises: Stopped."""

    async def written(image: BatchFile) -> tuple[bool, str]:
        result = await read(image)
        return result.prediction is not None, form.result(result)

    counted = {True: 0, False: 0}
    yield form.head
    async with aclosing(services.serving.batches.in_order(written, images)) as results:
        async for answered, text in results:
            if services.serving.shutdown:
                raise StreamStopped(
                    "The server is being stopped; the rest of the batch has no answer."
                )
            yield form.between + text if any(counted.values()) else text
            counted[answered] += 1
    logger.info("batch answered=%d refused=%d", counted[True], counted[False])
    yield form.tail(counted[True], counted[False])
