"""`python -m api reduce`."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import failure
from api.errors import AppError
from api.reports.markdown import number, table
from api.settings import from_environment


def reduce(
    data: Annotated[
        list[Path],
        typer.Option(help="Folder that the model was trained on; all of them, repeatedly."),
    ],
    model: Annotated[
        Path | None, typer.Option(help="Weights (.h5). Default: the default model's.")
    ] = None,
) -> None:
    """Make the int8 form of a trained checkpoint anew, and print what it was held against."""
    # Here, not above: only training may import TensorFlow, and `--help` should be quick.
    from api.training.pipelines.requantize import requantize

    try:
        record = requantize(model or from_environment().default_model, data)
    except AppError as exc:
        raise failure(exc) from exc
    rows = [(f.name, number(f.fp32), number(f.int8), number(f.bound)) for f in record.figures]
    typer.echo(table(("figure", "fp32", "int8", "bound"), rows))
    typer.echo("\n".join(record.objections) or "It meets all bounds and serves.")
