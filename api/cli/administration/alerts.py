"""`python -m api alerts`: what fires, whether messages arrive, and rules for Prometheus."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine

from api.cli.console import failure
from api.clock import now
from api.errors import AppError
from api.monitoring.alerting import signals
from api.monitoring.alerting.overview import AlertView, overview
from api.monitoring.alerting.prometheus import prometheus_rules
from api.monitoring.alerting.rules import AlertRule, load_rules
from api.monitoring.alerting.signals import Observed
from api.monitoring.sending.destinations import Destinations
from api.monitoring.sending.senders import senders_of
from api.monitoring.sending.texts import shown
from api.records.alerting.alerts import NO_TASK, AlertChangeKind
from api.records.alerting.events import Event, EventType
from api.records.alerting.outbox import Address
from api.records.database import open_database
from api.reports.markdown import table
from api.settings import Settings, from_environment

alerts = typer.Typer(help="See what fires, try the rules and the messages, write Prometheus rules.")


@alerts.callback(invoke_without_command=True)
def main(context: typer.Context) -> None:
    """A line for each alert, as the server last saw it. Exit code 1: one fires."""
    if context.invoked_subcommand is not None:
        return
    settings = from_environment()
    with _records(settings) as (database, rules):
        views = overview(database, rules, _tasks(settings), now())
    typer.echo(
        table(("alert", "task", "state", "value", "when", "silenced until"), map(_row, views))
    )
    if any(view.is_firing for view in views):
        raise typer.Exit(1)


@alerts.command()
def check() -> None:
    """Read the rules, and what each one's signal says now; nothing is stored or sent.

    Exit code 1: the rules are wrong, or a condition holds.
    """
    settings = from_environment()
    moment, rows = now(), []
    with _records(settings) as (database, rules):
        folders = (settings.state_dir, settings.models_dir, settings.retrain_dir)
        observed = Observed(database, folders, lambda: None)
        for rule in rules:
            for task in _tasks(settings) if rule.is_of_a_task else [NO_TASK]:
                value = signals.read(observed, rule.condition.signal, moment, task=task)
                holds = value is not None and rule.condition.holds(value)
                state = "holds" if holds else "ok"
                rows.append((rule.name, task, rule.when, shown(value, rule.unit), state))
    typer.echo(table(("alert", "task", "when", "value now", "condition"), rows))
    if any(row[-1] == "holds" for row in rows):
        raise typer.Exit(1)


@alerts.command("test-send")
def test_send() -> None:
    """Send a test message to every address now, past the outbox.

    Exit code 1: one did not arrive.
    """
    settings = from_environment()
    addresses = Destinations(webhooks=settings.webhooks, notify=settings.notify)
    found = addresses.all()
    if not found:
        typer.echo("There is nobody to send to; set ROENTGEN_NOTIFY or ROENTGEN_WEBHOOKS.")
        raise typer.Exit(1)
    senders = senders_of(addresses, secret=settings.webhook_secret)
    problems = 0
    for address in found:
        try:
            senders[address.kind](address.destination, _test_event().payload())
        except AppError as exc:
            problems += 1
            typer.secho(f"Error: {exc.message}", err=True, fg="red")
        else:
            typer.echo(f"{_named(address)}: arrived.")
    if problems:
        raise typer.Exit(1)


@alerts.command()
def prometheus(
    into: Annotated[
        Path | None, typer.Option(help="Write them to this file instead of the terminal.")
    ] = None,
) -> None:
    """Print the same rules as Prometheus has them."""
    try:
        text = prometheus_rules(load_rules(from_environment().alerts_file))
    except AppError as exc:
        raise failure(exc) from exc
    if into is None:
        typer.echo(text, nl=False)
    else:
        into.write_text(text, encoding="utf-8")


@contextmanager
def _records(settings: Settings) -> Iterator[tuple[Engine, tuple[AlertRule, ...]]]:
    """The records and the rules; what is wrong with them ends the command with a sentence."""
    try:
        rules = load_rules(settings.alerts_file)
        database = open_database(
            settings.records_url, timeout_s=settings.database_timeout_s, task=settings.task
        )
    except AppError as exc:
        raise failure(exc) from exc
    try:
        yield database, rules
    except AppError as exc:
        raise failure(exc) from exc
    finally:
        database.dispose()


def _tasks(settings: Settings) -> list[str]:
    """Those that the settings name, as the command knows nothing of what a server found."""
    return sorted({settings.task, *settings.tasks})


def _row(view: AlertView) -> tuple[str, ...]:
    value = view.record.value if view.record else None
    until = f"{view.silence.until:%Y-%m-%d %H:%M}" if view.silence else ""
    rule = view.rule
    return rule.name, view.task, view.status.value, shown(value, rule.unit), rule.when, until


def _named(address: Address) -> str:
    return f"{address.kind} {address.destination}"


def _test_event() -> Event:
    moment = now()
    data = {
        "alert": "test",
        "status": AlertChangeKind.FIRING,
        "severity": "info",
        "says": "This is a test",
        "do": "Nothing has to be done.",
        "when": "somebody asks for it",
        "value": 1.0,
        "shown": "1",
        "since": moment.isoformat(),
    }
    return Event(f"test-{uuid.uuid4().hex}", EventType.ALARM, "", moment, data)
