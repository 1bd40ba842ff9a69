"""`python -m api`: the command line."""

import typer

from api.cli.commands import CommandGroup

app = typer.Typer(
    cls=CommandGroup,
    no_args_is_help=True,
    add_completion=False,
    help="Train, inspect and try models.",
)


@app.callback()
def main() -> None:
    """Roentgen's command line."""
