"""What every command has in common."""

import getpass
import os

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from api.errors import AppError

console = Console()
# Beside the result, so that `--json > file` stays JSON and still shows how far it is.
progress_console = Console(stderr=True)


def progress_bar() -> Progress:
    """How far a command is, on a terminal; silent elsewhere."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=progress_console,
        disable=not progress_console.is_terminal,
    )


def actor() -> str:
    """Who uses the command line, for the audit log: `cli:` and the system's user."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):
        # A container's user may have a number and no name.
        return f"cli:{os.getuid()}"


def failure(exc: AppError, *, code: int = 1) -> typer.Exit:
    """Say why on the terminal; raise what this returns."""
    typer.secho(f"Error: {exc.message}", err=True, fg="red")
    return typer.Exit(code)
