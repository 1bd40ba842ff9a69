"""Parts to a cluster, some at a time, and their rows back."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol

from api.cli.bulk.answering import Answer, PartAnswers
from api.cli.bulk.buckets import is_in_bucket
from api.cli.bulk.images import is_readable
from api.cli.bulk.plan import Part
from api.cli.prediction.interrupts import StopRequest
from api.errors import ClusterFailed

# Parts that wait for each core, so that none is idle while rows are written down.
AHEAD = 2


class Cluster(Protocol[Answer]):
    """Answers parts somewhere; each that is submitted is taken once."""

    def cores(self) -> int:
        """How many there are at the moment."""

    def submit(self, part: Part) -> None:
        """Have a part answered."""

    def take(self) -> tuple[Part, PartAnswers[Answer]] | None:
        """A part that is answered; None if there is none after a moment.

        Raises: ClusterFailed.
        """


def answer_parts(
    cluster: Cluster[Answer],
    parts: Iterable[Part],
    finish: Callable[[Part, list[Answer]], None],
    *,
    base: Path,
    stop: StopRequest,
) -> None:
    """Have every part answered; never more than some for each core are under way, or in memory.

    Args:
        finish: keeps the answers about a part.
        base: what names are relative to, here.

    Raises: ClusterFailed; StorageUnavailable, StorageFailed where films are in a bucket that is
        away; what `finish` raises; KeyboardInterrupt, between two parts.
    """
    pending = 0

    def take() -> int:
        answered = cluster.take()
        if answered is not None:
            part, answers = answered
            check(answers, base)
            finish(part, answers.rows)
        if stop:
            raise KeyboardInterrupt
        return int(answered is not None)

    for part in parts:
        while pending >= AHEAD * max(cluster.cores(), 1):
            pending -= take()
        cluster.submit(part)
        pending += 1
    while pending:
        pending -= take()


def check(answers: PartAnswers[Answer], base: Path) -> None:
    """Whether a node answered as any other would.

    Raises: ClusterFailed; StorageUnavailable, StorageFailed.

    A film that can be read here and not there says something of the node and nothing of the film.
    """
    if answers.problem:
        raise ClusterFailed(f"Node '{answers.node}' cannot answer: {answers.problem}")
    for name in answers.unreadable:
        if not is_readable(base, name):
            continue
        if is_in_bucket(name):
            raise ClusterFailed(
                f"Node '{answers.node}' cannot read '{name}'; it needs the package obstore, and "
                "the store's AWS_* variables where `ray start` runs. Then run the command again: "
                "it goes on."
            )
        raise ClusterFailed(
            f"Node '{answers.node}' cannot read '{base / name}'; mount the folder there under "
            "the same path, then run the command again: it goes on."
        )
