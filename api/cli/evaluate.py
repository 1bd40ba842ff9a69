"""`python -m api evaluate`: a model and labelled films, without a server."""

from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.administration.champion_here import opened_alias
from api.cli.console import failure, progress_bar
from api.decision.decide import DecisionPolicy
from api.errors import AppError, InvalidCheckpoint, InvalidRequest
from api.kinds.by_name import kind_of
from api.model_card.card_file import read_card
from api.model_card.row_report import RowReport
from api.model_card.sites.site_profile import SiteCheckVerdict
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
from api.tasks.task import Task
from api.tasks.task_files import load_task
from api.tasks.task_settings import settings_of

if TYPE_CHECKING:
    from api.cli.bulk.evaluate_in_bulk import Connect


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
    cluster: Annotated[
        bool, typer.Option(help="Decide on the films on all nodes of a Ray cluster.")
    ] = False,
    cluster_address: Annotated[
        str, typer.Option(help="That cluster, as host:6379; auto: the one of this machine.")
    ] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    tell: Annotated[
        bool,
        typer.Option("--progress", help="Write each film's number on standard error, as 12/300."),
    ] = False,
) -> None:
    """Measure a checkpoint on your own films or rows, and say whether it may be used there.

    Exit code 0: go or caution; 3: no-go; 4: the checkpoint cannot be used; 1: the films cannot.
    """
    settings = from_environment()
    try:
        task = load_task(settings.task)
        settings = settings_of(settings, task)
        checkpoint = _chosen_checkpoint(model, settings)
        policy = decision_policy(settings, operating_point=operating_point)
        measure = (
            partial(on_cluster, connect=_ray_cluster(cluster_address))
            if cluster
            else partial(_here, tell=tell)
        )
        report, page = measure(checkpoint, data, task, settings, policy)
    except AppError as exc:
        unusable = isinstance(exc, InvalidCheckpoint)
        raise failure(exc, code=UNUSABLE if unusable else 1) from exc
    typer.echo(report.model_dump_json(indent=1) if as_json else page)
    if report.verdict == SiteCheckVerdict.NO_GO:
        raise typer.Exit(NO_GO)


def _here(
    checkpoint: Checkpoint,
    data: list[Path],
    task: Task,
    settings: Settings,
    policy: DecisionPolicy,
    *,
    tell: bool,
) -> tuple[SiteReport | RowReport, str]:
    compiler = Compiler(settings.compiled_dir, settings.as_environment())
    # What serves is what has to be good here.
    with closing(open_backend(settings)) as backend:
        build = predictor_builder(compiler, backend.load, precision=settings.precision)
        on_images = partial(_on_images, tell=tell)
        measure = on_images if kind_of(task.kind).has_pictures else _on_rows
        return measure(build(checkpoint), data, task, settings, policy)


def _ray_cluster(address: str) -> "Connect":
    from api.cli.bulk.evaluate_in_bulk import decide_part
    from api.cli.bulk.ray_cluster import ray_cluster

    return partial(ray_cluster, address, decide_part)


# SciPy and scikit-learn take a second to load, which `--help` should not cost: so they are
# imported where something is measured.


def _on_images(
    engine: Predictor,
    data: list[Path],
    task: Task,
    settings: Settings,
    policy: DecisionPolicy,
    *,
    tell: bool,
) -> tuple[SiteReport, str]:
    from api.evaluation_runs.folder_evaluation import evaluate_folder
    from api.reports.site_page import site_page

    with progress_bar() as progress:
        bar = progress.add_task("reading films", total=None)

        def read(done: int, total: int) -> None:
            progress.update(bar, completed=done, total=total)
            if tell:
                typer.echo(f"{done}/{total}", err=True)

        report = evaluate_folder(
            engine,
            data,
            task,
            limits=image_limits(settings),
            policy=policy,
            threads=settings.interpreters,
            progress=read,
        )
    return report, site_page(report)


def on_cluster(
    checkpoint: Checkpoint,
    data: list[Path],
    task: Task,
    settings: Settings,
    policy: DecisionPolicy,
    *,
    connect: "Connect",
) -> tuple[SiteReport | RowReport, str]:
    """The report on labelled films that the nodes of a cluster decide on, and its page.

    Raises: InvalidRequest, InvalidDataset, ClusterFailed, MissingPackage; KeyboardInterrupt.
    """
    from api.cli.bulk.answering import BulkQuestion, sent_settings
    from api.cli.bulk.evaluate_in_bulk import decide_in_bulk
    from api.evaluation_runs.folder_evaluation import report_on
    from api.inputs.discovery import find_images
    from api.reports.site_page import site_page

    card = checkpoint.card
    if not kind_of(task.kind).has_pictures:
        raise InvalidRequest("--cluster is for tasks of images; rows are measured here in seconds.")
    kind_of(card.input_kind).check_policy(card, policy)
    found = find_images(tuple(data), task)
    question = BulkQuestion(
        # As without a cluster: at the card's own prevalence.
        settings=sent_settings(settings.model_copy(update={"prevalence": None})),
        weights=str(checkpoint.weights.resolve()),
        weights_sha256=card.weights_sha256,
        operating_point=policy.operating_point,
        prevalence=None,
        base=str(Path.cwd()),
    )
    with progress_bar() as progress:
        bar = progress.add_task("reading films", total=None)
        decided = decide_in_bulk(
            found.images,
            question,
            connect,
            progress=lambda done, total: progress.update(bar, completed=done, total=total),
        )
    report = report_on(found, *decided, card=card, task=task, policy=policy)
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
