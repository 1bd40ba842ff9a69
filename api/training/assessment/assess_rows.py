"""What a table's network is worth: calibrated, its rule of referral chosen, measured."""

from collections.abc import Mapping
from dataclasses import dataclass

import keras
import numpy as np

from api.arrays import FloatArray
from api.decision.decide import UNCERTAIN
from api.decision.decide_row import OUT_OF_RANGE
from api.evaluation.calibration import Calibration, fit_calibration
from api.evaluation.conformal import conformal_rule, is_uncertain
from api.evaluation.row_metrics import RowPredictions, evaluate_rows
from api.inputs.tabular.spec import TableSpec
from api.model_card.metrics import Evaluation
from api.model_card.table_card import ConformalRule, GoldenRow
from api.tasks.table_task import TableTask
from api.training.data.splits import HOLDOUT, VALIDATION
from api.training.data.table_rows import TableRows
from api.training.models.mobilenet import LOGITS, fold_calibration

GOLDEN_ROWS = 4


@dataclass(frozen=True, slots=True)
class RowAssessment:
    """How the network is calibrated, when it refers, and its figures by split."""

    calibration: Calibration
    conformal: ConformalRule
    metrics: dict[str, Evaluation]


def assess_rows(
    model: keras.Model, splits: Mapping[str, TableRows], task: TableTask, spec: TableSpec
) -> RowAssessment:
    """Calibrate on validation, folded into the last layer; choose the rule there; measure on both.

    Both splits need a row.
    """
    checked = splits[VALIDATION]
    logits = np.asarray(_logits(model, checked), dtype=np.float64)
    calibration = fit_calibration(logits, checked.targets)
    fold_calibration(model, calibration)
    rule = conformal_rule(
        probabilities(model, checked),
        checked.targets,
        wanted_error=task.decision.max_error,
        chosen_on=VALIDATION,
    )
    negative = task.labels.index(task.negative_class) if task.negative_class else None
    metrics = {}
    for name in (VALIDATION, HOLDOUT):
        rows = splits[name]
        answers = probabilities(model, rows)
        causes = {
            UNCERTAIN: is_uncertain(answers, rule),
            OUT_OF_RANGE: np.asarray(spec.beyond(rows.values).any(axis=1)),
        }
        metrics[name] = evaluate_rows(
            RowPredictions(answers, rows.targets, causes),
            rows.sources,
            task.labels,
            negative_index=negative,
        )
    return RowAssessment(calibration, rule, metrics)


def probabilities(model: keras.Model, rows: TableRows) -> FloatArray:
    """(n, classes) float64, of the whole network."""
    if not len(rows):
        return np.zeros((0, model.output_shape[-1]))
    found = model(np.asarray(rows.values, dtype=np.float32), training=False)
    return np.asarray(found, dtype=np.float64)


def golden_rows(model: keras.Model, spec: TableSpec) -> tuple[GoldenRow, ...]:
    """What the network answers to rows from the low end of every range to the high end."""
    low, high = np.array([(feature.low, feature.high) for feature in spec.features]).T
    shares = np.linspace(0, 1, GOLDEN_ROWS)[:, np.newaxis]
    values = np.asarray(low + shares * (high - low), dtype=np.float32)
    answers = np.asarray(model(values, training=False), dtype=float)
    return tuple(
        GoldenRow(values=tuple(row), probabilities=tuple(answer))
        for row, answer in zip(values.tolist(), answers.tolist(), strict=True)
    )


def _logits(model: keras.Model, rows: TableRows) -> FloatArray:
    inner = keras.Model(model.inputs[0], model.get_layer(LOGITS).output)
    return np.asarray(inner(np.asarray(rows.values, dtype=np.float32), training=False))
