"""`python -m api shadow`: which version a server asks about live films beside the champion."""

from dataclasses import dataclass
from typing import Annotated

import typer
from sqlalchemy import Engine

from api.champions import open_alias
from api.cli.console import failure
from api.decision.agreement import agreement, kappa
from api.decision.shares import Proportion
from api.errors import AppError, Conflict
from api.records.database import open_database
from api.records.watching import shadows
from api.registry.champion import Alias, champion_of
from api.registry.open_store import open_store
from api.registry.store import Store
from api.reports.markdown import table
from api.settings import from_environment

BY = "command line"

shadow = typer.Typer(
    no_args_is_help=True, help="Let a version answer live films beside the champion, unheard."
)

Version = Annotated[str, typer.Argument(help="As `GET /models` lists them.")]


@shadow.command()
def start(version: Version) -> None:
    """Ask a version about each live film, after it was answered. A running server follows."""
    try:
        records = _open()
        records.store.get(version)
        if version == champion_of(records.store, records.alias).version:
            raise Conflict(f"Version '{version}' is the champion: it answers already.")
        running = shadows.active(records.database, task=records.task)
        if running is None or running.version != version:
            shadows.start(records.database, version, by=BY, task=records.task)
    except AppError as exc:
        raise failure(exc) from exc
    typer.echo(f"{version} runs in shadow; `python -m api shadow show {version}` compares it.")


@shadow.command()
def stop(version: Version) -> None:
    """Ask it no more; what it answered stays."""
    try:
        records = _open()
        if not shadows.stop(records.database, version, task=records.task):
            raise Conflict(f"Version '{version}' does not run in shadow.")
    except AppError as exc:
        raise failure(exc) from exc
    typer.echo(f"{version} no longer runs in shadow.")


@shadow.command()
def show(
    version: Version,
    limit: Annotated[int, typer.Option(min=0, help="Most disagreements that are listed.")] = 20,
) -> None:
    """How a version would have answered otherwise, the worst disagreements first."""
    try:
        records = _open()
        records.store.weights_of(version)
        found = shadows.comparison(records.database, version, task=records.task)
        record = shadows.get(records.database, version, task=records.task)
        differ = shadows.disagreements(records.database, version, task=records.task, limit=limit)
    except AppError as exc:
        raise failure(exc) from exc
    typer.echo(_summary(version, found, record))
    if found.decisions:
        pairs = [(*pair, str(n)) for pair, n in sorted(found.decisions.items())]
        typer.echo(table(("answered", version, "films"), pairs))
    if differ:
        rows = [
            (
                each.prediction_id,
                f"{each.answer.decision} {each.answer.score:.2f}",
                f"{each.shadow.decision} {each.shadow.score:.2f}",
            )
            for each in differ
        ]
        typer.echo(table(("prediction", "answered", version), rows))


def _summary(
    version: str, found: shadows.ShadowComparison, record: shadows.ShadowRecord | None
) -> str:
    if record is None:
        return f"{version} never ran in shadow."
    state = "runs in shadow" if record.stopped_at is None else "ran in shadow"
    counted = f"{record.dropped} films left out, {record.failed} failed"
    alike = agreement(found.decisions)
    if alike is None:
        return f"{version} {state}: no film yet ({counted})."
    n = sum(found.decisions.values())
    low, high = Proportion(round(alike * n), n).interval or (0.0, 1.0)
    beyond_chance = kappa(found.decisions)
    shown = "not defined" if beyond_chance is None else f"{beyond_chance:.2f}"
    return (
        f"{version} {state}: the same decision about {alike:.1%} of {n} films (95 % interval "
        f"{low:.1%} to {high:.1%}), kappa {shown}; {counted}."
    )


@dataclass(frozen=True, slots=True)
class _Opened:
    task: str
    store: Store
    alias: Alias
    database: Engine


def _open() -> _Opened:
    """Raises: StorageFailed, StoreBusy."""
    settings = from_environment()
    store = open_store(settings, settings.task)
    database = open_database(
        settings.records_url, timeout_s=settings.database_timeout_s, task=settings.task
    )
    alias = open_alias(settings, store.folder, database)
    return _Opened(settings.task, store, alias, database)
