"""The cards of tables: that of a first training, and that of a challenger."""

from typing import Any

from api.clock import now
from api.inputs.tabular.spec import TableSpec
from api.model_card.card import Data, Replay, TrainingRecord
from api.model_card.table_card import GoldenRow, TableCard
from api.tasks.table_task import TableRecipe, TableTask
from api.training.assessment.assess_rows import RowAssessment
from api.training.pipelines import checkpoint

# What of a recipe a table's network is fitted by.
RECIPE = frozenset(
    {
        "epochs", "learning_rate", "hidden", "batch_size", "label_smoothing", "weight_decay",
        "dropout", "validation_fraction", "holdout_fraction",
    }
)  # fmt: skip


def first(
    task: TableTask,
    spec: TableSpec,
    assessment: RowAssessment,
    *,
    version: str,
    weights_sha256: str,
    golden: tuple[GoldenRow, ...],
    data: Data,
    replay: Replay,
    training: TrainingRecord,
) -> TableCard:
    """The card of a checkpoint without a parent."""
    return TableCard(
        task=task.name,
        version=version,
        parent=None,
        created_at=now().replace(microsecond=0),
        code_version=checkpoint.code_version(),
        classes=task.labels,
        negative_class=task.negative_class,
        table=spec,
        conformal=assessment.conformal,
        temperature=1.0,
        weights_sha256=weights_sha256,
        golden=golden,
        metrics=assessment.metrics,
        statistics={},
        data=data,
        replay=replay,
        training=training,
        intended_use=task.intended_use,
        limits=task.limits,
        failure_modes=task.failure_modes,
    )


def challenger(
    parent: TableCard,
    spec: TableSpec,
    assessment: RowAssessment,
    *,
    version: str,
    weights_sha256: str,
    golden: tuple[GoldenRow, ...],
    data: Data,
    replay: Replay,
    training: TrainingRecord,
) -> TableCard:
    """The card of a retrained checkpoint: its parent's, with everything that is its own."""
    return parent.model_copy(
        update={
            "version": version,
            "parent": parent.version,
            "created_at": now().replace(microsecond=0),
            "code_version": checkpoint.code_version(),
            "table": spec,
            "conformal": assessment.conformal,
            "metrics": assessment.metrics,
            "weights_sha256": weights_sha256,
            "golden": golden,
            "data": data,
            "replay": replay,
            "training": training,
        }
    )


def recipe_of(recipe: TableRecipe) -> dict[str, Any]:
    """The recipe as the card keeps it."""
    return recipe.model_dump(mode="json", include=set(RECIPE))


def calibrated(assessment: RowAssessment) -> dict[str, Any]:
    """What the training record says of the calibration."""
    calibration = assessment.calibration
    return {
        "temperature": calibration.temperature,
        "calibration_matrix": calibration.matrix,
        "biases": calibration.biases,
    }
