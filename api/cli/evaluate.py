"""`python -m api evaluate`: a model and labelled films, without a server."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from api.cli.administration.champion_here import opened_alias
from api.cli.console import failure, progress_bar
from api.decision.decide import DecisionPolicy
from api.errors import AppError, InvalidCheckpoint
from api.kinds.kind import kind_of
from api.model_card.card import read_card
from api.model_card.row_report import RowReport
from api.model_card.sites.site_report import NO_GO, UNUSABLE, SiteReport
from api.registry.champion import Alias, champion_of
from api.registry.open_store import open_store
from api.registry.store import VERSION_PATTERN, Checkpoint, Store, card_path
from api.samples.open_collection import image_limits
from api.serving.backend import open_backend
from api.serving.compiled import Compiler
from api.serving.inference import Predictor
from api.serving.live import predictor_builder
from api.serving.predictor import ImagePredictor, decision_policy
from api.settings import Settings, from_environment
from api.tasks.task import Task, load_task
from api.tasks.task_settings import settings_of


def evaluate(
    data: Annotated[
        list[Path],
        typer.Option(
            help="Folder with class folders (some classes are enough; folders of coarse labels "
            "count too), or a CSV of a task of tables; may be given repeatedly."
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
    """Measure a checkpoint on your own films or rows, and say whether it may be used there.

    Exit code 0: go or caution; 3: no-go; 4: the checkpoint cannot be used; 1: the films cannot.
    """
    settings = from_environment()
    try:
        task = load_task(settings.task)
        settings = settings_of(settings, task)
        checkpoint = _chosen_checkpoint(model, settings)
        compiler = Compiler(settings.compiled_dir, settings.as_environment())
        # What serves is what has to be good here.
        with closing(open_backend(settings)) as backend:
            build = predictor_builder(compiler, backend.load, precision=settings.precision)
            policy = decision_policy(settings, operating_point=operating_point)
            measure = _on_images if kind_of(task.kind).has_pictures else _on_rows
            report, page = measure(build(checkpoint), data, task, settings, policy)
    except AppError as exc:
        unusable = isinstance(exc, InvalidCheckpoint)
        raise failure(exc, code=UNUSABLE if unusable else 1) from exc
    typer.echo(report.model_dump_json(indent=1) if as_json else page)
    if report.verdict == "no-go":
        raise typer.Exit(NO_GO)


# SciPy and scikit-learn take a second to load, which `--help` should not cost: so they are
# imported where something is measured.


def _on_images(
    engine: Predictor, data: list[Path], task: Task, settings: Settings, policy: DecisionPolicy
) -> tuple[SiteReport, str]:
    from api.evaluation_runs.folder_evaluation import evaluate_folder
    from api.reports.site_page import site_page

    with progress_bar() as progress:
        bar = progress.add_task("reading films", total=None)
        report = evaluate_folder(
            engine,
            data,
            task,
            limits=image_limits(settings),
            policy=policy,
            threads=settings.interpreters,
            progress=lambda done, total: progress.update(bar, completed=done, total=total),
        )
    return report, site_page(report)


def _on_rows(
    engine: Predictor, data: list[Path], task: Task, settings: Settings, policy: DecisionPolicy
) -> tuple[RowReport, str]:
    from api.evaluation_runs.row_evaluation import evaluate_rows
    from api.reports.site_page import rows_page

    predictor = ImagePredictor(engine, image_limits(settings), policy)
    report = evaluate_rows(predictor, data, task)
    return report, rows_page(report)


def _chosen_checkpoint(model: str | None, settings: Settings) -> Checkpoint:
    """A version by name, a weights file by path, or the champion."""
    store = open_store(settings, settings.task)
    if model is None:
        return _champion(store, settings)
    if VERSION_PATTERN.fullmatch(model):
        return store.get(model)
    return Checkpoint(weights=Path(model), card=read_card(card_path(Path(model))))


def _champion(store: Store, settings: Settings) -> Checkpoint:
    if not settings.champion_in_records:
        return champion_of(store, Alias(store.folder))
    with opened_alias(settings) as alias:
        return champion_of(store, alias)
