"""A model in this process for the command line, from its file to its answers."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from api.cli.prediction.predictor import LocalPredictor
from api.decision.decide import DecisionPolicy
from api.kinds.by_name import kind_of
from api.model_card.card_file import read_card
from api.registry.store import Checkpoint, card_path
from api.samples.open_collection import image_limits
from api.serving.backend import open_backend
from api.serving.compiled import Compiler
from api.serving.live import predictor_builder
from api.serving.predictor import ImagePredictor, decision_policy
from api.settings import Settings
from api.tasks.task_files import load_task
from api.tasks.task_settings import settings_of


@dataclass(frozen=True, slots=True)
class LocalSetup:
    """Which checkpoint answers, and how it decides; `settings` are those of its task."""

    settings: Settings
    checkpoint: Checkpoint
    policy: DecisionPolicy

    @classmethod
    def of(
        cls,
        settings: Settings,
        weights: Path | None,
        *,
        operating_point: str | None,
        prevalence: float | None,
    ) -> Self:
        """As it is asked for, else as the settings say; nothing is loaded yet.

        Raises: InvalidRequest for a policy that the card has not; InvalidCheckpoint.
        """
        settings = settings_of(settings, load_task(settings.task))
        chosen = weights or settings.default_model
        checkpoint = Checkpoint(weights=chosen, card=read_card(card_path(chosen)))
        policy = decision_policy(settings, operating_point=operating_point, prevalence=prevalence)
        # Else every film would be refused for it.
        kind_of(checkpoint.card.input_kind).check_policy(checkpoint.card, policy)
        return cls(settings, checkpoint, policy)


@contextlib.contextmanager
def local_predictor(setup: LocalSetup) -> Iterator[LocalPredictor]:
    """The predictor until the block ends. Raises: InvalidCheckpoint, StorageFailed."""
    settings = setup.settings
    compiler = Compiler(settings.compiled_dir, settings.as_environment())
    with contextlib.closing(open_backend(settings)) as backend:
        build = predictor_builder(compiler, backend.load, precision=settings.precision)
        yield LocalPredictor(
            ImagePredictor(build(setup.checkpoint), image_limits(settings), setup.policy)
        )
