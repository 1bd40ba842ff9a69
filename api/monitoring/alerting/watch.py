"""Evaluates all alert rules, stores how they stand, and says once that one fires or is over."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from api.clock import now
from api.errors import AppError
from api.monitoring.alerting import signals
from api.monitoring.alerting.rules import AlertRule
from api.monitoring.alerting.signals import Observed
from api.monitoring.alerting.state import AlertState, AlertStatus, step
from api.monitoring.sending.delivery import Sender
from api.monitoring.sending.texts import shown
from api.records.alerting import alerts, events, outbox
from api.records.alerting.alerts import (
    NO_TASK,
    AlertChange,
    AlertChangeKind,
    AlertKey,
    AlertRecord,
    Silences,
)
from api.records.alerting.events import Event, EventType
from api.records.alerting.outbox import Address, AddressesOf
from api.records.database import writing

logger = logging.getLogger(__name__)

# Values that changed, but no state, are stored this often.
SAVE_EVERY = timedelta(minutes=1)


@dataclass(slots=True)
class DirectMessages:
    """What was sent past the outbox, because the records could not be written."""

    delivered: set[tuple[str, Address]] = field(default_factory=set)
    attempted: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Looked:
    """What one look came to: every alert as it is now, and what there is to tell."""

    records: Mapping[AlertKey, AlertRecord]
    changes: tuple[AlertChange, ...]
    news: tuple[Event, ...]


class AlertWatch:
    """The state machine of each rule, fed with its signal; one process at a time looks.

    States live in the records, so that a restart neither forgets a streak nor tells of it again.
    While the records cannot be written they live here, and what there is to tell is sent past the
    outbox: that the disk is full must not be what keeps this from being said.

    Args:
        tasks: names of those that are served now.
        addresses_of, senders: for messages while the records cannot be written.
    """

    def __init__(
        self,
        database: Engine,
        rules: Sequence[AlertRule],
        observed: Observed,
        tasks: Callable[[], Iterable[str]],
        *,
        addresses_of: AddressesOf = lambda _: (),
        senders: Mapping[str, Sender] | None = None,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._database, self._rules, self._observed = database, rules, observed
        self._tasks, self._clock = tasks, clock
        self._addresses_of, self._senders = addresses_of, senders or {}
        # As they are where the records could not take them; None: the records have them.
        self._unsaved: Looked | None = None
        self._direct = DirectMessages()
        self._last: Mapping[AlertKey, AlertRecord] = {}
        self._silences: Silences = {}
        self._saved_at: datetime | None = None

    def look(self) -> None:
        """Evaluate every rule. Raises: StoreBusy, StorageFailed where nothing could be stored."""
        moment = self._clock()
        problem: AppError | None = None
        try:
            before = self._before(moment)
        except AppError as exc:
            before, problem = self._last, exc
        found = self._looked(before, moment)
        self._last = found.records
        if problem is None:
            try:
                self._save(before, found, moment)
            except AppError as exc:
                problem = exc
        if problem is not None:
            self._unsaved = found
            self._send_directly(found.news)
            raise problem

    def _before(self, moment: datetime) -> Mapping[AlertKey, AlertRecord]:
        self._silences = alerts.silences(self._database, moment)
        return self._unsaved.records if self._unsaved else alerts.read_all(self._database)

    def _looked(self, before: Mapping[AlertKey, AlertRecord], moment: datetime) -> Looked:
        records: dict[AlertKey, AlertRecord] = {}
        waiting = self._unsaved or Looked({}, (), ())
        changes, news = list(waiting.changes), list(waiting.news)
        for rule in self._rules:
            for task in sorted(self._tasks()) if rule.is_of_a_task else [NO_TASK]:
                former = before.get(AlertKey(rule.name, task))
                record, change, event = self._evaluated(rule, task, former, moment)
                records[record.key] = record
                changes += [change] if change else []
                news += [event] if event else []
        return Looked(records, tuple(changes), tuple(news))

    def _evaluated(
        self, rule: AlertRule, task: str, former: AlertRecord | None, moment: datetime
    ) -> tuple[AlertRecord, AlertChange | None, Event | None]:
        value = signals.read(self._observed, rule.condition.signal, moment, task=task)
        state = step(rule, _state_of(former), value, moment)
        is_firing = state.status == AlertStatus.FIRING
        was_firing = former is not None and former.status == AlertStatus.FIRING
        key = AlertKey(rule.name, task)
        streak = former.streak if former and was_firing else _streak(key, moment)
        is_silent = alerts.silence_of(self._silences, key) is not None
        was_announced = former is not None and was_firing and former.announced
        event: Event | None = None
        if is_firing and not was_announced and not is_silent:
            event = _alarm(rule, task, state, f"{streak}-firing", AlertChangeKind.FIRING, moment)
        elif was_announced and not is_firing and rule.send_resolved:
            event = _alarm(
                rule, task, state, f"{streak}-resolved", AlertChangeKind.RESOLVED, moment
            )
        record = AlertRecord(
            name=rule.name,
            task=task,
            status=state.status,
            since=state.since,
            value=state.value,
            unknown_since=state.unknown_since,
            streak=streak if is_firing else None,
            announced=is_firing and (was_announced or event is not None),
            checked_at=moment,
        )
        return record, _change(rule, record, moment, was_firing=was_firing), event

    def _save(
        self, before: Mapping[AlertKey, AlertRecord], found: Looked, moment: datetime
    ) -> None:
        if self._unsaved is None and not self._is_worth_saving(before, found, moment):
            return
        with writing(self._database) as connection:
            alerts.save(connection, found.records.values(), found.changes)
            direct = [event for event in found.news if event.id in self._direct.attempted]
            events.add(connection, [event for event in found.news if event not in direct])
            events.add(connection, direct, dispatched=True)
            for event in direct:
                for address in self._addresses_of(event):
                    if (event.id, address) not in self._direct.delivered:
                        outbox.add(
                            connection,
                            address,
                            event_id=event.id,
                            payload=event.payload(),
                            moment=moment,
                        )
        for change in found.changes:
            logger.log(
                logging.WARNING if change.kind == AlertChangeKind.FIRING else logging.INFO,
                "alert %s name=%s task=%s value=%s",
                change.kind,
                change.name,
                change.task,
                change.value,
            )
        self._unsaved, self._direct, self._saved_at = None, DirectMessages(), moment

    def _is_worth_saving(
        self, before: Mapping[AlertKey, AlertRecord], found: Looked, moment: datetime
    ) -> bool:
        if self._saved_at is None or moment - self._saved_at >= SAVE_EVERY:
            return True
        return any(
            key not in before
            or before[key].status != record.status
            or before[key].announced != record.announced
            for key, record in found.records.items()
        )

    def _send_directly(self, news: Iterable[Event]) -> None:
        for event in news:
            self._direct.attempted.add(event.id)
            for address in self._addresses_of(event):
                if (event.id, address) in self._direct.delivered:
                    continue
                try:
                    self._senders[address.kind](address.destination, event.payload())
                except AppError as exc:
                    logger.warning("alarm not delivered event=%s reason=%r", event.id, exc.message)
                else:
                    self._direct.delivered.add((event.id, address))


def _state_of(record: AlertRecord | None) -> AlertState | None:
    if record is None:
        return None
    status = AlertStatus(record.status)
    return AlertState(status, record.since, record.value, record.unknown_since)


def _streak(key: AlertKey, moment: datetime) -> str:
    """One time of firing; what is sent of it is told apart by this."""
    of_task = f"-{key.task[:30]}" if key.task else ""
    return f"alert-{key.name}{of_task}-{moment:%Y%m%dT%H%M%S}"


def _change(
    rule: AlertRule, record: AlertRecord, moment: datetime, *, was_firing: bool
) -> AlertChange | None:
    is_firing = record.status == AlertStatus.FIRING
    if is_firing == was_firing:
        return None
    return AlertChange(
        rule.name,
        record.task,
        AlertChangeKind.FIRING if is_firing else AlertChangeKind.RESOLVED,
        moment,
        value=record.value,
        severity=rule.severity,
    )


def _alarm(
    rule: AlertRule,
    task: str,
    state: AlertState,
    event_id: str,
    status: AlertChangeKind,
    moment: datetime,
) -> Event:
    data: dict[str, Any] = {
        "alert": rule.name,
        "status": status,
        "severity": rule.severity,
        "says": rule.says,
        "do": rule.do,
        "when": rule.when,
        "value": state.value,
        "shown": shown(state.value, rule.unit),
        "since": state.since.isoformat(),
    }
    return Event(event_id, EventType.ALARM, task, moment, data)
