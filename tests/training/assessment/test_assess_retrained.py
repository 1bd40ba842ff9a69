"""What a retrained network is worth, on remembered films and new ones; and what it inherits."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np
import pytest
from sqlalchemy import Engine

from api.clock import now
from api.decision.out_of_distribution import OodReference, unit
from api.errors import NotEnoughSamples
from api.evaluation.calibration import Calibration
from api.files import sha256_of
from api.inputs.discovery import LabelledImage
from api.inputs.images.synthetic import synthetic_png
from api.model_card.card import ReferenceStatistics, Replay
from api.model_card.decision_rules import OutlierRule
from api.model_card.promotion_policy import Check, SiteVerdict, Verdict
from api.model_card.sites.site_profile import SiteProfile
from api.records.retrainings import jobs
from api.records.training_images.samples import SampleRecord
from api.tasks.task import Task
from api.training.assessment.assess import Assessment, assess
from api.training.assessment.assess_retrained import (
    NewImages,
    Parent,
    assess_retrained,
    completed,
)
from api.training.assessment.comparison import GateComparison
from api.training.assessment.decision_rules import SplitPredictions
from api.training.assessment.out_of_distribution import MIN_GROUP
from api.training.assessment.sites.corrected_kinds import correct_kinds
from api.training.assessment.sites.cross_fit import (
    CrossFitted,
    cross_fitted,
    label_aurocs,
)
from api.training.assessment.sites.fitted_network import (
    FittedNetwork,
    Fold,
    SharePoint,
    mean_weights,
)
from api.training.assessment.sites.site_fits import site_fits
from api.training.assessment.weight_share import keep_share, share_points
from api.training.data.frozen_backbone import FrozenBackbone, compute_latents
from api.training.data.latent_cache import LatentCache
from api.training.data.replay_memory import build_memory
from api.training.data.sample_set import SampleSplits
from api.training.data.splits import folds
from api.training.data.trainable_tail import TrainableTail
from api.training.fitting.learner import between
from api.training.fitting.progress_reporter import ProgressReporter
from api.training.fitting.throttle import TrainingThrottle
from api.training.models import mobilenet
from api.training.models.mobilenet import LOGITS
from api.training.pipelines.challenger_card import grown_statistics
from api.training.pipelines.retrain import computed
from api.training.pipelines.sites.site_candidate import (
    Candidate,
    Candidates,
    for_sites,
    named_beside,
)
from tests.support.checkpoints import TinyCheckpoint
from tests.support.site_profiles import profile
from tests.training.conftest import SPEC, generated

FIRST = "block_14_expand"
SPLITS = ("train", "validation", "holdout")


@pytest.fixture(scope="module")
def backbone(model: keras.Model) -> FrozenBackbone:
    return FrozenBackbone(mobilenet.frozen_layers(model, FIRST), SPEC)


@pytest.fixture(scope="module")
def parent(
    model: keras.Model, backbone: FrozenBackbone, task: Task, tiny: TinyCheckpoint
) -> Parent:
    """Assessed on generated films that it remembers; its reference has a bank."""
    counts = {"train": 4, "validation": 9, "holdout": 2}
    splits = {
        split: generated(split, task, dict.fromkeys(task.labels, n)) for split, n in counts.items()
    }
    assessment = assess(model, splits, task, SPEC)
    assert assessment.references is not None
    ood = assessment.references.ood
    bank = np.ones((3, ood.components.shape[1]), dtype=np.float32)
    return Parent(
        tiny.card.model_copy(update=assessment.fields),
        replace(assessment.references, ood=replace(ood, bank=unit(bank))),
        build_memory({split: compute_latents(backbone, data) for split, data in splits.items()}),
        Replay(sha256="", first_trainable=FIRST, frozen_sha256=backbone.digest, counts={}),
    )


@pytest.fixture(scope="module")
def new(
    backbone: FrozenBackbone, task: Task, tmp_path_factory: pytest.TempPathFactory
) -> NewImages:
    """What somebody uploaded: one class is large enough to be a group of its own."""
    folder = tmp_path_factory.mktemp("new")
    store = LatentCache(folder / "latents", backbone, task.retraining.augmentation, 0)
    splits: dict[str, list[LabelledImage]] = {}
    for split in SPLITS:
        counts = dict.fromkeys(task.labels, 2 if split == "train" else 1)
        if split == "train":
            counts["Normal"] = MIN_GROUP
        images = [
            image(folder, f"{split}-{info.name}-{n}", info.name)
            for info in task.classes
            for n in range(counts[info.name])
        ]
        splits[split], _ = store.fill(images, variants=False)
    return NewImages(splits, store, task)


def image(folder: Path, name: str, label: str) -> LabelledImage:
    seed = int(hashlib.sha256(name.encode()).hexdigest()[:6], 16)
    path = folder / f"{name}.png"
    path.write_bytes(synthetic_png("lobar", seed=seed))
    return LabelledImage(path, label, "uploads", None, sha256_of(path))


@pytest.fixture(scope="module")
def grown(model: keras.Model, new: NewImages, task: Task, parent: Parent) -> Assessment:
    return assess_retrained(model, new, parent, task)


def rule_of(assessment: Assessment) -> OutlierRule:
    rule = assessment.fields["outliers"]
    assert isinstance(rule, OutlierRule)
    return rule


def reference_of(found: Assessment | Parent) -> OodReference:
    assert found.references is not None
    return found.references.ood


class TestMeasuring:
    def test_remembered_and_new_images_are_told_apart(self, grown: Assessment, task: Task) -> None:
        holdout = grown.fields["metrics"]["holdout"]

        assert {name: part.n for name, part in holdout.per_source.items()} == {
            "here": 2 * len(task.labels),
            "uploads": len(task.labels),
        }

    def test_remembered_images_are_answered_as_their_pictures_are(
        self, model: keras.Model, grown: Assessment, task: Task
    ) -> None:
        pictures = generated("holdout", task, dict.fromkeys(task.labels, 2))
        inputs = np.stack([SPEC.normalise(image) for image in pictures.images])

        answers = np.asarray(model(inputs, training=False))

        assert np.allclose(grown.predictions["holdout"].probabilities[:8], answers, atol=1e-2)

    def test_what_the_card_alone_says_is_measured_of_the_published_network_only(
        self, model: keras.Model, grown: Assessment, new: NewImages, parent: Parent, task: Task
    ) -> None:
        alone = {"heatmap", "stability", "shift"}

        whole = completed(grown, model, new, parent, task)

        assert not alone & grown.fields.keys()
        assert whole.fields.keys() == grown.fields.keys() | alone
        # Of the pictures that there are.
        assert whole.fields["heatmap"].n == whole.fields["stability"].n == 4


class TestInheriting:
    def test_few_images_leave_the_cuts_as_they_were(
        self, grown: Assessment, parent: Parent
    ) -> None:
        assert grown.fields["operating_points"] == parent.card.operating_points
        assert grown.fields["refer"] == parent.card.refer
        assert grown.fields["prevalence"] == parent.card.prevalence

    def test_the_reference_grows_by_the_new_images_and_their_large_group(
        self, grown: Assessment, parent: Parent, new: NewImages
    ) -> None:
        old, made = reference_of(parent), reference_of(grown)

        assert np.array_equal(made.components, old.components)
        assert len(made.bank) == len(old.bank) + len(new.images["train"])
        assert np.allclose(made.bank[: len(old.bank)], old.bank, atol=1e-3)
        assert len(made.means) == len(old.means) + 1

    def test_the_limit_stays_and_the_hash_is_the_new_ones(
        self, grown: Assessment, parent: Parent
    ) -> None:
        rule, content = rule_of(grown), grown.references_bytes
        assert content is not None
        assert parent.card.outliers is not None

        assert rule.threshold == parent.card.outliers.threshold
        assert rule.compared == parent.card.outliers.compared
        assert rule.reference_sha256 == hashlib.sha256(content).hexdigest()
        assert rule.reference_sha256 != parent.card.outliers.reference_sha256

    def test_a_parents_reference_that_does_not_fit_any_more_is_not_kept(
        self, model: keras.Model, new: NewImages, task: Task, parent: Parent
    ) -> None:
        without = assess_retrained(model, new, replace(parent, references=None), task)

        assert without.fields["outliers"] is None
        assert without.references is None
        assert without.references_bytes is None


class TestCalibratingAgain:
    @pytest.mark.parametrize("in_folds", [False, True])
    def test_only_where_new_images_are_validated_on(
        self, in_folds: bool, model: keras.Model, new: NewImages, parent: Parent, task: Task
    ) -> None:
        known = parent.memory.splits
        enough = known["train"].joined(known["validation"]).joined(known["holdout"])
        memory = replace(parent.memory, splits={**known, "validation": enough})
        images = {**new.images, "validation": []} if in_folds else new.images
        weights = model.get_weights()
        # Far too sure of one class.
        model.get_layer(LOGITS).bias.assign([5.0, 0.0, 0.0, 0.0])

        found = assess_retrained(
            model, NewImages(images, new.store, task), replace(parent, memory=memory), task
        )

        assert (found.calibration == Calibration.identity(4)) is in_folds
        model.set_weights(weights)


class TestKeepingAShare:
    def test_the_network_lies_at_the_point_that_validation_images_speak_for(
        self, model: keras.Model, new: NewImages, parent: Parent, task: Task
    ) -> None:
        known = parent.memory.splits
        enough = known["train"].joined(known["validation"]).joined(known["holdout"])
        memory = replace(parent.memory, splits={**known, "validation": enough})
        before = model.get_weights()
        changed = [weights + np.float32(0.003) for weights in before]
        model.set_weights(changed)

        fitted = FittedNetwork(before, changed, 1.0)
        points = share_points(model, fitted, new, replace(parent, memory=memory), task)
        chosen = keep_share(model, replace(fitted, points=points), max_forgotten=1.0)

        assert chosen is not None
        expected = between(before, changed, chosen.share)
        pairs = zip(model.get_weights(), expected, strict=True)
        assert all(np.allclose(own, other, atol=1e-6) for own, other in pairs)
        model.set_weights(before)

    def test_too_few_remembered_images_leave_it_as_it_is(
        self, model: keras.Model, new: NewImages, parent: Parent, task: Task
    ) -> None:
        weights = model.get_weights()

        fitted = FittedNetwork(weights, weights, 1.0)

        assert share_points(model, fitted, new, parent, task) == ()
        assert keep_share(model, fitted, max_forgotten=1.0) is None


SITE = "St. Anna"


class TestComparingAtASite:
    def judged(
        self,
        model: keras.Model,
        new: NewImages,
        parent: Parent,
        task: Task,
        grown: Assessment,
        profile: SiteProfile | None = None,
    ) -> Verdict:
        at_site = {
            split: [replace(image, source=SITE) for image in images]
            for split, images in new.images.items()
        }
        comparison = GateComparison(
            model,
            parent,
            NewImages(at_site, new.store, task),
            task,
            judged_before=set(),
            profiles={SITE: profile} if profile else {},
        )
        return comparison.verdict(grown)

    def test_its_images_are_judged_as_they_are_served(
        self, model: keras.Model, new: NewImages, parent: Parent, task: Task, grown: Assessment
    ) -> None:
        verdict = self.judged(model, new, parent, task, grown)

        (site,) = verdict.sites
        assert (site.site, site.answered_by) == (SITE, "champion")
        names = [check.name for check in site.checks]
        assert "direction of the site's labels" in names
        assert "what is referred from" in verdict.trade

    def test_what_its_profile_refers_now_was_no_answer(
        self, model: keras.Model, new: NewImages, parent: Parent, task: Task, grown: Assessment
    ) -> None:
        silent = profile(version=parent.card.version, low=0.0, high=1.0)  # type: ignore[arg-type]
        of_another = profile(version="v7", low=0.0, high=1.0)  # type: ignore[arg-type]

        verdict = self.judged(model, new, parent, task, grown, silent)
        without = self.judged(model, new, parent, task, grown, of_another)

        assert "right answers went from 0.000 to" in verdict.trade
        assert "what is referred from 1.000 to" in verdict.trade
        assert without.trade == self.judged(model, new, parent, task, grown).trade


@dataclass(frozen=True)
class JudgedAs:
    """A comparison whose outcome is known."""

    outcome: Verdict

    def verdict(self, _assessment: Assessment, _fits: object, **_evidence: object) -> Verdict:
        return self.outcome


class TestAVersionForSites:
    FITTED = (Check("enough held-out films of the site", True, "There are enough."),)
    KEPT = Verdict(
        False, "It forgets.", (Check("sensitivity", False, "It forgets."),),
        (SiteVerdict(SITE, False, "champion", FITTED),),
    )  # fmt: skip

    def made(
        self,
        outcome: Verdict,
        model: keras.Model,
        new: NewImages,
        parent: Parent,
        task: Task,
        grown: Assessment,
        first: Verdict = KEPT,
    ) -> tuple[Candidates, bool]:
        """What is published, and whether the network is the one that was judged first."""
        known = parent.memory.splits
        enough = known["train"].joined(known["validation"]).joined(known["holdout"])
        memory = replace(parent.memory, splits={**known, "validation": enough})
        before = model.get_weights()
        after = [weights + np.float32(0.003) for weights in before]
        model.set_weights(between(before, after, 0.1))
        try:
            first_weights = model.get_weights()
            found = for_sites(
                Candidate(grown, first, 0.1, first_weights),
                JudgedAs(outcome),  # type: ignore[arg-type]
                FittedNetwork(before, after, 0.1, points=(SharePoint(0.7, 0.0, 0.1),)),
                model,
                new,
                replace(parent, memory=memory),
                task,
                task.retraining.model_copy(update={"max_forgotten_site": 1.0}),
                aurocs={},
            )
            pairs = zip(found.chosen.weights, first_weights, strict=True)
            return found, all(np.allclose(own, other, atol=1e-6) for own, other in pairs)
        finally:
            model.set_weights(before)

    def test_it_keeps_more_of_what_was_learned_and_is_never_for_everybody(
        self, model: keras.Model, new: NewImages, parent: Parent, task: Task, grown: Assessment
    ) -> None:
        promoted = SiteVerdict(SITE, True, "champion", self.FITTED)
        outcome = Verdict(True, "Better.", (Check("all", True, "Better."),), (promoted,), "Trade.")

        found, is_first = self.made(outcome, model, new, parent, task, grown)

        candidate = found.chosen
        assert found.beside is None
        assert candidate.kept_change > 0.1
        assert not is_first
        assert candidate.verdict.promoted_sites == (SITE,)
        assert not candidate.verdict.promoted
        assert candidate.verdict.failed_checks == ("judged for everybody",)

    def test_where_it_is_not_promoted_the_first_one_is_chosen_and_it_lies_beside(
        self, model: keras.Model, new: NewImages, parent: Parent, task: Task, grown: Assessment
    ) -> None:
        refused = SiteVerdict(SITE, False, "champion", (Check("gain", False, "Luck."),))
        outcome = replace(self.KEPT, sites=(refused,))

        found, is_first = self.made(outcome, model, new, parent, task, grown)

        assert is_first
        assert (found.chosen.kept_change, found.chosen.verdict) == (0.1, self.KEPT)
        assert found.beside is not None
        assert found.beside.kept_change > 0.1
        assert found.beside.verdict == outcome
        assert not np.allclose(found.beside.weights[-1], found.chosen.weights[-1], atol=1e-6)

    def test_the_verdict_names_the_version_that_a_sites_figures_are_of(self) -> None:
        contradicted = Check("labels of the site", False, "Contradicted.")
        sites = (
            SiteVerdict(SITE, False, "champion", (Check("gain", False, "Luck."),)),
            SiteVerdict("There", False, "champion", (contradicted,)),
        )

        verdict = named_beside(self.KEPT, replace(self.KEPT, sites=sites), version="v3")

        here, there = verdict.sites
        assert (here.version, there.version) == ("v3", None)
        assert here.failed_checks == ("gain", "weights and profile for the site")
        assert "Promote v3 for the site to get both." in here.checks[-1].detail
        assert "the profile is not kept" in there.checks[-1].detail
        assert verdict.checks == self.KEPT.checks

    @pytest.mark.parametrize(
        "first",
        [
            Verdict(True, "Better.", (), KEPT.sites),
            Verdict(False, "It forgets.", ()),
            replace(KEPT, sites=(SiteVerdict(SITE, False, "champion",
                    (Check("enough held-out films of the site", False, "Too few."),)),)),
            replace(KEPT, sites=(SiteVerdict(SITE, False, "champion",
                    (*FITTED, Check("labels of the site", False, "Wrong."))),)),
        ],
    )  # fmt: skip
    def test_none_is_made_where_it_could_not_be_promoted(
        self,
        model: keras.Model,
        new: NewImages,
        parent: Parent,
        task: Task,
        grown: Assessment,
        first: Verdict,
    ) -> None:
        found, is_first = self.made(self.KEPT, model, new, parent, task, grown, first)

        assert is_first
        assert found.beside is None
        assert found.chosen.verdict == first


@pytest.fixture(scope="module")
def site(
    backbone: FrozenBackbone, task: Task, tmp_path_factory: pytest.TempPathFactory
) -> NewImages:
    """20 films of each kind to learn from, and one held out."""
    folder = tmp_path_factory.mktemp("site")
    store = LatentCache(folder / "latents", backbone, task.retraining.augmentation, 0)
    xrays = [
        replace(image(folder, f"{label}-{n}", label), source=SITE)
        for label in ("Normal", "finding")
        for n in range(20)
    ]
    held_out = [replace(image(folder, "held-out", "Normal"), source=SITE)]
    splits = {"train": xrays, "validation": [], "holdout": held_out}
    for images in splits.values():
        store.fill(images, variants=False)
    return NewImages(splits, store, task)


@pytest.fixture(scope="module")
def in_folds(model: keras.Model, site: NewImages) -> FittedNetwork:
    """Learned in three folds, each of which moved the bias of the negative class its own way."""
    before = model.get_weights()
    made = []
    for number, held in enumerate(folds(site.images["train"], 3, seed=0)):
        weights = [array.copy() for array in before]
        weights[-1][1] += np.float32(number)
        left_out = {image.sha256 for image in held}
        rest = [image for image in site.images["train"] if image.sha256 not in left_out]
        made.append(Fold(held, rest, weights))
    after = mean_weights([fold.weights for fold in made])
    return FittedNetwork(before, after, 1.0, tuple(made))


class TestLearnedInFolds:
    def test_the_published_weights_are_the_mean_of_the_folds(self, in_folds: FittedNetwork) -> None:
        assert in_folds.after[-1] - in_folds.before[-1] == pytest.approx([0, 1, 0, 0], abs=1e-6)

    def test_each_image_is_answered_by_the_fold_that_left_it_out(
        self,
        model: keras.Model,
        site: NewImages,
        parent: Parent,
        in_folds: FittedNetwork,
    ) -> None:
        weights = model.get_weights()
        as_it_was = TrainableTail(model, FIRST)(site.latents("train"))
        before = dict(zip(site.latents("train").sha256, as_it_was, strict=True))

        seen = cross_fitted(model, in_folds, site, parent, share=0.5)

        moved = [
            float((after - before[image.sha256])[1])
            for after, image in zip(seen.predictions.logits, seen.images, strict=True)
        ]
        own = {image.sha256: n for n, fold in enumerate(in_folds.folds) for image in fold.held}
        assert moved == pytest.approx([own[image.sha256] / 2 for image in seen.images], abs=1e-4)
        assert len(seen.images) == len(site.images["train"])
        assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), weights, strict=True))

    def test_a_site_is_judged_on_held_out_and_on_learned_images(
        self,
        model: keras.Model,
        site: NewImages,
        parent: Parent,
        task: Task,
        in_folds: FittedNetwork,
    ) -> None:
        held = {"train": site.images["train"], "validation": [], "holdout": site.images["holdout"]}
        new = NewImages(held, site.store, task)
        known = {site.images["train"][0].sha256}
        assessment = assess_retrained(model, new, parent, task)
        comparison = GateComparison(
            model, parent, new, task, judged_before=set(), in_folds=True, learned_before=known
        )
        seen = cross_fitted(model, in_folds, new, parent, share=1.0)
        fits = site_fits(seen, assessment, parent, task)

        verdict = comparison.verdict(
            assessment, fits, seen=seen, aurocs=label_aurocs(model, in_folds, new, parent)
        )

        (judged,) = verdict.sites
        names = [check.name for check in judged.checks]
        assert "labels of the site can be learned" in names
        assert "20 of the site's films with a finding and 20 without are judged: 1 that" in (
            judged.checks[0].detail
        )


class TestAProfileFromTheImagesLearned:
    def test_it_is_made_of_what_was_said_without_the_image(
        self,
        model: keras.Model,
        site: NewImages,
        parent: Parent,
        task: Task,
        grown: Assessment,
        in_folds: FittedNetwork,
    ) -> None:
        seen = cross_fitted(model, in_folds, site, parent, share=1.0)

        fit = site_fits(seen, grown, parent, task)[SITE]

        assert (fit.n, fit.healthy, fit.findings) == (40, 20, 20)
        assert set(fit.manifest.values()) == {"Normal", "finding"}
        assert fit.refer.bands[0].max_error == pytest.approx(1 / 21)

    def test_too_few_make_none(
        self, site: NewImages, parent: Parent, task: Task, grown: Assessment
    ) -> None:
        images = list(site.images["train"][:-1])
        logits = np.zeros((len(images), 4), np.float32)
        targets = np.array([task.target_of(image.label) for image in images], dtype=np.int64)
        seen = CrossFitted(images, SplitPredictions(logits, targets, [SITE] * len(images)))

        assert site_fits(seen, grown, parent, task) == {}


class TestStatistics:
    def test_they_are_means_over_old_and_new_images(self) -> None:
        known = {
            "Normal": ReferenceStatistics(
                n=3, brightness=100.0, edge_density=0.1, histogram=(0.5, 0.5)
            )
        }
        record = SampleRecord(
            sha256="a" * 64,
            label="Normal",
            filename="a.png",
            file="a.png",
            size_bytes=1,
            created_at=now(),
            brightness=140.0,
            edge_density=0.3,
            histogram=(1.0, 0.0),
        )

        grown = grown_statistics(known, [record, replace(record, label="COVID-19")])

        assert (grown["Normal"].n, grown["Normal"].brightness) == (4, 110.0)
        assert grown["Normal"].edge_density == pytest.approx(0.15)
        assert grown["Normal"].histogram == (0.625, 0.375)
        assert (grown["COVID-19"].n, grown["COVID-19"].brightness) == (1, 140.0)
        assert grown["COVID-19"].histogram == (1.0, 0.0)


class TestDamagedImages:
    def test_without_one_that_can_be_read_there_is_nothing_to_retrain_on(
        self, new: NewImages, task: Task, database: Engine, tmp_path: Path
    ) -> None:
        jobs.create(database, job_id="job", task=task.name, samples={})
        jobs.start(database, "job", task="pneumonia")
        store = LatentCache(tmp_path, new.store.backbone, task.retraining.augmentation, 0)
        gone = tmp_path / "gone.png"
        lost = {
            split: [replace(image, path=gone) for image in new.images[split]] for split in SPLITS
        }
        reporter = ProgressReporter(
            database, "job", TrainingThrottle(0, lambda: None), task="pneumonia"
        )

        with pytest.raises(NotEnoughSamples, match=r"(\d+) of \1 films are damaged or gone"):
            computed(SampleSplits(lost, {}), store, task, reporter)


class TestDistinguishingKinds:
    @pytest.mark.parametrize(
        ("labels", "tells"),
        [
            ({"Normal": 3}, False),
            ({"Normal": 3, "finding": 2}, False),
            ({"Normal": 1, "finding": 2, "COVID-19": 2}, False),
            ({"Normal": 1, "finding": 2, "COVID-19": 3}, True),
            ({"Pneumonia-Viral": 1}, True),
        ],
    )
    def test_most_findings_must_name_theirs(
        self, new: NewImages, labels: dict[str, int], tells: bool
    ) -> None:
        images = [
            LabelledImage(Path(f"{name}{n}.png"), name, "a hospital", None, f"{name}{n}")
            for name, count in labels.items()
            for n in range(count)
        ]

        sent = NewImages({"train": images[::2], "holdout": images[1::2]}, new.store, new.task)

        assert sent.tells_kinds is tells


class TestKeepingKinds:
    @pytest.fixture
    def changed(self, model: keras.Model) -> Iterator[keras.Model]:
        """A network whose last layer has forgotten one kind for another."""
        weights = model.get_weights()
        layer = model.get_layer(LOGITS)
        kernel, biases = layer.get_weights()
        kernel[:, 3] = kernel[:, 2] - 0.5 * kernel[:, 3]
        layer.set_weights([kernel, biases + np.array([0, 0, 2, -2], np.float32)])
        yield model
        model.set_weights(weights)

    def sent(self, new: NewImages, label: str) -> NewImages:
        images = [replace(image, label=label) for image in new.images["train"][:2]]
        return NewImages({"train": images}, new.store, new.task)

    def test_remembered_findings_are_divided_as_the_parent_did(
        self, parent: Parent, new: NewImages, changed: keras.Model
    ) -> None:
        remembered = parent.memory.splits["train"]
        tail = TrainableTail(changed, FIRST)
        drifted = tail(remembered)
        usual = np.random.default_rng(0).normal(size=drifted.shape).astype(np.float32)

        correct_kinds(changed, self.sent(new, "finding"), replace(parent, learned_logits=usual))

        kept = tail(remembered)
        after, before, parents = (each[:, 2] - each[:, 3] for each in (kept, drifted, usual))
        assert np.abs(after - parents).mean() < np.abs(before - parents).mean() / 2
        assert kept[:, 1] == pytest.approx(drifted[:, 1], abs=1e-4)

    def test_where_new_images_tell_of_kinds_what_they_taught_stays(
        self, parent: Parent, new: NewImages, changed: keras.Model
    ) -> None:
        weights = changed.get_layer(LOGITS).get_weights()
        usual = np.ones((len(parent.memory.splits["train"]), 4), np.float32)

        correct_kinds(changed, self.sent(new, "COVID-19"), replace(parent, learned_logits=usual))

        after = changed.get_layer(LOGITS).get_weights()
        assert all(np.array_equal(a, b) for a, b in zip(weights, after, strict=True))
