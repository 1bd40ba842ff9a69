"""`python -m api`: the command line."""

import json
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from api.documents import replace_section
from api.errors import AppError, InvalidCheckpoint
from api.files import write_atomic
from api.registry.card import Card, read_card
from api.registry.champion import Alias, champion_of
from api.registry.figures import figures
from api.registry.markdown import table
from api.registry.pictures import curves_svg
from api.registry.report import model_page
from api.registry.site import NO_GO, UNUSABLE
from api.registry.store import VERSION_PATTERN, Checkpoint, Store, card_path
from api.serving.compiled import Compiler
from api.serving.live import engine_builder
from api.serving.predict import answer, film_limits, standing_policy
from api.settings import PREFIX, ROOT, Settings, from_environment
from api.tasks.task import Recipe, load_task

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Train, inspect and try models.")
console = Console()
# Beside the result, so that `--json > file` stays JSON and still shows how far it is.
progress_console = Console(stderr=True)


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

    settings = from_environment()
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
            command=_typed(data, weights, task=task, recipe=recipe, seed=seed),
        )
        with _progress() as progress:
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
        raise _failure(exc) from exc
    console.print(f"\nWrote {target} and {card_path(target).name}: version {card.version}")
    typer.echo(figures(card))


@app.command()
def card(
    model: Annotated[
        Path | None, typer.Option(help="Weights file whose card to show. Default: the default.")
    ] = None,
    output: Annotated[Path | None, typer.Option(help="Write the page to this file.")] = None,
    into: Annotated[
        Path | None,
        typer.Option(help="Put the figures alone between <!-- figures --> marks of this file."),
    ] = None,
) -> None:
    """Render a checkpoint's card as a Markdown page."""
    try:
        described = read_card(card_path(model or from_environment().default_model))
        if into:
            replace_section(into, "figures", figures(described))
        elif output:
            write_page(output, described)
        else:
            typer.echo(model_page(described))
    except AppError as exc:
        raise _failure(exc) from exc


def write_page(output: Path, described: Card) -> None:
    """Write a card's page, and its curves as a picture beside it. Raises: StorageFailed."""
    drawn, picture = curves_svg(described), output.with_suffix(".svg")
    if drawn:
        write_atomic(picture, drawn.encode())
    page = model_page(described, picture=picture.name if drawn else None)
    write_atomic(output, page.encode())


@app.command()
def predict(
    films: Annotated[list[Path], typer.Argument(help="Image files.")],
    model: Annotated[
        Path | None, typer.Option(help="Weights file to ask. Default: the default model.")
    ] = None,
    operating_point: Annotated[
        str | None, typer.Option(help="Cut to decide at. Default: the setting's, balanced.")
    ] = None,
    prevalence: Annotated[
        float | None,
        typer.Option(min=0.001, max=0.999, help="Expected share of films with a finding."),
    ] = None,
) -> None:
    """Classify films without a server; one line of JSON each, and exit code 1 if one failed."""
    settings = from_environment()
    policy = standing_policy(settings, operating_point=operating_point, prevalence=prevalence)
    try:
        checkpoint = _checkpoint_of(model or settings.default_model)
        compiler = Compiler(settings.compiled_dir, settings.as_environment())
        engine = engine_builder(compiler, interpreters=1)(checkpoint)
    except AppError as exc:
        raise _failure(exc) from exc
    failed = False
    for film in films:
        try:
            given = answer(engine, film.read_bytes(), limits=film_limits(settings), policy=policy)
            typer.echo(json.dumps({"filename": str(film), **asdict(given.decision)}))
        except (AppError, OSError) as exc:
            failed = True
            typer.echo(json.dumps({"filename": str(film), "error": str(exc)}))
    if failed:
        raise typer.Exit(1)


