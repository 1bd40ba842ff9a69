"""Users and keys of this machine's records, for commands."""

import contextlib
import sys
from collections.abc import Iterator

import typer

from api.accounts.accounts import Accounts
from api.cli.console import actor, failure
from api.errors import AppError
from api.open_services import open_accounts
from api.records.audit_log import audit
from api.records.audit_log.audit import AuditEntry
from api.records.database import open_database
from api.settings import from_environment

SEEN_AFTER = "Servers that run know within five seconds."


@contextlib.contextmanager
def accounts_here() -> Iterator[Accounts]:
    """Those of the settings' records. Raises: typer.Exit after a sentence, where they refuse."""
    settings = from_environment()
    try:
        database = open_database(
            settings.records_url, timeout_s=settings.database_timeout_s, task=settings.task
        )
        try:
            yield open_accounts(settings, database)
        finally:
            database.dispose()
    except AppError as exc:
        raise failure(exc) from exc


def noted(accounts: Accounts, action: str, name: str, after: object = None) -> None:
    """Write a change into the audit log. Raises: StoreBusy, StorageFailed."""
    audit.append(accounts.database, AuditEntry(actor(), action, name, after=after))


def asked_password() -> str:
    """A password, twice at a terminal, else the first line of standard input; never an option,
    which other users of the machine could see."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")
