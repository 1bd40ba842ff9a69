"""`python -m api train`."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from api.cli.console import console, failure, progress_bar
from api.errors import AppError, InvalidDataset
from api.kinds.by_name import kind_of
from api.model_card.task_sections import load_whole_task
from api.registry.open_store import open_store
from api.registry.store import card_path
from api.settings import DEFAULT_TASK, from_environment
from api.tasks.recipe import Recipe
from api.tasks.task import Task
from api.tasks.task_files import load_task
from api.tasks.task_settings import default_model_of


def train(
    data: Annotated[
        list[Path],
        typer.Option(
            help="Folder with one folder of films per class; of a task of tables a CSV file. May "
            "be given repeatedly."
        ),
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
    from api.training.pipelines.kinds import training_of
    from api.training.pipelines.train import TrainingRequest

    settings = from_environment()
    try:
        chosen = load_whole_task(task)
        target = output or default_model_of(settings, chosen)
        recipe = _recipe(chosen, {"head_epochs": head_epochs, "tail_epochs": tail_epochs})
        store = open_store(settings, task, default_model=default_model_of(settings, chosen))
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
            card = training_of(chosen.kind).train(
                request,
                log=console.print if console.is_terminal else partial(print, flush=True),
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
    typer.echo(kind_of(card.input_kind).metrics_text(card))


def _recipe(task: Task, overrides: dict[str, int | None]) -> Recipe:
    """The task's, but for what was typed. Raises: InvalidDataset if the task has no such phase."""
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return type(task.training).model_validate(task.training.model_dump() | given)
    except ValidationError as exc:
        names = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        raise InvalidDataset(
            f"The task '{task.name}' is not trained in phases: leave {names} away, and set the "
            "epochs in its task file."
        ) from exc


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