@app.command()
def evaluate(
    data: Annotated[
        list[Path],
        typer.Option(
            help="Folder with class folders (some classes are enough; NORMAL and PNEUMONIA too); "
            "may be given repeatedly."
        ),
    ],
    model: Annotated[
        str | None,
        typer.Option(help="Version (v3) or weights file. Default: the champion."),
    ] = None,
    operating_point: Annotated[
        str | None, typer.Option(help="Cut to decide at. Default: the setting's, balanced.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Measure a checkpoint on your own films, and say whether it may be used there.

    Exit code 0: go or caution; 3: no-go; 4: the checkpoint cannot be used; 1: the films cannot.
    """
    # SciPy and scikit-learn take a second to load, which `--help` should not cost.
    from api.evaluation.page import site_page
    from api.survey import survey

    settings = from_environment()
    try:
        task = load_task(settings.task)
        checkpoint = _wanted_checkpoint(model, settings)
        compiler = Compiler(settings.compiled_dir, settings.as_environment())
        engine = engine_builder(compiler, interpreters=settings.interpreters)(checkpoint)
        with _progress() as progress:
            bar = progress.add_task("reading films", total=None)
            report = survey(
                engine,
                data,
                task,
                limits=film_limits(settings),
                policy=standing_policy(settings, operating_point=operating_point),
                threads=settings.interpreters,
                progress=lambda done, total: progress.update(bar, completed=done, total=total),
            )
    except AppError as exc:
        unusable = isinstance(exc, InvalidCheckpoint)
        raise _failure(exc, code=UNUSABLE if unusable else 1) from exc
    typer.echo(report.model_dump_json(indent=1) if as_json else site_page(report))
    if report.verdict == "no-go":
        raise typer.Exit(NO_GO)


@app.command()
def settings(
    into: Annotated[
        Path | None,
        typer.Option(help="Put the table between <!-- settings --> marks of this file."),
    ] = None,
) -> None:
    """List every setting with its default and what it does."""
    if not into:
        typer.echo(settings_table())
        return
    try:
        replace_section(into, "settings", settings_table())
    except AppError as exc:
        raise _failure(exc) from exc


def settings_table() -> str:
    """All settings as a Markdown table."""
    rows = []
    for name, field in Settings.model_fields.items():
        default = field.default
        if isinstance(default, Path):
            default = default.relative_to(ROOT)
        shown = f"`{default}`" if default not in ("", ()) else "none"
        rows.append((f"`{PREFIX}{name.upper()}`", shown, field.description or ""))
    return table(("setting", "default", "what it does"), rows)


def _checkpoint_of(weights: Path) -> Checkpoint:
    return Checkpoint(weights=weights, card=read_card(card_path(weights)))


def _typed(data: list[Path], weights: Path | None, *, task: str, recipe: Recipe, seed: int) -> str:
    """A command that trains the same again; folders by their last two names."""
    words = ["python -m api train"]
    words += [f"--data {'/'.join(folder.resolve().parts[-2:])}" for folder in data]
    words += [f"--weights {weights.name}"] if weights else []
    usual = load_task(task).training
    words += [f"--task {task}"] if task != "pneumonia" else []
    for name in ("head_epochs", "tail_epochs"):
        if getattr(recipe, name) != getattr(usual, name):
            words.append(f"--{name.replace('_', '-')} {getattr(recipe, name)}")
    return " ".join([*words, f"--seed {seed}"])


def _wanted_checkpoint(model: str | None, settings: Settings) -> Checkpoint:
    """A version by name, a weights file by path, or the champion."""
    store = Store(settings.models_dir / settings.task, settings.default_model, settings.task)
    if model is None:
        return champion_of(store, Alias(store.folder))
    if VERSION_PATTERN.fullmatch(model):
        return store.get(model)
    return _checkpoint_of(Path(model))


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=progress_console,
        disable=not progress_console.is_terminal,
    )


def _failure(exc: AppError, *, code: int = 1) -> typer.Exit:
    typer.secho(f"Error: {exc.message}", err=True, fg="red")
    return typer.Exit(code)
