"""Champion and challenger before the gate, on films that neither has learned from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import keras
import numpy as np

from api.arrays import FloatArray
from api.evaluation.label_errors import find_label_errors
from api.evaluation.operating_points import BALANCED
from api.evaluation.paired_evaluation import CheckpointPredictions, PairedEvaluation
from api.evaluation.promotion_gate import LabelDoubts, evaluate_gate
from api.evaluation.site_gate import SiteEvidence
from api.model_card.card import Card
from api.model_card.promotion_policy import GatePolicy, Verdict
from api.tasks.task import Task
from api.training.assessment.assess import Assessment
from api.training.assessment.assess_retrained import NewImages, Parent, TrainableTail
from api.training.assessment.decision_rules import SplitPredictions
from api.training.assessment.out_of_distribution import spread
from api.training.data.sample_set import SOURCE as NO_SITE
from api.training.data.splits import HOLDOUT, TRAIN, VALIDATION
from api.training.models.mobilenet import FEATURES

# More would tell the same and take minutes.
MAX_CHECKED_IMAGES = 1000


@dataclass(frozen=True, slots=True)
class SiteVersion:
    """The version that answers a site instead of the champion.

    `model`: opened; None where the site's films are compared with the champion's answers, because
    it is the champion's version, or one that does not take the same activations.
    """

    card: Card
    model: keras.Model | None


class GateComparison:
    """Keeps the champion's answers while the network learns, and those of sites' own versions."""

    def __init__(
        self,
        model: keras.Model,
        parent: Parent,
        new: NewImages,
        task: Task,
        *,
        judged_before: set[str],
        site_versions: Mapping[str, SiteVersion] | None = None,
        one_site: bool = False,
    ) -> None:
        """Ask those who answer now.

        Args:
            judged_before: hashes of films that the champion was measured on.
            site_versions: what answers a site instead of the champion, by site.
            one_site: whether all new films are of the one site that is served.
        """
        self._task, self._parent, self._one_site = task, parent, one_site
        self._covered = sum(image.sha256 not in judged_before for image in new.images[HOLDOUT])
        self._films = parent.memory.splits[HOLDOUT].joined(new.latents(HOLDOUT))
        self._champion = self._predictions(
            TrainableTail(model, parent.replay.first_trainable)(self._films)
        )
        self._label_issues, self._labelled_sources = _label_issues(model, parent, new, task)
        self._answering = {
            site: self._answers_of(version) for site, version in (site_versions or {}).items()
        }

    def verdict(self, assessment: Assessment) -> Verdict:
        """The gate's verdict on the network as it was assessed."""
        remembered = len(self._parent.memory.splits[HOLDOUT])
        local = self._paired(assessment, slice(remembered, None))
        return evaluate_gate(
            self._paired(assessment, slice(0, remembered)),
            local,
            self._label_issues,
            self._covered,
            GatePolicy.model_validate(self._task.gate),
            sites=dict(self._sites(local)),
            one_site=self._one_site,
        )

    def _sites(self, local: PairedEvaluation) -> Iterator[tuple[str, SiteEvidence]]:
        """What is known of each site whose films are among the new ones."""
        for site in sorted({*local.sources} - {NO_SITE}):
            findings = self._label_issues.findings.among(
                np.flatnonzero(np.array(self._labelled_sources) == site)
            )
            if site not in self._answering:
                yield site, SiteEvidence(local.of_source(site), findings)
                continue
            version, own = self._answering[site]
            compared = replace(local, champion=own) if own else local
            yield site, SiteEvidence(compared.of_source(site), findings, version)

    def _answers_of(self, found: SiteVersion) -> tuple[str, CheckpointPredictions | None]:
        """A site's version, and what it says of the new films that are held out."""
        if found.model is None:
            return found.card.version, None
        tail = TrainableTail(found.model, self._parent.replay.first_trainable)
        remembered = len(self._parent.memory.splits[HOLDOUT])
        probabilities = self._predictions(tail(self._films)).probabilities[remembered:]
        threshold = found.card.operating_points[BALANCED].threshold
        return found.card.version, CheckpointPredictions(probabilities, threshold)

    def _paired(self, assessment: Assessment, rows: slice) -> PairedEvaluation:
        points = self._parent.card.operating_points, assessment.fields["operating_points"]
        champion, challenger = (
            CheckpointPredictions(predictions.probabilities[rows], point[BALANCED].threshold)
            for predictions, point in zip(
                (self._champion, assessment.predictions[HOLDOUT]), points, strict=True
            )
        )
        return PairedEvaluation(
            targets=self._films.targets[rows],
            sources=self._films.sources[rows],
            champion=champion,
            challenger=challenger,
            classes=self._task.labels,
            negative_index=self._task.negative_index,
        )

    def _predictions(self, logits: FloatArray) -> SplitPredictions:
        return SplitPredictions(logits, self._films.targets, self._films.sources)


def _label_issues(
    model: keras.Model, parent: Parent, new: NewImages, task: Task
) -> tuple[LabelDoubts, tuple[str, ...]]:
    """How many of the new labels the other films contradict, and which; the films' sources."""
    splits = (TRAIN, VALIDATION, HOLDOUT)
    images = [(split, row) for split in splits for row in range(len(new.images[split]))]
    asked = [images[row] for row in spread(len(images), MAX_CHECKED_IMAGES)]
    latents = [
        new.only(split, [row for s, row in asked if s == split]).latents(split) for split in splits
    ]
    found, known = latents[0].joined(latents[1]).joined(latents[2]), parent.memory.splits[TRAIN]
    pooled = TrainableTail(model, parent.replay.first_trainable, until=FEATURES)
    features = pooled(found), pooled(known)

    none = task.negative_index
    findings = find_label_errors(
        features[0],
        (found.targets != none).astype(np.int64),
        features[1],
        (known.targets != none).astype(np.int64),
    )
    named, known_named = np.flatnonzero(found.targets >= 0), np.flatnonzero(known.targets >= 0)
    classes = find_label_errors(
        features[0][named],
        found.targets[named],
        features[1][known_named],
        known.targets[known_named],
    )
    rows = dict.fromkeys([*(int(named[row]) for row in classes.rows), *findings.rows])
    doubts = LabelDoubts(findings, classes, images=tuple(found.sha256[row] for row in rows))
    return doubts, found.sources
