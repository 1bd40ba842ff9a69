"""Clusters without nodes: parts are answered when they are taken, the last one first."""

import contextlib
import pickle
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Generic

from api.cli.bulk.answering import Answer, BulkQuestion, PartAnswers
from api.cli.bulk.plan import Part
from api.errors import ClusterFailed

AnswerPart = Callable[[BulkQuestion, list[str]], PartAnswers[Answer]]


@dataclass
class SmallCluster(Generic[Answer]):
    """What it was asked, and how much of it at once; `fails_after` so many parts it is gone."""

    answer: AnswerPart[Answer]
    fails_after: int | None = None
    asked: Counter[str] = field(default_factory=Counter)
    most_pending: int = 0
    question: BulkQuestion | None = None
    pending: list[Part] = field(default_factory=list)
    taken: int = 0

    @contextlib.contextmanager
    def connect(self, question: BulkQuestion) -> Iterator["SmallCluster[Answer]"]:
        self.question, self.pending, self.taken = question, [], 0
        yield self

    def cores(self) -> int:
        return 2

    def submit(self, part: Part) -> None:
        self.asked.update(part[1])
        self.pending.append(part)
        self.most_pending = max(self.most_pending, len(self.pending))

    def take(self) -> tuple[Part, PartAnswers[Answer]]:
        if self.taken == self.fails_after:
            raise ClusterFailed("The cluster is gone.")
        self.taken += 1
        part = self.pending.pop()
        assert self.question is not None
        answers: PartAnswers[Answer] = pickle.loads(
            pickle.dumps(self.answer(self.question, part[1]))
        )
        # As it comes from another machine.
        return part, answers
