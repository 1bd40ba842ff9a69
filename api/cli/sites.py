"""`python -m api sites`: the site profiles of a task, and a way back."""

from typing import Annotated

import typer

from api.cli.console import actor, failure
from api.errors import AppError, NotFound, StorageFailed, StorageUnavailable
from api.records.audit_log import audit
from api.records.audit_log.audit import AuditEntry
from api.records.database import open_database
from api.registry.open_store import open_store
from api.registry.sites.site_files import SiteState
from api.registry.sites.site_profiles import SiteStore, sites_of
from api.settings import from_environment

sites = typer.Typer(no_args_is_help=True, help="See and undo the profiles of sites.")

Name = Annotated[str, typer.Argument(help="The site's name.")]


@sites.command(name="list")
def list_sites() -> None:
    """A line for each site that ever had a profile."""
    try:
        found = _store_as_known().states()
    except AppError as exc:
        raise failure(exc) from exc
    for state in found:
        typer.echo(_line(state))
    if not found:
        typer.echo("No site has a profile; POST /sites/{name} or the page Site check makes one.")


@sites.command()
def show(name: Name) -> None:
    """The profile that is applied, as JSON. Exit code 1: there is none."""
    try:
        state = _store_as_known().state(name)
        if state.profile is None:
            raise NotFound(_line(state))
    except AppError as exc:
        raise failure(exc) from exc
    typer.echo(state.profile.model_dump_json(indent=1))


@sites.command()
def remove(
    name: Name, reason: Annotated[str, typer.Option(help="Why; kept in the site's history.")] = ""
) -> None:
    """Undo the profile: the one before decides again, or the card. A running server follows."""
    try:
        state = _store().undo(name, by=actor(), reason=reason)
        _note(state)
    except AppError as exc:
        raise failure(exc) from exc
    typer.echo(_line(state))


def _note(state: SiteState) -> None:
    """The entry in the audit log."""
    settings = from_environment()
    database = open_database(
        settings.records_url, timeout_s=settings.database_timeout_s, task=settings.task
    )
    profile = state.profile.id if state.profile else None
    entry = AuditEntry(
        actor(), "profile_undo", state.name, after={"profile": profile}, task=settings.task
    )
    try:
        audit.append(database, entry)
    finally:
        database.dispose()


def _store() -> SiteStore:
    settings = from_environment()
    return sites_of(open_store(settings, settings.task))


def _store_as_known() -> SiteStore:
    """To look at: while a shared store is away, with what this machine last copied of it."""
    found = _store()
    try:
        found.refresh()
    except (StorageUnavailable, StorageFailed) as exc:
        found.check_known()
        typer.echo(f"What this machine last copied, as the store is away: {exc.message}", err=True)
    return found


def _line(state: SiteState) -> str:
    if state.problem:
        return f"{state.name}: {state.problem}"
    profile = state.profile
    if profile is None:
        return f"{state.name}: no profile; the model's card decides."
    return (
        f"{state.name}: {profile.id}, made with {profile.version} from {profile.fit.n} films on "
        f"{profile.created_at:%Y-%m-%d}"
    )
