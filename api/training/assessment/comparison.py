"""Champion and challenger before the gate, on films that neither has learned from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import keras
import numpy as np

from api.arrays import BoolArray, FloatArray, IntArray
from api.decision.references import References
from api.evaluation.gate.paired_evaluation import CheckpointPredictions, PairedEvaluation
from api.evaluation.gate.promotion_gate import LabelDoubts, evaluate_gate
from api.evaluation.intervals import delong
from api.evaluation.label_errors import LabelIssues, find_label_errors
from api.evaluation.metrics import DecisionRules
from api.evaluation.operating_points import BALANCED
from api.evaluation.sites.site_gate import SiteEvidence
from api.evaluation.sites.site_profile import SITE_DISTANCE, UNLIKENESS
from api.model_card.base import Interval
from api.model_card.card import Card
from api.model_card.decision_rules import OperatingPoint, OutlierRule, ReferRule
from api.model_card.promotion_policy import ANSWERED_BY_CHAMPION, GatePolicy, Verdict
from api.model_card.sites.site_profile import SiteFit, SiteProfile
from api.tasks.task import Task
from api.training.assessment.assess import Assessment
from api.training.assessment.assess_retrained import NewImages, Parent, TrainableTail
from api.training.assessment.decision_rules import SplitPredictions, referred_films
from api.training.assessment.measured_references import MeasuredReferences
from api.training.assessment.out_of_distribution import spread
from api.training.data.sample_set import SOURCE as NO_SITE
from api.training.data.splits import HOLDOUT, TRAIN, VALIDATION
from api.training.models.mobilenet import FEATURES

# More would tell the same and take minutes.
MAX_CHECKED_IMAGES = 1000


@dataclass(frozen=True, slots=True)
class SiteVersion:
    """The version that answers a site instead of the champion.

    Attributes:
        model: opened; None where the site's films are compared with the champion's answers, because
            it is the champion's version, or one that does not take the same activations.
        references: what its card's rules measure distances to.
    """

    card: Card
    model: keras.Model | None
    references: References | None = None


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
        profiles: Mapping[str, SiteProfile] | None = None,
        one_site: bool = False,
    ) -> None:
        """Ask those who answer now.

        Args:
            judged_before: hashes of films that the champion was measured on.
            site_versions: what answers a site instead of the champion, by site.
            profiles: what decides at a site besides the card of the version that it is about.
            one_site: whether all new films are of the one site that is served.
        """
        self._task, self._parent, self._new, self._one_site = task, parent, new, one_site
        self._profiles = profiles or {}
        self._covered = sum(image.sha256 not in judged_before for image in new.images[HOLDOUT])
        self._films = parent.memory.splits[HOLDOUT].joined(new.latents(HOLDOUT))
        self._remembered = len(parent.memory.splits[HOLDOUT])
        self._champion = self._predictions(
            TrainableTail(model, parent.replay.first_trainable)(self._films)
        )
        self._labels = _label_check(model, parent, new, task)
        self._versions = {
            site: (version, self._asked(version)) for site, version in (site_versions or {}).items()
        }

    def verdict(self, assessment: Assessment, fits: Mapping[str, SiteFit] | None = None) -> Verdict:
        """The gate's verdict on the network as it was assessed.

        Args:
            fits: what would decide about films of a site besides its card, by site.
        """
        return evaluate_gate(
            self._paired(assessment, slice(0, self._remembered)),
            self._paired(assessment, slice(self._remembered, None)),
            self._labels.issues,
            self._covered,
            GatePolicy.model_validate(self._task.gate),
            sites=dict(self._sites(assessment, fits or {})),
            one_site=self._one_site,
        )

    def _sites(
        self, assessment: Assessment, fits: Mapping[str, SiteFit]
    ) -> Iterator[tuple[str, SiteEvidence]]:
        """What is known of each site whose films are among the new ones, as they are served."""
        new = slice(self._remembered, None)
        local = self._paired(assessment, new)
        for site in sorted({*local.sources} - {NO_SITE}):
            answered_by, champion = self._served_now(site, new)
            challenger = self._served_by_challenger(assessment, new, fits.get(site))
            served = replace(local, champion=champion, challenger=challenger)
            yield (
                site,
                SiteEvidence(
                    served.of_source(site),
                    self._labels.findings_of(site),
                    answered_by,
                    self._labels.champion_auroc(site),
                ),
            )

    def _served_now(self, site: str, new: slice) -> tuple[str, CheckpointPredictions]:
        """The version that answers a site, and what becomes of the new films there."""
        version, logits = self._versions.get(site, (None, None))
        parent = self._parent
        if version is None or logits is None:
            answered_by = version.card.version if version else ANSWERED_BY_CHAMPION
            card, references, logits = parent.card, parent.references, self._champion.logits[new]
        else:
            answered_by, card, references = version.card.version, version.card, version.references
        profile = self._profiles.get(site)
        fit = profile.fit if profile and profile.version == card.version else None
        return answered_by, self._served(logits, card, references, fit)

    def _served(
        self,
        logits: FloatArray,
        card: Card,
        references: References | None,
        fit: SiteFit | None,
    ) -> CheckpointPredictions:
        """What a version with these rules answers about the new films that are held out."""
        images, store = self._new.images[HOLDOUT], self._new.store
        measured = MeasuredReferences(card.outliers, card.acquisition, references)
        predictions = SplitPredictions(
            logits,
            self._films.targets[self._remembered :],
            self._films.sources[self._remembered :],
            measured.ood_distances(store.early_features(images)),
            measured.site_distances(store.acquisition(images)),
        )
        return self._with_referrals(
            predictions, card.operating_points, card.refer, card.outliers, fit
        )

    def _served_by_challenger(
        self, assessment: Assessment, new: slice, fit: SiteFit | None
    ) -> CheckpointPredictions:
        fields, seen = assessment.fields, assessment.predictions[HOLDOUT]
        predictions = SplitPredictions(
            seen.logits[new],
            seen.targets[new],
            seen.sources[new],
            None if seen.distances is None else seen.distances[new],
            None if seen.site_distances is None else seen.site_distances[new],
        )
        return self._with_referrals(
            predictions, fields["operating_points"], fields["refer"], fields["outliers"], fit
        )

    def _with_referrals(
        self,
        predictions: SplitPredictions,
        points: Mapping[str, OperatingPoint],
        refer: ReferRule | None,
        outliers: OutlierRule | None,
        fit: SiteFit | None,
    ) -> CheckpointPredictions:
        if fit:
            points, refer = fit.operating_points, fit.refer
            predictions = replace(
                predictions,
                distances=_in_limits(predictions.distances, fit, UNLIKENESS),
                site_distances=_in_limits(predictions.site_distances, fit, SITE_DISTANCE),
            )
        rules = DecisionRules(self._task.labels, self._task.negative_index, points, refer)
        return CheckpointPredictions(
            predictions.probabilities,
            rules.threshold,
            referred_films(predictions, rules, outliers),
        )

    def _asked(self, found: SiteVersion) -> FloatArray | None:
        """Logits of a site's own version for the new films that are held out; None: not asked."""
        if found.model is None:
            return None
        tail = TrainableTail(found.model, self._parent.replay.first_trainable)
        return tail(self._films)[self._remembered :]

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


