"""Champion and challenger before the gate, on films that neither has learned from."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace

import keras
import numpy as np

from api.arrays import FloatArray
from api.decision.references import References
from api.evaluation.gate.changed_answers import changed_images
from api.evaluation.gate.paired_evaluation import CheckpointPredictions, PairedEvaluation
from api.evaluation.gate.promotion_gate import evaluate_gate
from api.evaluation.metrics import DecisionRules
from api.evaluation.operating_points import BALANCED
from api.evaluation.sites.site_gate import SiteEvidence
from api.evaluation.sites.site_profile import SITE_DISTANCE, UNLIKENESS, cross_fitted
from api.model_card.base import Interval
from api.model_card.card import Card
from api.model_card.changed_answers import ChangedAnswers
from api.model_card.decision_rules import OperatingPoint, OutlierRule, ReferRule
from api.model_card.promotion_policy import ANSWERED_BY_CHAMPION, GatePolicy, Verdict
from api.model_card.sites.site_profile import SiteFit, SiteProfile
from api.tasks.task import Task
from api.training.assessment.assess import Assessment
from api.training.assessment.assess_retrained import NewImages, Parent
from api.training.assessment.decision_rules import SplitPredictions, referred_images
from api.training.assessment.label_check import label_check
from api.training.assessment.measured_references import MeasuredReferences
from api.training.assessment.sites.cross_fit import CrossFitted, HeldOutAnswers, answers_of
from api.training.assessment.sites.site_fits import site_images
from api.training.data.sample_set import SOURCE as NO_SITE
from api.training.data.splits import HOLDOUT, TRAIN
from api.training.data.trainable_tail import TrainableTail


@dataclass(frozen=True, slots=True)
class SiteChampion:
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
        site_versions: Mapping[str, SiteChampion] | None = None,
        profiles: Mapping[str, SiteProfile] | None = None,
        in_folds: bool = False,
        learned_before: Set[str] = frozenset(),
    ) -> None:
        """Ask those who answer now.

        Args:
            judged_before: hashes of films that the champion was measured on.
            site_versions: what answers a site instead of the champion, by site.
            profiles: what decides at a site besides the card of the version that it is about.
            in_folds: whether films that are learned from are judged too.
            learned_before: hashes of films that one of those who answer now has learned from, so
                that nothing can be told by what it says of them.
        """
        self._task, self._parent, self._new = task, parent, new
        self._profiles = profiles or {}
        self._covered = sum(image.sha256 not in judged_before for image in new.images[HOLDOUT])
        self._images = parent.memory.splits[HOLDOUT].joined(new.latents(HOLDOUT))
        self._remembered = len(parent.memory.splits[HOLDOUT])
        tail = TrainableTail(model, parent.replay.first_trainable)
        self._champion = self._predictions(tail(self._images))
        self._labels = label_check(model, parent, new, task)
        learned = new.images[TRAIN] if in_folds else ()
        unseen = [image for image in learned if image.sha256 not in learned_before]
        self._learned = answers_of(tail, unseen, new)
        self._held = answers_of(tail, new.images[HOLDOUT], new)
        self._versions = {
            site: (version, self._answers_of(version))
            for site, version in (site_versions or {}).items()
        }

    def verdict(
        self,
        assessment: Assessment,
        fits: Mapping[str, SiteFit] | None = None,
        *,
        seen: CrossFitted | None = None,
        aurocs: Mapping[str, tuple[float, Interval]] | None = None,
    ) -> Verdict:
        """The gate's verdict on the network as it was assessed.

        Args:
            fits: what would decide about films of a site besides its card, by site.
            seen: what networks that did not learn them say of the films that were learned from.
            aurocs: how well such networks tell each site's films apart, by site.
        """
        return evaluate_gate(
            self._paired(assessment, slice(0, self._remembered)),
            self._paired(assessment, slice(self._remembered, None)),
            self._labels.issues,
            self._covered,
            GatePolicy.model_validate(self._task.gate),
            sites=dict(self._sites(assessment, fits or {}, seen, aurocs or {})),
        )

    def changes(self, assessment: Assessment) -> ChangedAnswers:
        """The held-out films that the network as it was assessed answers otherwise."""
        paired, images = self._paired(assessment, slice(None)), self._images
        labels = [self._task.label_of(int(target)) for target in images.targets]
        return changed_images(paired, images.sha256, labels, remembered=self._remembered)

    def _sites(
        self,
        assessment: Assessment,
        fits: Mapping[str, SiteFit],
        seen: CrossFitted | None,
        aurocs: Mapping[str, tuple[float, Interval]],
    ) -> Iterator[tuple[str, SiteEvidence]]:
        """What is known of each site whose films are among the new ones, as they are served."""
        new = slice(self._remembered, None)
        local = self._paired(assessment, new)
        for site in sorted({*local.sources} - {NO_SITE}):
            fit = fits.get(site)
            answered_by, champion = self._served_now(site, self._held)
            challenger = self._served_by_challenger(assessment, new, fit)
            held_out = replace(local, champion=champion, challenger=challenger).of_source(site)
            learned = self._learned_images(site, assessment, fit, seen) if seen and fit else None
            yield (
                site,
                SiteEvidence(
                    held_out.joined(learned) if learned is not None else held_out,
                    self._labels.findings_of(site),
                    answered_by,
                    self._labels.champion_auroc(site),
                    held_out=len(held_out),
                    cross_fitted_auroc=aurocs.get(site),
                ),
            )

    def _learned_images(
        self, site: str, assessment: Assessment, fit: SiteFit, seen: CrossFitted
    ) -> PairedEvaluation | None:
        """A site's films that were learned from: each as networks and rules made without it
        answer, beside what is answered now; None where those who answer now learned them too."""
        known = {image.sha256: row for row, image in enumerate(self._learned.images)}
        rows = [
            row
            for row, image in enumerate(seen.images)
            if image.source == site and image.sha256 in known
        ]
        if not rows:
            return None
        task, predicted = self._task, seen.predictions
        card = self._parent.card.model_copy(update=assessment.fields)
        images = site_images(site, predicted, card, task)
        decided = cross_fitted(images, card, BALANCED, wanted_rate=task.decision.wanted_rate)
        by_row = dict(
            zip(np.flatnonzero(np.array(predicted.sources) == site), decided, strict=True)
        )
        chosen = np.array([by_row[row] for row in rows])
        _, champion = self._served_now(site, self._learned)
        return PairedEvaluation(
            targets=predicted.targets[rows],
            sources=[site] * len(rows),
            champion=champion.at(np.array([known[seen.images[row].sha256] for row in rows])),
            challenger=CheckpointPredictions(
                predicted.probabilities[rows],
                fit.operating_points[BALANCED].threshold,
                np.isnan(chosen),
                chosen == 1,
            ),
            classes=task.labels,
            negative_index=task.negative_index,
        )

    def _served_now(self, site: str, images: HeldOutAnswers) -> tuple[str, CheckpointPredictions]:
        """The version that answers a site, and what becomes of films there."""
        version, answers = self._versions.get(site, (None, {}))
        parent, logits = self._parent, answers.get(id(images))
        if version is None or logits is None:
            answered_by = version.card.version if version else ANSWERED_BY_CHAMPION
            card, references, logits = parent.card, parent.references, images.logits
        else:
            answered_by, card, references = version.card.version, version.card, version.references
        profile = self._profiles.get(site)
        fit = profile.fit if profile and profile.version == card.version else None
        return answered_by, self._served(images, logits, card, references, fit)

    def _served(
        self,
        xrays: HeldOutAnswers,
        logits: FloatArray,
        card: Card,
        references: References | None,
        fit: SiteFit | None,
    ) -> CheckpointPredictions:
        """What a version with these rules answers about films."""
        images, store = xrays.images, self._new.store
        measured = MeasuredReferences(card.outliers, card.acquisition, references)
        predictions = SplitPredictions(
            logits,
            xrays.targets,
            xrays.sources,
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
            referred_images(predictions, rules, outliers),
        )

    def _answers_of(self, found: SiteChampion) -> dict[int, FloatArray]:
        """Logits of a site's own version for held-out and for learned films; empty: not asked."""
        if found.model is None:
            return {}
        tail = TrainableTail(found.model, self._parent.replay.first_trainable)
        return {
            id(images): answers_of(tail, images.images, self._new).logits
            for images in (self._held, self._learned)
        }

    def _paired(self, assessment: Assessment, rows: slice) -> PairedEvaluation:
        points = self._parent.card.operating_points, assessment.fields["operating_points"]
        champion, challenger = (
            CheckpointPredictions(predictions.probabilities[rows], point[BALANCED].threshold)
            for predictions, point in zip(
                (self._champion, assessment.predictions[HOLDOUT]), points, strict=True
            )
        )
        return PairedEvaluation(
            targets=self._images.targets[rows],
            sources=self._images.sources[rows],
            champion=champion,
            challenger=challenger,
            classes=self._task.labels,
            negative_index=self._task.negative_index,
        )

    def _predictions(self, logits: FloatArray) -> SplitPredictions:
        return SplitPredictions(logits, self._images.targets, self._images.sources)


def _in_limits(distances: FloatArray | None, fit: SiteFit, name: str) -> FloatArray | None:
    """Distances over the limits of a site's profile, where it has some."""
    limit = fit.limits.get(name)
    return distances if distances is None or limit is None else distances / limit.factor
