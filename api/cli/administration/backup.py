"""`python -m api backup` and `restore`."""

import os
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine

from api.cli.console import actor, failure
from api.errors import AppError
from api.privacy.backup.create import create
from api.privacy.backup.restore import header_of
from api.privacy.backup.restore import restore as put_back
from api.records.audit_log import audit
from api.records.audit_log.audit import AuditEntry
from api.records.database import open_database
from api.settings import Settings, from_environment

PASSPHRASE = "ROENTGEN_BACKUP_PASSPHRASE"


def backup(
    file: Annotated[Path, typer.Argument(help="Where the backup goes; nothing may be there.")],
    encrypt: Annotated[
        bool,
        typer.Option("--encrypt", help=f"With a passphrase: {PASSPHRASE}, or asked for."),
    ] = False,
) -> None:
    """Back up records, checkpoints and training films into one file, while a server runs."""
    settings = from_environment()
    passphrase = _passphrase(confirm=True) if encrypt else None
    try:
        _note(settings, "backup", file.name)
        made = create(settings, file, passphrase=passphrase)
    except AppError as exc:
        raise failure(exc) from exc
    typer.echo(f"{made.files} files, {made.size_bytes / 1e6:.1f} MB: {file}")
    if made.missing:
        typer.echo(
            f"{len(made.missing)} training films have no file: {made.missing[0]} …", err=True
        )


def restore(
    file: Annotated[Path, typer.Argument(help="A backup.")],
    force: Annotated[
        bool, typer.Option("--force", help="Set aside what is here and is not the backup's.")
    ] = False,
) -> None:
    """Put a backup back into an empty installation, once all of it was read and checked.

    Stop the server before. A file that is cut short or altered changes nothing.
    """
    settings = from_environment()
    try:
        passphrase = _passphrase(confirm=False) if header_of(file).is_encrypted else None
        done = put_back(settings, file, passphrase=passphrase, force=force)
        _note(settings, "restore", done.created_at)
    except AppError as exc:
        raise failure(exc) from exc
    typer.echo(f"{done.files} files as of {done.created_at[:19]} UTC.")
    for folder in done.set_aside:
        typer.echo(f"What was there before: {folder}")


def _passphrase(*, confirm: bool) -> str:
    given = os.environ.get(PASSPHRASE)
    return given or str(typer.prompt("Passphrase", hide_input=True, confirmation_prompt=confirm))


def _note(settings: Settings, action: str, about: str) -> None:
    database: Engine = open_database(
        settings.records_url, timeout_s=settings.database_timeout_s, task=settings.task
    )
    try:
        audit.append(database, AuditEntry(actor(), action, about))
    finally:
        database.dispose()
