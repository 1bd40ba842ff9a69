"""`python -m api`: the command line."""

import typer

from api.cli.cards import card
from api.cli.environment import settings
from api.cli.evaluating import evaluate
from api.cli.importing import import_films
from api.cli.predicting import predict
from api.cli.reducing import reduce
from api.cli.training import train

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Train, inspect and try models.")


@app.callback()
def main() -> None:
    """Roentgen's command line."""


for command in (train, reduce, card, predict, evaluate, settings):
    app.command()(command)
app.command("import")(import_films)
