"""`python -m api user`: who may log in."""

from typing import Annotated

import typer

from api.accounts.rights import Role
from api.cli.administration.accounts_here import SEEN_AFTER, accounts_here, asked_password, noted
from api.records.accounts import users
from api.reports.markdown import table

user = typer.Typer(no_args_is_help=True, help="Add, list, change and remove users.")

Name = Annotated[str, typer.Argument(help="Small letters, digits and any of . _ - @.")]


@user.command()
def add(
    name: Name,
    role: Annotated[Role, typer.Option(help="What they may do: see docs/protect/security.md.")],
) -> None:
    """Add a user; the password is asked for, or read from standard input."""
    with accounts_here() as accounts:
        added = accounts.add_user(name, role, asked_password())
        noted(accounts, "user_add", added.name, added.role)
        typer.echo(f"User '{added.name}' was added with the role '{added.role}'.")


@user.command("list")
def list_users() -> None:
    """List users with their roles and open sessions."""
    with accounts_here() as accounts:
        counts = accounts.open_sessions()
        rows = [
            (
                each.name,
                each.role,
                f"{each.created_at:%Y-%m-%d}",
                f"{each.last_login_at:%Y-%m-%d %H:%M}" if each.last_login_at else "never",
                str(counts.get(each.name, 0)),
            )
            for each in users.every(accounts.database)
        ]
    if not rows:
        typer.echo("There are no users; `python -m api user add NAME --role admin` adds one.")
        return
    typer.echo(table(("name", "role", "since", "last log-in (UTC)", "sessions"), rows))


@user.command()
def set_role(name: Name, role: Annotated[Role, typer.Argument(help="The new role.")]) -> None:
    """Give a user another role."""
    with accounts_here() as accounts:
        accounts.change_user(name, role=role)
        noted(accounts, "user_change", name, {"role": role})
        typer.echo(f"User '{name}' has the role '{role}'. {SEEN_AFTER}")


@user.command()
def password(name: Name) -> None:
    """Give a user a new password, asked for as in `add`; all their sessions end."""
    with accounts_here() as accounts:
        users.get(accounts.database, name)
        accounts.change_user(name, password=asked_password())
        noted(accounts, "user_change", name, {"new_password": True})
        typer.echo(f"User '{name}' has a new password, and no open session. {SEEN_AFTER}")


@user.command()
def remove(name: Name) -> None:
    """Remove a user; what they did stays in the records."""
    with accounts_here() as accounts:
        accounts.remove_user(name)
        noted(accounts, "user_remove", name)
        typer.echo(f"User '{name}' was removed. {SEEN_AFTER}")
