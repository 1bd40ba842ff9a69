"""`python -m api evaluate --cluster`: labelled films are decided on over the nodes of a cluster."""

import socket
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

from api.cli.bulk.answering import BulkQuestion, PartAnswers, predictor_of
from api.cli.bulk.images import in_parts, read_image
from api.cli.bulk.plan import IMAGES_A_PART, Part
from api.cli.bulk.scheduling import Cluster, answer_parts
from api.cli.prediction.interrupts import stop_on_interrupt
from api.decision.decide import Decision
from api.errors import AppError
from api.evaluation_runs.folder_evaluation import Progress, decision_of
from api.inputs.discovery import LabelledImage

# Or why there is none.
Decided = Decision | str
Connect = Callable[[BulkQuestion], AbstractContextManager[Cluster[Decided]]]


def decide_part(question: BulkQuestion, names: Sequence[str]) -> PartAnswers[Decided]:
    """What a node does with a part: decide on each film, or say why it cannot be read."""
    node = socket.gethostname()
    try:
        predictor = predictor_of(question).predictor
    except AppError as exc:
        return PartAnswers(node, [], problem=exc.message)
    base = Path(question.base)
    found = [decision_of(predictor, partial(read_image, base, name)) for name in names]
    return PartAnswers(
        node,
        [each if isinstance(each, Decision) else str(each) for each in found],
        tuple(n for n, each in zip(names, found, strict=True) if isinstance(each, OSError)),
    )


def decide_in_bulk(
    images: Sequence[LabelledImage],
    question: BulkQuestion,
    connect: Connect,
    *,
    images_a_part: int = IMAGES_A_PART,
    progress: Progress = lambda _done, _total: None,
) -> tuple[list[tuple[LabelledImage, Decision]], Counter[str]]:
    """Have a cluster decide on every image; a node that dies costs time only.

    Args:
        connect: opens the cluster, whose nodes `decide_part`.

    Returns: as `read_images`.

    Raises: ClusterFailed, MissingPackage; KeyboardInterrupt.
    """
    base, decided = Path(question.base), dict[int, list[Decided]]()

    def finish(part: Part, decisions: list[Decided]) -> None:
        assert len(decisions) == len(part[1]), f"part {part[0]} has decisions about other films"
        decided[part[0]] = decisions
        progress(sum(map(len, decided.values())), len(images))

    names = [str(image.path.absolute()) for image in images]
    with stop_on_interrupt() as stop, connect(question) as cluster:
        answer_parts(
            cluster, enumerate(in_parts(names, images_a_part)), finish, base=base, stop=stop
        )
    every = [each for number in sorted(decided) for each in decided[number]]
    pairs = list(zip(images, every, strict=True))
    read = [(image, each) for image, each in pairs if isinstance(each, Decision)]
    return read, Counter(f"unreadable: {each}" for _, each in pairs if isinstance(each, str))
