"""`/alerts`: what needs somebody's attention, who was told, and quiet for a while."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from sqlalchemy import Engine

from api.clock import now
from api.monitoring.alerting.overview import AlertView, overview, silenceable, silenced
from api.monitoring.sending.texts import shown
from api.records.alerting import alerts, outbox
from api.records.alerting.alerts import Silence
from api.records.alerting.outbox import Address, AddressTotals, Message, MessageState
from api.served_tasks import ServedTasks
from api.serving.scheduling.work_pool import runs_in
from api.web.auditing import Action, Audited
from api.web.deps import S, Tasks
from api.web.problems import documented
from api.web.schemas.administration.alerts import (
    Alert,
    AlertChange,
    AlertHistory,
    AlertList,
    AlertSilence,
    MessageDestination,
    OutboxMessage,
    OutboxMessages,
    SilenceRequest,
)

router = APIRouter(prefix="/alerts", tags=["alerts"])

Name = Annotated[str, Path(max_length=60, description="Of the rule.")]
Limit = Annotated[int, Query(ge=1, le=500)]


@router.get("", responses=documented(503, 507))
@runs_in("operation")
def list_alerts(services: S, tasks: Tasks) -> AlertList:
    """Every alert of the server and of each task, those that fire first; where messages go."""
    database, shared = services.records.database, tasks.shared
    views = overview(database, shared.alert_rules, _names(tasks), now())
    return AlertList(
        alerts=[_alert(view) for view in views],
        destinations=_destinations(
            database, [*shared.destinations.all(), *shared.outgoing.addresses]
        ),
    )


@router.get("/history", responses=documented(422, 503, 507))
@runs_in("operation")
def alert_history(
    services: S,
    name: Annotated[str | None, Query(max_length=60, description="Of one rule only.")] = None,
    limit: Limit = 50,
    before: Annotated[int | None, Query(ge=1, description="Only lower numbers.")] = None,
) -> AlertHistory:
    """When alerts fired and were over, and who silenced them; the newest first."""
    found = alerts.history(services.records.database, name=name, limit=limit, before=before)
    return AlertHistory(
        changes=[
            AlertChange.model_validate(
                {"number": number, "task": change.task or None}
                | {field: getattr(change, field) for field in _CHANGE_FIELDS}
            )
            for number, change in found
        ]
    )


@router.get("/messages", responses=documented(422, 503, 507))
@runs_in("operation")
def list_messages(
    services: S,
    state: Annotated[MessageState | None, Query(description="Only such ones.")] = None,
    limit: Limit = 50,
) -> OutboxMessages:
    """Messages to other systems, with what became of them; the newest first."""
    found = outbox.newest(services.records.database, state=state, limit=limit)
    return OutboxMessages(messages=[_message(message) for message in found])


@router.post("/{name}/silence", responses=documented(403, 404, 422, 503, 507))
@runs_in("operation")
def silence(
    name: Name, asked: SilenceRequest, services: S, tasks: Tasks, audit: Audited
) -> AlertSilence:
    """Send no message about an alert until then; it is still evaluated and shown.

    One that still fires when the silence is over is told of then. A new silence takes the place
    of a former one.
    """
    key = silenceable(tasks.shared.alert_rules, name, asked.task, _names(tasks))
    made = silenced(
        key,
        until=asked.until,
        by=audit.actor,
        why=asked.why,
        moment=now(),
    )
    alerts.silence(services.records.database, made)
    audit.record(Action.SILENCE, name, after={"task": asked.task, "until": made.until.isoformat()})
    return _silence(made)


@router.delete("/{name}/silence", status_code=204, responses=documented(403, 404, 422, 503, 507))
@runs_in("operation")
def end_silence(
    name: Name,
    services: S,
    tasks: Tasks,
    audit: Audited,
    task: Annotated[
        str | None, Query(max_length=100, description="Of the silence; none: of every task.")
    ] = None,
) -> None:
    """Send messages about an alert again."""
    key = silenceable(tasks.shared.alert_rules, name, task, _names(tasks))
    alerts.unsilence(services.records.database, key, by=audit.actor, moment=now())
    audit.record(Action.SILENCE_END, name, before={"task": task})


_CHANGE_FIELDS = ("name", "kind", "at", "value", "severity", "by", "why", "until")


def _names(tasks: ServedTasks) -> list[str]:
    return [services.task.name for services in tasks]


def _alert(view: AlertView) -> Alert:
    rule, record = view.rule, view.record
    value = record.value if record else None
    return Alert(
        name=rule.name,
        task=view.task or None,
        status=view.status.value,
        since=record.since if record else None,
        severity=rule.severity,
        says=rule.says,
        do=rule.do,
        when=rule.when,
        clear=rule.clear,
        for_seconds=rule.holds_for.total_seconds(),
        value=value,
        unit=rule.unit,
        shown=shown(value, rule.unit),
        announced=record.announced if record else False,
        silence=_silence(view.silence) if view.silence else None,
        checked_at=record.checked_at if record else None,
    )


def _silence(found: Silence) -> AlertSilence:
    return AlertSilence(task=found.task or None, until=found.until, by=found.by, why=found.why)


def _destinations(database: Engine, configured: list[Address]) -> list[MessageDestination]:
    known = {total.address: total for total in outbox.totals(database)}
    empty = {a: AddressTotals(a, 0, 0, 0, None) for a in configured if a not in known}
    return [
        MessageDestination(
            kind=address.kind,
            name=address.destination,
            is_configured=address in configured,
            waiting=total.waiting,
            delivered=total.delivered,
            given_up=total.given_up,
            last_delivered_at=total.last_delivered_at,
            last_error=total.last_error,
        )
        for address, total in (known | empty).items()
    ]


def _message(message: Message) -> OutboxMessage:
    values: dict[str, Any] = {
        field: getattr(message, field) for field in OutboxMessage.model_fields if field != "type"
    }
    # Messages of other programs' kinds need not be of an event.
    return OutboxMessage(**values | {"type": str(message.payload.get("type", message.kind))})
