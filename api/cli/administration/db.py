"""`python -m api db`: the schema of the records, and the keys that all who share them need."""

import typer

from api.cli.console import failure
from api.errors import AppError
from api.records.database import make_current, open_database, read_revision
from api.records.migrations.revisions import NEWEST, pending
from api.records.servers.shared_keys import accept_keys
from api.settings import from_environment
from api.tasks.task_files import load_task

db = typer.Typer(
    no_args_is_help=True,
    help="See and upgrade the schema of the records; accept this machine's keys.",
)


@db.command()
def upgrade() -> None:
    """Bring the records to the newest schema; a copy of the SQLite file is made before.

    The server, a retraining and `import` do the same when they open the records. What is current
    is left alone.
    """
    settings = from_environment()
    try:
        # Rows without a task get this one: a misspelt name must not.
        task = load_task(settings.task).name
        done = make_current(settings.records_url, timeout_s=settings.database_timeout_s, task=task)
    except AppError as exc:
        raise failure(exc) from exc
    if done is None:
        typer.echo(f"The records are at revision {NEWEST} already.")
    elif done.former is None:
        typer.echo(f"New records were made, at revision {NEWEST}.")
    else:
        typer.echo(f"The records were upgraded from revision {done.former} to {NEWEST}.")
        if done.backup:
            typer.echo(f"As they were: {done.backup}")


@db.command()
def status() -> None:
    """Say which schema the records have; nothing is changed.

    Exit code 1 if they have to be upgraded, or if a newer version wrote them; 2 if they cannot be
    read.
    """
    settings = from_environment()
    try:
        revision = read_revision(settings.records_url, timeout_s=settings.database_timeout_s)
    except AppError as exc:
        raise failure(exc, code=2) from exc
    try:
        missing = pending(revision)
    except AppError as exc:
        raise failure(exc) from exc
    if revision is None:
        typer.echo("There are no records yet; the first start makes them.")
    elif missing:
        typer.echo(
            f"The records are at revision {revision}, this version needs {NEWEST}: "
            "`python -m api db upgrade` upgrades them, and so does the next start of the server."
        )
        raise typer.Exit(1)
    else:
        typer.echo(f"The records are at revision {NEWEST}, the newest.")


@db.command("accept-keys")
def take_keys() -> None:
    """Take this machine's `patients.key` and `filenames.key` for those of all nodes.

    Only where the others' are lost: films of patients and file names from before are not
    recognised by another key. A key that this machine lacks is made when it is needed.
    """
    settings = from_environment()
    try:
        database = open_database(
            settings.records_url, timeout_s=settings.database_timeout_s, task=settings.task
        )
        try:
            accept_keys(database, settings.state_dir, node=settings.node_name)
        finally:
            database.dispose()
    except AppError as exc:
        raise failure(exc) from exc
    typer.echo("Films of patients and hashed file names from before are not recognised any more.")