def _in_limits(distances: FloatArray | None, fit: SiteFit, name: str) -> FloatArray | None:
    """Distances over the limits of a site's profile, where it has some."""
    limit = fit.limits.get(name)
    return distances if distances is None or limit is None else distances / limit.factor


@dataclass(frozen=True, slots=True)
class LabelCheck:
    """What others say of the labels of the new films.

    Attributes:
        sources: of the films that were asked about.
        positive: (n,) True where the label says that there is a finding.
        scores: (n,) P(any finding) that the champion gives.
    """

    issues: LabelDoubts
    sources: tuple[str, ...]
    positive: BoolArray
    scores: FloatArray

    def _of(self, site: str) -> IntArray:
        return np.flatnonzero(np.array(self.sources) == site)

    def findings_of(self, site: str) -> LabelIssues:
        """Which labels of a site are contradicted: finding or none."""
        return self.issues.findings.among(self._of(site))

    def champion_auroc(self, site: str) -> tuple[float, Interval] | None:
        """Of a site's films as they are labelled; None of one kind only."""
        own = self._of(site)
        return delong(self.positive[own], self.scores[own])


def _label_check(model: keras.Model, parent: Parent, new: NewImages, task: Task) -> LabelCheck:
    """How many of the new labels the other films contradict, and what the champion says of them."""
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
    logits = TrainableTail(model, parent.replay.first_trainable)(found)
    said = SplitPredictions(logits, found.targets, found.sources).probabilities
    return LabelCheck(doubts, found.sources, found.targets != none, 1 - said[:, none])
