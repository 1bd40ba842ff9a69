"""Watches the champion's newest answers on windows of several lengths: do they still look as known?

The statistics and thresholds are those of `decision.stream_shift`, by which `StreamWatch` looks at
each source. No test runs while a request waits: one process of those that share the state folder
makes them and stores what came of it; all read that.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Engine

from api.clock import now
from api.decision.stream_shift.features import BYTES, unpacked
from api.decision.stream_shift.windows import (
    CLASSES,
    MAX_BASELINE,
    REFERRALS,
    FigureDrift,
    reference_drift,
    share_drift,
)
from api.monitoring.stream_watch import reference_of
from api.records.watching import drift_looks
from api.records.watching.drift_looks import DriftLook, WatchedAnswer
from api.registry.store import Checkpoint
from api.tasks.decisions import Decided

logger = logging.getLogger(__name__)

SHORT, LONG, WEEK = "last 200", "last 1000", "7 days"
LENGTHS = {SHORT: 200, LONG: 1000}
WEEK_LONG = timedelta(days=7)
# More answers of a week are sampled evenly.
MAX_ANSWERS = max(LENGTHS.values())
# A look is due after so many new answers, or after so long with any. It costs about as much as
# twenty films, so it waits a minute even in a flood.
EVERY_ANSWERS = 50
EVERY = timedelta(minutes=10)
PAUSE = timedelta(minutes=1)
# In which a window of fewer answers says nothing.
MIN_ANSWERS = 100
ANSWERED = "answered"

Looked = tuple[str, Sequence[WatchedAnswer], Sequence[WatchedAnswer]]


class DriftWatch:
    """Looks when it is time."""

    def __init__(
        self,
        database: Engine,
        task: str,
        champion: Callable[[], Checkpoint | None],
        *,
        pause: timedelta = PAUSE,
    ) -> None:
        self._database, self._task, self._champion = database, task, champion
        self._pause = pause
        self._last: DriftLook | None = None

    def look(self) -> DriftLook | None:
        """Test the windows if enough is new, and store what came of it; None: it was not time.

        Of all processes one at a time does it. Raises: InvalidCheckpoint, StoreBusy, StorageFailed.
        """
        checkpoint = self._champion()
        if checkpoint is None or not self._is_due(checkpoint.version):
            return None
        windows = [
            _shown(name, answers, _distances(answers, before, checkpoint))
            for name, answers, before in self._windows(checkpoint.version)
            if len(answers) >= MIN_ANSWERS
        ]
        if not windows:
            return None
        look = DriftLook(
            at=now(),
            model_version=checkpoint.version,
            seen_to=drift_looks.newest_number(self._database, task=self._task),
            drifted=any(figure["drifted"] for each in windows for figure in each["figures"]),
            windows=windows,
        )
        drift_looks.add(self._database, look, task=self._task)
        self._tell(look)
        self._last = look
        return look

    def _is_due(self, version: str) -> bool:
        newest = drift_looks.newest_number(self._database, task=self._task)
        last = self._last or next(
            iter(drift_looks.newest(self._database, task=self._task, limit=1)), None
        )
        if last is None or last.model_version != version or newest < last.seen_to:
            # Of a version without a look, as soon as its first window is full.
            return self._answered(version) >= MIN_ANSWERS
        new, ago = newest - last.seen_to, now() - last.at
        return ago >= self._pause and new >= (1 if ago >= EVERY else EVERY_ANSWERS)

    def _answered(self, version: str) -> int:
        found = drift_looks.newest_answers(
            self._database, version, task=self._task, limit=MIN_ANSWERS
        )
        return len(found)

    def _windows(self, version: str) -> list[Looked]:
        """Each window's answers, and those before it, the newest last."""
        newest = drift_looks.newest_answers(
            self._database, version, task=self._task, limit=MAX_ANSWERS + MAX_BASELINE
        )
        found: list[Looked] = [
            (name, newest[-length:], newest[-length - MAX_BASELINE : -length])
            for name, length in LENGTHS.items()
        ]
        week = drift_looks.answers_since(
            self._database, version, now() - WEEK_LONG, task=self._task, limit=MAX_ANSWERS
        )
        before = (
            drift_looks.answers_before(
                self._database, version, week[0].number, task=self._task, limit=MAX_BASELINE
            )
            if week
            else []
        )
        return [*found, (WEEK, week, before)]

    def _tell(self, look: DriftLook) -> None:
        if look.drifted and not (self._last and self._last.drifted):
            logger.warning(
                "answers drifted version=%s figures=%s",
                look.model_version,
                [
                    (each["window"], figure["figure"])
                    for each in look.windows
                    for figure in each["figures"]
                    if figure["drifted"]
                ],
            )


def _distances(
    answers: Sequence[WatchedAnswer], before: Sequence[WatchedAnswer], checkpoint: Checkpoint
) -> list[FigureDrift]:
    return [
        *_of_images(answers, checkpoint),
        share_drift(CLASSES, [a.label for a in answers], [a.label for a in before]),
        share_drift(REFERRALS, [*map(_referral, answers)], [*map(_referral, before)]),
    ]


def _of_images(answers: Sequence[WatchedAnswer], checkpoint: Checkpoint) -> list[FigureDrift]:
    """None where the card does not say how known films look."""
    rule = checkpoint.card.shift
    contents = [a.shift_features for a in answers if len(a.shift_features or b"") == BYTES]
    if rule is None or not contents:
        return []
    features = unpacked([content for content in contents if content])
    # All are of the version that the card belongs to.
    comparable = np.ones(len(features), dtype=np.bool_)
    return reference_drift(features, comparable, rule, reference_of(checkpoint, rule))


def _referral(answer: WatchedAnswer) -> str:
    return Decided.REFER if answer.decision == Decided.REFER else ANSWERED


def _shown(
    name: str, answers: Sequence[WatchedAnswer], distances: Sequence[FigureDrift]
) -> dict[str, Any]:
    since: datetime = answers[0].created_at
    return {
        "window": name,
        "n": len(answers),
        "since": since.isoformat(),
        "figures": [
            asdict(figure) | {"excess": figure.excess, "drifted": figure.drifted}
            for figure in distances
        ],
    }
