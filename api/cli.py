"""`python -m api`: the command line."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from api.errors import AppError
from api.registry.card import Card, read_card
from api.registry.report import figures, model_page
from api.registry.store import Store, card_path
from api.settings import Settings
from api.tasks.task import load_task

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Train, inspect and try models.")
console = Console()


@app.callback()
def main() -> None:
    """Roentgen's command line."""


@app.command()
def train(
    data: Annotated[
        list[Path],
        typer.Option(help="Folder with one folder of films per class; may be given repeatedly."),
    ],
    weights: Annotated[
        Path | None,
        typer.Option(help="Backbone weights (.h5, no top). Default: Keras downloads ImageNet's."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="File to write. Default: the default model's.")
    ] = None,
    task: Annotated[str, typer.Option(help="Name of the task file.")] = "pneumonia",
    seed: Annotated[int, typer.Option(help="Makes split, order and augmentation repeatable.")] = 7,
    head_epochs: Annotated[
        int | None, typer.Option(min=0, help="Epochs of the first phase (frozen backbone).")
    ] = None,
    tail_epochs: Annotated[
        int | None, typer.Option(min=0, help="Epochs of the second phase (fine-tuning).")
    ] = None,
    version: Annotated[
        str | None, typer.Option(help="Name in the registry, like v3. Default: the next free one.")
    ] = None,
) -> None:
    """Train a checkpoint from folders of labelled films, and print how good it is."""
    # Here, not above: only training may import TensorFlow, and `--help` should be quick.
    from api.training.base import Request
    from api.training.base import train as train_base

    settings = Settings()
    target = output or settings.default_model
    try:
        chosen = load_task(task)
        overrides = {"head_epochs": head_epochs, "tail_epochs": tail_epochs}
        recipe = chosen.training.model_copy(
            update={name: value for name, value in overrides.items() if value is not None}
        )
        store = Store(settings.models_dir / task, settings.default_model, task)
        request = Request(
            task=chosen,
            recipe=recipe,
            folders=tuple(data),
            base_weights=weights,
            output=target,
            version=version or store.next_version(),
            seed=seed,
        )
        with _progress() as progress:
            bar = progress.add_task("decoding", total=None)
            card = train_base(
                request,
                say=console.print if console.is_terminal else print,
                on_decoded=lambda done, total: progress.update(bar, completed=done, total=total),
                on_step=lambda step: progress.update(
                    bar,
                    description=f"{step.phase} {step.epoch}/{step.epochs}",
                    completed=step.done,
                    total=step.total,
                ),
            )
    except AppError as exc:
        raise _failure(exc) from exc
    console.print(f"\nWrote {target} and {card_path(target).name}: version {card.version}")
    typer.echo(figures(card))


@app.command()
def card(
    model: Annotated[
        Path | None, typer.Option(help="Weights file whose card to show. Default: the default.")
    ] = None,
    output: Annotated[Path | None, typer.Option(help="Write there instead of printing.")] = None,
) -> None:
    """Render a checkpoint's card as a Markdown page."""
    try:
        page = model_page(_card_of(model))
    except AppError as exc:
        raise _failure(exc) from exc
    if output:
        output.write_text(page, encoding="utf-8")
    else:
        typer.echo(page)


def _card_of(model: Path | None) -> Card:
    return read_card(card_path(model or Settings().default_model))


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )


def _failure(exc: AppError) -> typer.Exit:
    typer.secho(f"Error: {exc.message}", err=True, fg="red")
    return typer.Exit(1)
