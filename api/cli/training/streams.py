"""`python -m api streams`."""

import typer

from api.cli.training.trained_model import TrainedFolders, TrainedWeights, remade
from api.reports.markdown import number, table


def streams(data: TrainedFolders, model: TrainedWeights = None) -> None:
    """Give a trained checkpoint the rule by which a shifted stream of films is noticed, anew."""
    # Here, not above: only training may import TensorFlow, and `--help` should be quick.
    from api.training.pipelines.sites.streams import add_shift_rule

    rule = remade(add_shift_rule, model, data)
    rows = [(each.test, str(each.window), number(each.threshold)) for each in rule.tests]
    typer.echo(table(("test", "films", "threshold"), rows))
    found = rule.found_within.items()
    found_rows = [
        (name, "not found" if images is None else f"{images:.0f}") for name, images in found
    ]
    typer.echo(table(("source, were it unknown", "found after films"), found_rows))
