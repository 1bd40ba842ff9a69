"""Rows of a table: checked field by field, decided by a conformal rule and the training range."""

from collections.abc import Sequence
from functools import lru_cache, partial
from typing import IO

import numpy as np

from api.arrays import Float32Array
from api.decision.decide import Decision, DecisionInputs, DecisionPolicy
from api.decision.decide_row import decide_row, range_sentences
from api.inputs.images.decoding import Limits
from api.inputs.images.description import ImageDescription
from api.inputs.images.preprocessing import PreprocessingSpec
from api.inputs.images.statistics import BRIGHTNESS_BINS, ImageStatistics
from api.inputs.tabular.csv_table import CsvRow, read_csv
from api.inputs.tabular.rows import Row, parse_row
from api.kinds.kind import DecodedInput, Describe, LabelledInput
from api.model_card.card import Card
from api.model_card.golden import Golden
from api.model_card.table_card import GoldenRow, TableCard
from api.tasks.table_task import TableTask
from api.tasks.task import Task
from api.tasks.task_files import load_task

ROW_FILE = ".json"
# A row has no grey levels.
NO_STATISTICS = ImageStatistics(0.0, 0.0, (0.0,) * BRIGHTNESS_BINS)

NO_ACQUISITION = np.zeros(0, dtype=np.float32)


class TableKind:
    """See `Kind`."""

    noun, content = "row", "row"
    takes_plain_body, has_pictures = True, False
    input_name = "row"

    def decode(self, content: bytes, limits: Limits, card: Card) -> DecodedInput:
        """See `Kind`; the tensor is (features,), unscaled: the network scales."""
        described = table_card(card)
        row = parse_row(content, _task_named(card.task))
        issues = tuple(range_sentences(described, row.values))
        return DecodedInput(described.table.tensor(row.values), issues, NO_ACQUISITION)

    def without_metadata(self, content: bytes) -> bytes:
        """See `Kind`: a row has its numbers and nothing else."""
        return content

    def golden_input(self, golden: Golden, card: Card) -> Float32Array:
        """See `Kind`: a row of the card."""
        assert isinstance(golden, GoldenRow)
        return table_card(card).table.tensor(golden.values)

    def golden_name(self, golden: Golden) -> str:
        """See `Kind`."""
        assert isinstance(golden, GoldenRow)
        return f"the row {', '.join(f'{value:g}' for value in golden.values[:8])}"

    def check_policy(self, card: Card, policy: DecisionPolicy) -> None:
        """See `Kind`: rows are decided without an operating point."""

    def decide(self, inputs: DecisionInputs, card: Card, policy: DecisionPolicy) -> Decision:
        """See `Kind`."""
        return decide_row(inputs, table_card(card))

    def error_bound(self, card: Card) -> float:
        """See `Kind`."""
        return table_card(card).conformal.max_error

    def describer(self, task: Task, read_image: Describe) -> Describe:
        """See `Kind`."""
        return partial(_describe, table_task(task))

    def numbers(self, content: bytes, task: Task) -> dict[str, float]:
        """See `Kind`."""
        described = table_task(task)
        return parse_row(content, described).named(described)

    def holds_several(self, name: str) -> bool:
        """See `Kind`: what is not called `.json`."""
        return not name.casefold().endswith(ROW_FILE)

    def inputs_in(
        self, name: str, file: IO[bytes], task: Task, *, max_inputs: int
    ) -> Sequence[LabelledInput] | None:
        """See `Kind`: the rows of a CSV; what is called `.json` is one row."""
        if not self.holds_several(name):
            return None
        described = table_task(task)
        file.seek(0)
        rows = read_csv(file.read(), described, filename=name, max_rows=max_inputs)
        return [_labelled(name, row, described) for row in rows]

    def card_page(self, card: Card, *, picture: str | None) -> str:
        """See `Kind`."""
        from api.reports.table_page import table_page

        return table_page(table_card(card), picture=picture)

    def curves(self, card: Card) -> str | None:
        """See `Kind`: the training trace."""
        from api.reports.table_page import trace_svg

        return trace_svg(table_card(card))

    def metrics_text(self, card: Card) -> str:
        """See `Kind`."""
        from api.reports.table_page import table_metrics

        return table_metrics(table_card(card))


def table_task(task: Task) -> TableTask:
    """The task as one of tables."""
    assert isinstance(task, TableTask)
    return task


def table_card(card: Card) -> TableCard:
    """The card as one of a tabular task."""
    assert isinstance(card, TableCard)
    return card


@lru_cache(maxsize=32)
def _task_named(name: str) -> TableTask:
    return table_task(load_task(name))


def _describe(
    task: TableTask, content: bytes, _limits: Limits, _spec: PreprocessingSpec
) -> ImageDescription:
    """Raises: InvalidRow."""
    parse_row(content, task)
    return ImageDescription(kind="JSON", near_hash=b"", statistics=NO_STATISTICS)


def _labelled(name: str, row: CsvRow, task: TableTask) -> LabelledInput:
    content = row.row.to_bytes(task) if isinstance(row.row, Row) else row.row
    return LabelledInput(f"{name}, line {row.line}", row.label, content)
