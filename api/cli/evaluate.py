"""`python -m api evaluate`: a model and labelled films, without a server."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import failure, progress_bar
from api.errors import AppError, InvalidCheckpoint
from api.model_card.card import read_card
from api.model_card.site_report import NO_GO, UNUSABLE
from api.registry.champion import Alias, champion_of
from api.registry.store import VERSION_PATTERN, Checkpoint, Store, card_path
from api.samples.open_collection import image_limits
from api.serving.backend import open_backend
from api.serving.compiled import Compiler
from api.serving.live import predictor_builder
from api.serving.predictor import decision_policy
from api.settings import Settings, from_environment
from api.tasks.task import load_task
from api.tasks.task_settings import settings_of


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
    from api.evaluation_runs.folder_evaluation import evaluate_folder
    from api.reports.site_page import site_page

    settings = from_environment()
    try:
        task = load_task(settings.task)
        settings = settings_of(settings, task)
        checkpoint = _chosen_checkpoint(model, settings)
        compiler = Compiler(settings.compiled_dir, settings.as_environment())
        # What serves is what has to be good here.
        with closing(open_backend(settings)) as backend, progress_bar() as progress:
            build = predictor_builder(compiler, backend.load, precision=settings.precision)
            bar = progress.add_task("reading films", total=None)
            report = evaluate_folder(
                build(checkpoint),
                data,
                task,
                limits=image_limits(settings),
                policy=decision_policy(settings, operating_point=operating_point),
                threads=settings.interpreters,
                progress=lambda done, total: progress.update(bar, completed=done, total=total),
            )
    except AppError as exc:
        unusable = isinstance(exc, InvalidCheckpoint)
        raise failure(exc, code=UNUSABLE if unusable else 1) from exc
    typer.echo(report.model_dump_json(indent=1) if as_json else site_page(report))
    if report.verdict == "no-go":
        raise typer.Exit(NO_GO)


def _chosen_checkpoint(model: str | None, settings: Settings) -> Checkpoint:
    """A version by name, a weights file by path, or the champion."""
    store = Store(settings.models_dir / settings.task, settings.default_model, settings.task)
    if model is None:
        return champion_of(store, Alias(store.folder))
    if VERSION_PATTERN.fullmatch(model):
        return store.get(model)
    return Checkpoint(weights=Path(model), card=read_card(card_path(Path(model))))
