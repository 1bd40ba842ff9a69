"""What a node does with a part of a bulk prediction: the predictor of `python -m api predict`."""

import atexit
import contextlib
import json
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Generic, TypeVar

from api.cli.bulk.images import read_image
from api.cli.bulk.plan import Row
from api.cli.prediction.answer_table import cells_of
from api.cli.prediction.batch_runner import FileInput, response_of
from api.cli.prediction.local_predictor import LocalSetup, local_predictor
from api.cli.prediction.predictor import LocalPredictor
from api.errors import AppError, InvalidCheckpoint
from api.registry.signing.chosen_keys import trusted_signers
from api.registry.signing.signatures import require_signature
from api.settings import Settings, from_environment, public_values

# A row of a table, or what else a part's films are asked for.
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class BulkQuestion:
    """What all parts have in common, as it is sent to the nodes.

    Attributes:
        settings: JSON of those that hold no secret.
        weights: path of the checkpoint, the same on every node.
        weights_sha256: what has to lie there.
        base: the folder that films' names are relative to, the same on every node.
    """

    settings: str
    weights: str
    weights_sha256: str
    operating_point: str | None
    prevalence: float | None
    base: str


@dataclass(frozen=True, slots=True)
class PartAnswers(Generic[Answer]):
    """Answers about a part's films; or none, and why this node cannot answer.

    Attributes:
        rows: one for each film, in their order.
        unreadable: names of films that could not be read here.
    """

    node: str
    rows: list[Answer]
    unreadable: tuple[str, ...] = ()
    problem: str = ""


def sent_settings(settings: Settings) -> str:
    """Settings for a node, one film at a time; nothing that may hold a secret is among them."""
    shown = public_values(settings)
    values = settings.model_dump(mode="json") | {"compute_threads": 1}
    shown["compute_threads"] = 1
    return json.dumps({n: v for n, v in values.items() if type(shown[n]) is type(v)})


def answer_part(question: BulkQuestion, names: Sequence[str]) -> PartAnswers[Row]:
    """Answer some films, one after the other; what is wrong with one is in its row.

    The model is loaded once a process. A film that crashes its decoder costs one row, as it does
    in the server.
    """
    node = socket.gethostname()
    try:
        predictor = predictor_of(question)
    except AppError as exc:
        return PartAnswers(node, [], problem=exc.message)
    base, classes = Path(question.base), predictor.classes
    responses = [response_of(predictor, FileInput(n, partial(read_image, base, n))) for n in names]
    return PartAnswers(
        node,
        [cells_of(response, classes) for response in responses],
        tuple(response.image for response in responses if not response.sha256),
    )


@lru_cache(maxsize=1)
def predictor_of(question: BulkQuestion) -> LocalPredictor:
    """Raises: InvalidCheckpoint if other weights lie here, or none that this node's trusted signers
    signed; AppError."""
    setup = LocalSetup.of(
        Settings(**json.loads(question.settings)),
        Path(question.weights),
        operating_point=question.operating_point,
        prevalence=question.prevalence,
    )
    if setup.checkpoint.card.weights_sha256 != question.weights_sha256:
        raise InvalidCheckpoint(
            f"'{question.weights}' is another checkpoint here; put the same one on every node."
        )
    # Whoever sends a part chose the file; whoever runs the node says whose files are loaded on it.
    signers = trusted_signers(from_environment())
    require_signature(setup.checkpoint.weights, setup.checkpoint.card, signers)
    opened = contextlib.ExitStack()
    atexit.register(opened.close)
    return opened.enter_context(local_predictor(setup))
