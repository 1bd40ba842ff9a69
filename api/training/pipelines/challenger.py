"""Writing a judged network as a version: its files in a folder, and what is published with them."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import keras

from api.evaluation.gate.promotion_gate import for_one_site
from api.model_card.card import Epoch
from api.model_card.promotion_policy import Verdict
from api.model_card.sites.site_candidate import SiteCandidate
from api.model_card.sites.site_profile import SiteFit
from api.registry import changed_answers, manifest
from api.registry.holdout import HoldoutHashes
from api.registry.store import WEIGHTS_NAME, next_after
from api.tasks.recipe import Recipe
from api.training.assessment.assess_retrained import NewImages, Parent, completed
from api.training.assessment.comparison import GateComparison
from api.training.compile import compile_model
from api.training.data.replay_memory import ReplayMemory, record_of
from api.training.data.sample_set import SampleSplits
from api.training.pipelines import checkpoint
from api.training.pipelines.challenger_card import TrainingRun, card_of, first_card
from api.training.pipelines.fine_tune import SEED
from api.training.pipelines.publish import BESIDE, MadeVersion
from api.training.pipelines.retraining_setup import RetrainingSetup
from api.training.pipelines.sites.site_candidate import (
    Candidate,
    Candidates,
    named_beside,
)


@dataclass(frozen=True, slots=True)
class Challenger:
    """What was made of the champion, and what was judged for the sites instead, if it is kept."""

    version: MadeVersion
    verdict: Verdict
    fits: Mapping[str, SiteFit]
    beside: MadeVersion | None = None


@dataclass(frozen=True, slots=True)
class Retrained:
    """What all versions of one retraining have in common.

    Attributes:
        held_out: the hashes of the champion's lineage.
        memory: what they remember: their parent's memory, and some of the new films. Asked for as
            late as can be: what is deleted until then is not remembered.
        frozen: digest of the part of the network that did not learn.
        started: `time.monotonic()` when the job began.
    """

    setup: RetrainingSetup
    parent: Parent
    samples: SampleSplits
    new: NewImages
    comparison: GateComparison
    held_out: HoldoutHashes
    memory: Callable[[], ReplayMemory]
    frozen: str
    recipe: Recipe
    history: tuple[Epoch, ...]
    skipped: Counter[str]
    started: float

    def write_all(self, model: keras.Model, found: Candidates, workspace: Path) -> Challenger:
        """Write the versions into an empty workspace; the verdict names them.

        Raises: StorageFailed, InvalidCheckpoint.
        """
        verdict, version = found.chosen.verdict, self.setup.store.next_version()
        beside = None
        if found.beside:
            second, folder = next_after(version), workspace / BESIDE
            folder.mkdir()
            beside = self.write(model, found.beside, folder, second)
            verdict = named_beside(verdict, found.beside.verdict, version=second)
        made = self.write(model, found.chosen, workspace, version)
        if self.setup.is_one_site:
            verdict = for_one_site(verdict)
        return Challenger(made, verdict, found.chosen.fits, beside)

    def write(
        self, model: keras.Model, candidate: Candidate, folder: Path, version: str
    ) -> MadeVersion:
        """Write a network's files into an empty folder. The model ends with its weights.

        Raises: StorageFailed, InvalidCheckpoint.
        """
        model.set_weights(candidate.weights)
        parent, new, setup = self.parent, self.new, self.setup
        assessment = completed(candidate.assessment, model, new, parent, setup.task)
        weights = folder / WEIGHTS_NAME
        weights_sha256 = checkpoint.save_weights(model, weights)
        memory = self.memory()
        remembered = memory.to_bytes()
        run = TrainingRun(
            version=version,
            weights_sha256=weights_sha256,
            replay=record_of(
                memory,
                remembered,
                setup.task,
                first_trainable=self.recipe.tail_from,
                frozen=self.frozen,
            ),
            recipe=self.recipe.model_copy(update={"kept_change": candidate.kept_change}),
            seed=SEED,
            history=self.history,
            duration_s=time.monotonic() - self.started,
            skipped=self.skipped,
        )
        first = first_card(setup.parent, setup.store)
        card = card_of(parent.card, first, model, self.samples, new, assessment, run)
        lines = manifest.read_manifest(setup.parent) or ()
        checkpoint.CheckpointArtifacts(
            card=card,
            holdout=self.held_out.with_images(self.samples.held_out_hashes),
            replay_memory=remembered,
            reference=assessment.references_bytes,
            shift=assessment.shift_bytes,
            manifest=manifest.dumped(manifest.grown(lines, new.images, version=version)),
            changes=changed_answers.dumped(self.comparison.changes(assessment)),
            site_candidate=_dumped(candidate),
        ).write(weights)
        return MadeVersion(folder, card, compile_model(model, setup.spec))


def _dumped(candidate: Candidate) -> bytes | None:
    """What it was judged with for sites; None where it was judged for everybody alone."""
    if not candidate.fits:
        return None
    found = SiteCandidate(verdict=candidate.verdict, fits=dict(candidate.fits))
    return found.model_dump_json(indent=1).encode()
