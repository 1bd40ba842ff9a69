"""Answers as a table that a spreadsheet opens: its columns, and how a cell is written."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

# A cell that begins with one of these is a formula to a spreadsheet, whoever named the film.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
DIGITS = 6

Cell = str | int | float | None


def columns(classes: Sequence[str]) -> tuple[str, ...]:
    """What stands at the head: one column a class holds its probability."""
    return (
        *("filename", "label", "confidence", "score", "decision", "causes", "reasons"),
        *classes,
        *("operating_point", "prevalence", "model_version", "id", "status", "error"),
        "possible_labels",
    )


def answered_row(filename: str, answer: Mapping[str, Any], classes: Sequence[str]) -> list[Cell]:
    """The cells of an answer as `POST /predict` gives it."""
    return [
        filename,
        answer["label"],
        _rounded(answer["confidence"]),
        _rounded(answer["score"]),
        answer["decision"],
        "; ".join(answer["causes"]),
        " ".join(answer["reasons"]),
        *(_rounded(answer["probabilities"].get(name)) for name in classes),
        answer["operating_point"],
        _rounded(answer["prevalence"]),
        answer.get("model_version"),
        answer.get("id"),
        200,
        None,
        "; ".join(answer.get("possible_labels") or ()),
    ]


def refused_row(
    filename: str, error: str, classes: Sequence[str], *, status: int | None = None
) -> list[Cell]:
    """The cells of a film without an answer, and why it has none."""
    empty: list[Cell] = [None] * (len(columns(classes)) - 4)
    return [filename, *empty, status, error, None]


def line(cells: Sequence[Cell]) -> str:
    """One line of a CSV file (RFC 4180), its end included; no cell is a formula."""
    written = io.StringIO(newline="")
    csv.writer(written).writerow([escape_formula(c) if isinstance(c, str) else c for c in cells])
    return written.getvalue()


def escape_formula(text: str) -> str:
    """The text, quoted where a spreadsheet would run it (OWASP: CSV injection)."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, DIGITS)
