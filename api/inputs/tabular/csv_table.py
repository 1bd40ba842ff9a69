"""Tables as people keep them: CSV with a heading, whatever separates columns and decimals."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from api.errors import InvalidRow, InvalidUpload, TooLarge
from api.inputs.tabular.rows import Row, checked_number
from api.tasks.table_task import ROW_NAME, Feature, TableTask, comparable

DELIMITERS = (",", ";", "\t")
# A heading and a line of five hundred numbers are shorter.
MAX_LINE = 50_000


@dataclass(frozen=True, slots=True)
class CsvRow:
    """A line of a table: its number in the file, its name where it has one, its class as it is
    written, and its numbers or why it has none."""

    line: int
    name: str
    label: str | None
    row: Row | InvalidRow


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where in a line each feature stands, and the class and the name, if they do."""

    features: Sequence[tuple[int, Feature]]
    label: int | None
    name: int | None
    width: int


def read_csv(content: bytes, task: TableTask, *, filename: str, max_rows: int) -> list[CsvRow]:
    """The rows of a table; columns are found by their headings, in any order.

    Columns are separated by commas, semicolons or tabs; beside semicolons and tabs a decimal may
    have a comma. Empty lines are passed over.

    Raises: InvalidUpload if it is no table, or lacks a column or has one too many; TooLarge.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise InvalidUpload(f"'{filename}' is not UTF-8 text; save the table as CSV.") from exc
    heading, _, _ = text.lstrip("\r\n").partition("\n")
    delimiter = max(DELIMITERS, key=heading[:MAX_LINE].count)
    lines = _lines(text, delimiter, filename)
    try:
        _, first = next(lines)
    except StopIteration:
        raise InvalidUpload(f"'{filename}' is empty; send a table with a heading.") from None
    columns = _columns(first, task, filename)
    rows: list[CsvRow] = []
    for number, cells in lines:
        if len(rows) == max_rows:
            raise TooLarge(
                f"'{filename}' holds more than the {max_rows} rows that are accepted at once; "
                "send it in parts."
            )
        rows.append(_row(number, cells, columns, decimal_comma=delimiter != ","))
    if not rows:
        raise InvalidUpload(f"'{filename}' has a heading and no rows.")
    return rows


def _lines(text: str, delimiter: str, filename: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error as exc:
        raise InvalidUpload(
            f"'{filename}' cannot be read as CSV in line {reader.line_num} ({exc})."
        ) from exc


def _columns(headings: Sequence[str], task: TableTask, filename: str) -> _Columns:
    found: dict[str, int] = {}
    label = name = None
    unknown = []
    for place, heading in enumerate(headings):
        feature = task.column_named(heading)
        if feature in found or (label is not None and task.is_label_column(heading)):
            raise InvalidUpload(f"'{filename}' has the column '{heading.strip()[:100]}' twice.")
        if feature:
            found[feature] = place
        elif task.is_label_column(heading):
            label = place
        elif comparable(heading) == ROW_NAME:
            name = place
        else:
            unknown.append(heading.strip()[:100])
    missing = [feature for feature in task.feature_names if feature not in found]
    if missing or unknown:
        raise InvalidUpload(
            _wrong_columns(filename, missing, unknown, task), errors=_errors(missing, unknown)
        )
    features = [(found[feature.name], feature) for feature in task.features]
    return _Columns(features, label, name, len(headings))


def _wrong_columns(
    filename: str, missing: Sequence[str], unknown: Sequence[str], task: TableTask
) -> str:
    parts = []
    if missing:
        parts.append(f"lacks {', '.join(missing[:20])}")
    if unknown:
        parts.append(f"has the unknown columns {', '.join(repr(name) for name in unknown[:20])}")
    allowed = ", ".join((*task.feature_names[:40], task.label_columns[0], ROW_NAME))
    return f"The table '{filename}' {' and '.join(parts)}; its columns may be {allowed}."


def _errors(missing: Sequence[str], unknown: Sequence[str]) -> tuple[dict[str, str], ...]:
    return (
        *({"field": name, "message": "Column required"} for name in missing),
        *({"field": name, "message": "There is no such feature"} for name in unknown),
    )


def _row(number: int, cells: Sequence[str], columns: _Columns, *, decimal_comma: bool) -> CsvRow:
    def cell(place: int | None) -> str:
        return cells[place].strip() if place is not None and place < len(cells) else ""

    problems: dict[str, str] = {}
    values: list[float] = []
    if len(cells) > columns.width:
        problems["row"] = f"Has {len(cells)} cells below {columns.width} headings"
    for place, feature in columns.features:
        try:
            values.append(_number(cell(place), feature, decimal_comma=decimal_comma))
        except ValueError as exc:
            problems[feature.name] = str(exc)
    return CsvRow(
        line=number,
        name=cell(columns.name),
        label=cell(columns.label) or None,
        row=InvalidRow.of(problems) if problems else Row(tuple(values)),
    )


def _number(text: str, feature: Feature, *, decimal_comma: bool) -> float:
    if not text:
        raise ValueError("Field required")
    if decimal_comma and text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    # Python takes `1_000`, and digits of other scripts.
    if "_" in text or not text.isascii():
        raise ValueError("Must be a number")
    try:
        value = float(text)
    except ValueError:
        raise ValueError("Must be a number") from None
    return checked_number(value, feature)
