"""`python -m api streams`."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import failure
from api.errors import AppError
from api.reports.markdown import number, table
from api.settings import from_environment


def streams(
    data: Annotated[
        list[Path],
        typer.Option(help="Folder that the model was trained on; all of them, repeatedly."),
    ],
    model: Annotated[
        Path | None, typer.Option(help="Weights (.h5). Default: the default model's.")
    ] = None,
) -> None:
    """Give a trained checkpoint the rule by which a shifted stream of films is noticed, anew."""
    # Here, not above: only training may import TensorFlow, and `--help` should be quick.
    from api.training.pipelines.streams import add_shift_rule

    try:
        rule = add_shift_rule(model or from_environment().default_model, data)
    except AppError as exc:
        raise failure(exc) from exc
    rows = [(each.test, str(each.window), number(each.threshold)) for each in rule.tests]
    typer.echo(table(("test", "films", "threshold"), rows))
    found = rule.found_within.items()
    found_rows = [(name, "not found" if films is None else f"{films:.0f}") for name, films in found]
    typer.echo(table(("source, were it unknown", "found after films"), found_rows))
