"""A checkpoint on a labelled table: every row decided as the server decides, then measured."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from api.decision.decide import Decision
from api.errors import AppError, InvalidDataset
from api.kinds.by_name import kind_of
from api.kinds.kind import LabelledInput
from api.model_card.row_report import RowReport
from api.serving.predictor import ImagePredictor
from api.tasks.task import Task

MAX_ROWS = 100_000
NO_LABEL = "no class is written in the line"

Read = tuple[str, Decision]


def evaluate_rows(predictor: ImagePredictor, tables: Iterable[Path], task: Task) -> RowReport:
    """Decide on every labelled row of some tables, and measure.

    Raises: InvalidDataset if no labelled row can be read; InvalidUpload for what is no table.
    """
    skipped: Counter[str] = Counter()
    read = list(_decided(predictor, _inputs(tables, task), task, skipped))
    if not read:
        reason = skipped.most_common(1)[0][0] if skipped else "there are no rows"
        raise InvalidDataset(f"No labelled row can be read: {reason}.")
    # scikit-learn takes a second to load; what is refused does without it.
    from api.evaluation_runs.measured_rows import measured

    return measured(predictor.engine, read, task, skipped)


def _inputs(tables: Iterable[Path], task: Task) -> Iterator[LabelledInput]:
    kind = kind_of(task.kind)
    for path in tables:
        try:
            with path.open("rb") as file:
                found = kind.inputs_in(path.name, file, task, max_inputs=MAX_ROWS)
        except OSError as exc:
            raise InvalidDataset(f"'{path}' cannot be read ({exc.strerror}).") from exc
        if found is None:
            raise InvalidDataset(f"'{path}' is no table with a column of classes; send a CSV.")
        yield from found


def _decided(
    predictor: ImagePredictor, inputs: Iterable[LabelledInput], task: Task, skipped: Counter[str]
) -> Iterator[Read]:
    for one in inputs:
        label = task.label_named(one.label) if one.label else None
        if one.label is None:
            skipped[NO_LABEL] += 1
        elif label is None:
            skipped[f"'{one.label[:100]}' is no class of this task"] += 1
        elif isinstance(one.content, AppError):
            skipped[one.content.message] += 1
        else:
            yield label, predictor.predict(one.content).decision
