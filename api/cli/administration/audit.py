"""`python -m api audit`: who changed what, and whether the log is as it was written."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine

from api.cli.console import failure
from api.errors import AppError, InvalidRequest
from api.records.audit_log import audit as log
from api.records.audit_log.audit_chain import Broken, ChainedEntry, ChainHead
from api.records.audit_log.audit_chain import verify as verify_chain
from api.records.database import open_database
from api.settings import from_environment

audit = typer.Typer(no_args_is_help=True, help="Export and verify the log of who changed what.")


@audit.command()
def export(
    output: Annotated[Path | None, typer.Option(help="File. Default: the terminal.")] = None,
    after: Annotated[int, typer.Option(help="Only entries after this number.")] = 0,
) -> None:
    """Write the log as JSON lines, oldest first."""
    try:
        with _records() as database:
            lines = (
                json.dumps(log.as_json(stored), ensure_ascii=False)
                for stored in log.each(database, after=after)
            )
            if output is None:
                for line in lines:
                    typer.echo(line)
                return
            with output.open("w", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in lines)
    except AppError as exc:
        raise failure(exc) from exc


@audit.command()
def verify(
    file: Annotated[
        Path | None, typer.Option(help="An exported log, whole. Default: the records.")
    ] = None,
    head: Annotated[
        str | None,
        typer.Option(help="NUMBER:HASH of an entry that was written down elsewhere."),
    ] = None,
) -> None:
    """Follow the chain from the first entry to the newest.

    Exit code 1, with the number of the first broken entry, where one was changed, removed or
    inserted, or where the end is missing.
    """
    try:
        trusted = _head(head)
        if file is not None:
            newest, broken = _verified_file(file, trusted)
        else:
            with _records() as database:
                newest, broken = log.head(database), log.check(database, trusted=trusted)
    except AppError as exc:
        raise failure(exc, code=2) from exc
    if broken is not None:
        typer.secho(f"Broken at entry {broken.number}: {broken.reason}.", err=True, fg="red")
        raise typer.Exit(1)
    typer.echo(f"{newest.number} entries, unbroken. Newest: {newest.number}:{newest.hash}")


@contextmanager
def _records() -> Iterator[Engine]:
    settings = from_environment()
    database = open_database(
        settings.records_url, timeout_s=settings.database_timeout_s, task=settings.task
    )
    try:
        yield database
    finally:
        database.dispose()


def _head(text: str | None) -> ChainHead | None:
    if text is None:
        return None
    number, _, digest = text.partition(":")
    if not number.isdecimal() or len(digest) != 64:
        raise InvalidRequest("Write --head as `verify` prints it: NUMBER:HASH.")
    return ChainHead(int(number), digest)


def _verified_file(file: Path, trusted: ChainHead | None) -> tuple[ChainHead, Broken | None]:
    """The newest entry of an exported log, and the first that is broken."""
    entries = list(_read(file))
    newest = ChainHead(entries[-1][0].number, entries[-1][1]) if entries else ChainHead()
    return newest, verify_chain(entries, head=newest, trusted=trusted)


def _read(file: Path) -> Iterator[tuple[ChainedEntry, str]]:
    try:
        with sys.stdin if str(file) == "-" else file.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                try:
                    yield log.from_json(json.loads(line))
                except (ValueError, KeyError, TypeError, AttributeError) as exc:
                    raise InvalidRequest(f"Line {number} of '{file.name}' is no entry.") from exc
    except OSError as exc:
        raise InvalidRequest(f"'{file}' cannot be read ({exc.strerror}).") from exc
