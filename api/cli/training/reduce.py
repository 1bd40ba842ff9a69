"""`python -m api reduce`."""

import typer

from api.cli.training.trained_model import TrainedFolders, TrainedWeights, remade
from api.reports.markdown import number, table


def reduce(data: TrainedFolders, model: TrainedWeights = None) -> None:
    """Make the int8 form of a trained checkpoint anew, and print what it was held against."""
    # Here, not above: only training may import TensorFlow, and `--help` should be quick.
    from api.training.pipelines.requantize import requantize

    record = remade(requantize, model, data)
    rows = [(f.name, number(f.fp32), number(f.int8), number(f.bound)) for f in record.figures]
    typer.echo(table(("figure", "fp32", "int8", "bound"), rows))
    typer.echo("\n".join(record.objections) or "It meets all bounds and serves.")
