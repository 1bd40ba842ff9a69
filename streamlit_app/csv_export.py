"""What people take away as files."""

from typing import TypeVar

import pandas as pd

Cell = TypeVar("Cell")

# A cell that begins with one of these is a formula to a spreadsheet, whoever named the film.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def as_csv(table: pd.DataFrame) -> bytes:
    """A table as CSV in UTF-8; no text in it is a formula."""
    return table.map(escape_formula).to_csv(index=False).encode()


def escape_formula(cell: Cell) -> Cell | str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell
