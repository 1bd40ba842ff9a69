"""Champion and challenger before the gate, on films that neither has learned from."""

import keras
import numpy as np

from api.evaluation.label_errors import doubtful
from api.evaluation.operating_points import BALANCED
from api.evaluation.promotion_gate import Doubts, Exam, Marks, judge
from api.model_card.promotion_policy import GatePolicy, Verdict
from api.tasks.task import Task
from api.training.assessment.assess import Appraisal
from api.training.assessment.assess_retrained import NewFilms, Parent, Tail
from api.training.assessment.decision_rules import FloatArray, Sight
from api.training.assessment.out_of_distribution import spread
from api.training.data.splits import HOLDOUT, TRAIN, VALIDATION
from api.training.models.mobilenet import FEATURES

# More would tell the same and take minutes.
DOUBTED_FILMS = 1000


class Examiner:
    """Keeps the champion's answers while the network learns."""

    def __init__(
        self,
        model: keras.Model,
        parent: Parent,
        new: NewFilms,
        task: Task,
        *,
        judged_before: set[str],
    ) -> None:
        """`judged_before` are the hashes of films that the champion was measured on."""
        self._task, self._parent = task, parent
        self._covered = sum(film.sha256 not in judged_before for film in new.films[HOLDOUT])
        self._films = parent.memory.parts[HOLDOUT].joined(new.latents(HOLDOUT))
        self._champion = self._sight(Tail(model, parent.replay.first_trainable)(self._films))
        self._doubts = _doubts(model, parent, new, task)

    def judge(self, appraisal: Appraisal) -> Verdict:
        """The gate's verdict on the network as it was appraised."""
        remembered = len(self._parent.memory.parts[HOLDOUT])
        return judge(
            self._exam(appraisal, slice(0, remembered)),
            self._exam(appraisal, slice(remembered, None)),
            self._doubts,
            self._covered,
            GatePolicy.model_validate(self._task.gate),
        )

    def _exam(self, appraisal: Appraisal, rows: slice) -> Exam:
        points = self._parent.card.operating_points, appraisal.fields["operating_points"]
        champion, challenger = (
            Marks(sight.probabilities[rows], point[BALANCED].threshold)
            for sight, point in zip(
                (self._champion, appraisal.sights[HOLDOUT]), points, strict=True
            )
        )
        return Exam(
            targets=self._films.targets[rows],
            sources=self._films.sources[rows],
            champion=champion,
            challenger=challenger,
            classes=self._task.labels,
            negative_index=self._task.negative_index,
        )

    def _sight(self, logits: FloatArray) -> Sight:
        return Sight(logits, self._films.targets, self._films.sources)


def _doubts(model: keras.Model, parent: Parent, new: NewFilms, task: Task) -> Doubts:
    """How many of the new labels the other films contradict, and which."""
    sides = (TRAIN, VALIDATION, HOLDOUT)
    films = [(side, row) for side in sides for row in range(len(new.films[side]))]
    asked = [films[row] for row in spread(len(films), DOUBTED_FILMS)]
    latents = [
        new.only(side, [row for s, row in asked if s == side]).latents(side) for side in sides
    ]
    found, known = latents[0].joined(latents[1]).joined(latents[2]), parent.memory.parts[TRAIN]
    pooled = Tail(model, parent.replay.first_trainable, until=FEATURES)
    features = pooled(found), pooled(known)

    none = task.negative_index
    findings = doubtful(
        features[0],
        (found.targets != none).astype(np.int64),
        features[1],
        (known.targets != none).astype(np.int64),
    )
    named, known_named = np.flatnonzero(found.targets >= 0), np.flatnonzero(known.targets >= 0)
    classes = doubtful(
        features[0][named],
        found.targets[named],
        features[1][known_named],
        known.targets[known_named],
    )
    rows = dict.fromkeys([*(int(named[row]) for row in classes.rows), *findings.rows])
    return Doubts(findings, classes, films=tuple(found.sha256[row] for row in rows))
