"""The answers of a worklist as the table that `POST /predict/batch` gives as CSV."""

import csv
import io
from collections.abc import Iterable, Sequence

from csv_export import escape_formula
from worklist.rows import Row

DIGITS = 6
ANSWERED = 200

Cell = str | int | float | None


def as_csv(rows: Iterable[Row], classes: Sequence[str]) -> bytes:
    """One line a film (RFC 4180, UTF-8), a column a class; no cell is a formula."""
    heading = (
        *("filename", "label", "confidence", "score", "decision", "causes", "reasons"),
        *classes,
        *("operating_point", "prevalence", "model_version", "id", "status", "error"),
        "possible_labels",
    )
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(heading)
    writer.writerows([escape_formula(cell) for cell in _cells(row, classes)] for row in rows)
    return text.getvalue().encode()


def _cells(row: Row, classes: Sequence[str]) -> list[Cell]:
    answer = row.answer
    if answer is None:
        return [row.image.name, *[None] * (len(classes) + 10), row.status, row.error, None]
    return [
        row.image.name,
        answer["label"],
        _rounded(answer["confidence"]),
        _rounded(answer["score"]),
        answer["decision"],
        "; ".join(answer["causes"]),
        " ".join(answer["reasons"]),
        *(_rounded(answer["probabilities"].get(name)) for name in classes),
        answer["operating_point"],
        _rounded(answer["prevalence"]),
        answer["model_version"],
        answer["id"],
        ANSWERED,
        None,
        "; ".join(answer["possible_labels"] or ()),
    ]


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, DIGITS)
