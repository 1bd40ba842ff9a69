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

from api.services import Services
from api.serving.predictor import RecordingPredictor
from api.web.problems import image_problem
from api.web.responses.content_negotiation import Format
from api.web.responses.recorded_predictions import answer_of
from api.web.schemas.answers.batch import BatchResult, ImageProblem
from api.web.uploads.batch_files import BatchFile

logger = logging.getLogger(__name__)

PATH = "/predict/batch"


class StreamStopped(Exception):
    """An answer ends in its middle; the connection breaks off."""


@dataclass(frozen=True, slots=True)
class RecordedBatch:
    """Predicts a batch's images, all with one version and one policy."""

    services: Services
    predictor: RecordingPredictor

    async def predict(self, image: BatchFile) -> BatchResult:
        """What `POST /predict` answers to this image. Never raises."""
        try:
            recorded = await self.predictor.predict(
                image.name, image.read, run=self.services.serving.batches.run
            )
            return BatchResult(filename=image.name, prediction=answer_of(recorded))
        except Exception as exc:  # noqa: BLE001 (the top of this image's work; it is logged there)
            problem = await run_in_threadpool(image_problem, self.services, exc, path=PATH)
        return BatchResult(filename=image.name, problem=ImageProblem.model_validate(problem))


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
    predict: Callable[[BatchFile], Awaitable[BatchResult]],
    form: Format,
) -> AsyncGenerator[str, None]:
    """The answer's pieces, one an image. Raises: StreamStopped."""

    async def written(image: BatchFile) -> tuple[bool, str]:
        result = await predict(image)
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
