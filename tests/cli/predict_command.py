"""`python -m api predict`, and the table it writes."""

import csv
from pathlib import Path

from typer.testing import CliRunner, Result

from api.cli import app

runner = CliRunner()


def predict(*arguments: str | float | Path) -> Result:
    return runner.invoke(app, ["predict", *map(str, arguments)])


def rows(table: Path) -> list[dict[str, str]]:
    with table.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
