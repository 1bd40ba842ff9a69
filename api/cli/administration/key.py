"""`python -m api key`: keys of machines."""

from datetime import datetime, timedelta
from typing import Annotated

import typer

from api.accounts.principal import LOCAL
from api.accounts.rights import Right
from api.cli.administration.accounts_here import SEEN_AFTER, accounts_here, noted
from api.records.accounts import keys
from api.reports.markdown import table

key = typer.Typer(no_args_is_help=True, help="Add, list and revoke keys of machines.")

Name = Annotated[str, typer.Argument(help="Small letters, digits and any of . _ - @.")]


@key.command()
def add(
    name: Name,
    right: Annotated[list[Right], typer.Option(help="What it may do; repeatedly for several.")],
    site: Annotated[
        str | None, typer.Option(help="Where its requests come from (`source`); no others.")
    ] = None,
    days: Annotated[
        float | None, typer.Option(min=0, help="How long it is good. Default: until revoked.")
    ] = None,
) -> None:
    """Add a key and print it, this once."""
    with accounts_here() as accounts:
        made, record = accounts.add_key(
            name,
            frozenset(right),
            by=LOCAL,
            site=site,
            lifetime=timedelta(days=days) if days else None,
        )
        noted(accounts, "key_add", record.name, {"rights": sorted(record.rights), "site": site})
        typer.echo(f"Key '{record.name}' may: {', '.join(record.rights)}.", err=True)
        typer.echo("It is not shown again; send it as `Authorization: Bearer …`:", err=True)
        typer.echo(made)


@key.command("list")
def list_keys() -> None:
    """List keys, without the keys themselves."""
    with accounts_here() as accounts:
        rows = [
            (
                each.name,
                ", ".join(each.rights),
                each.site or "",
                each.created_by,
                _day(each.expires_at, "never"),
                _day(each.last_used_at, "never"),
            )
            for each in keys.every(accounts.database)
        ]
    if not rows:
        typer.echo("There are no keys; `python -m api key add NAME --right predict` adds one.")
        return
    typer.echo(table(("name", "rights", "site", "by", "expires", "last used (UTC)"), rows))


@key.command()
def revoke(name: Name) -> None:
    """Revoke a key; it opens nothing any more."""
    with accounts_here() as accounts:
        accounts.revoke_key(name)
        noted(accounts, "key_revoke", name)
        typer.echo(f"Key '{name}' was revoked. {SEEN_AFTER}")


def _day(moment: datetime | None, otherwise: str) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else otherwise
