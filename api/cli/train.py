"""`python -m api train`."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import console, failure, progress_bar
from api.errors import AppError
from api.registry.store import Store, card_path
from api.reports.metric_tables import metric_tables
from api.settings import DEFAULT_TASK, from_environment
from api.tasks.task import Recipe, load_task
from api.tasks.task_settings import default_model_of


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
        Path | None,
        typer.Option(help="File to write. Default: where the task's model serves from."),
    ] = None,
    task: Annotated[str, typer.Option(help="Name of the task file.")] = DEFAULT_TASK,
    seed: Annotated[int, typer.Option(help="Makes split, order and augmentation repeatable.")] = 7,
    head_epochs: Annotated[
        int | None, typer.Option(min=0, help="Epochs of the first phase (frozen backbone).")
    ] = None,
    tail_epochs: Annotated[
        int | None, typer.Option(min=0, help="Epochs of the second phase (fine-tuning).")
    ] = None,
    allow_missing_classes: Annotated[
        bool,
        typer.Option(help="Train although a class has no films; a retraining can add it later."),
    ] = False,
    int8: Annotated[
        bool,
        typer.Option(help="Also make a form in int8; it serves if it proves to answer the same."),
    ] = True,
    version: Annotated[
        str | None, typer.Option(help="Name in the registry, like v3. Default: the next free one.")
    ] = None,
) -> None:
    """Train a checkpoint from folders of labelled films, and print how good it is."""
    # Here, not above: only training may import TensorFlow, and `--help` should be quick.
    from api.training.pipelines.train import TrainingRequest
    from api.training.pipelines.train import train as train_base

    settings = from_environment()
    try:
        chosen = load_task(task)
        target = output or default_model_of(settings, chosen)
        overrides = {"head_epochs": head_epochs, "tail_epochs": tail_epochs}
        recipe = chosen.training.model_copy(
            update={name: value for name, value in overrides.items() if value is not None}
        )
        store = Store(settings.models_dir / task, default_model_of(settings, chosen), task)
        request = TrainingRequest(
            task=chosen,
            recipe=recipe,
            folders=tuple(data),
            base_weights=weights,
            output=target,
            version=version or store.next_version(),
            seed=seed,
            command=_typed(
                data, weights, recipe, task=task, seed=seed, allow_missing=allow_missing_classes
            ),
            allow_missing=allow_missing_classes,
            int8=int8,
        )
        with progress_bar() as progress:
            bar = progress.add_task("decoding", total=None)
            card = train_base(
                request,
                say=console.print if console.is_terminal else partial(print, flush=True),
                on_decoded=lambda done, total: progress.update(bar, completed=done, total=total),
                on_step=lambda step: progress.update(
                    bar,
                    description=f"{step.phase} {step.epoch}/{step.epochs}",
                    completed=step.done,
                    total=step.total,
                ),
            )
    except AppError as exc:
        raise failure(exc) from exc
    console.print(f"\nWrote {target} and {card_path(target).name}: version {card.version}")
    typer.echo(metric_tables(card))


def _typed(
    data: list[Path],
    weights: Path | None,
    recipe: Recipe,
    *,
    task: str,
    seed: int,
    allow_missing: bool,
) -> str:
    """A command that trains the same again; folders by their last two names."""
    words = ["python -m api train"]
    words += [f"--data {'/'.join(folder.resolve().parts[-2:])}" for folder in data]
    words += [f"--weights {weights.name}"] if weights else []
    usual = load_task(task).training
    words += [f"--task {task}"] if task != DEFAULT_TASK else []
    for name in ("head_epochs", "tail_epochs"):
        if getattr(recipe, name) != getattr(usual, name):
            words.append(f"--{name.replace('_', '-')} {getattr(recipe, name)}")
    words += ["--allow-missing-classes"] if allow_missing else []
    return " ".join([*words, f"--seed {seed}"])
