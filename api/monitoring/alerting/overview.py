"""Every alert with its rule, its state and its silence, as people are shown it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine

from api.errors import InvalidRequest, NotFound
from api.monitoring.alerting.rules import AlertRule
from api.monitoring.alerting.state import AlertStatus
from api.records.alerting import alerts
from api.records.alerting.alerts import NO_TASK, AlertKey, AlertRecord, Silence

LONGEST_SILENCE = timedelta(days=30)
_ORDER = {AlertStatus.FIRING: 0, AlertStatus.PENDING: 1, AlertStatus.OK: 2}
_SEVERITIES = ("critical", "warning", "info")


@dataclass(frozen=True, slots=True)
class AlertView:
    """A rule for one task, or for the server. `record`: None before the first look."""

    rule: AlertRule
    task: str
    record: AlertRecord | None
    silence: Silence | None

    @property
    def status(self) -> AlertStatus:
        return AlertStatus(self.record.status) if self.record else AlertStatus.OK

    @property
    def is_firing(self) -> bool:
        return self.status == AlertStatus.FIRING


def overview(
    database: Engine, rules: Sequence[AlertRule], tasks: Iterable[str], moment: datetime
) -> list[AlertView]:
    """Those that fire first, by severity. Raises: StoreBusy, StorageFailed."""
    records, silences = alerts.read_all(database), alerts.silences(database, moment)
    names = sorted(tasks)
    found = [
        AlertView(
            rule,
            task,
            records.get(AlertKey(rule.name, task)),
            alerts.silence_of(silences, AlertKey(rule.name, task)),
        )
        for rule in rules
        for task in (names if rule.is_of_a_task else [NO_TASK])
    ]
    return sorted(
        found, key=lambda view: (_ORDER[view.status], _SEVERITIES.index(view.rule.severity))
    )


def silenceable(
    rules: Sequence[AlertRule], name: str, task: str | None, tasks: Iterable[str]
) -> AlertKey:
    """The key of a silence. Raises: NotFound for a rule or task that there is not."""
    rule = next((rule for rule in rules if rule.name == name), None)
    if rule is None:
        raise NotFound(f"There is no alert '{name}'; GET /alerts lists them.")
    if task is not None and (not rule.is_of_a_task or task not in set(tasks)):
        raise NotFound(f"There is no alert '{name}' of a task '{task}'; GET /alerts lists them.")
    return AlertKey(name, task or NO_TASK)


def silenced(key: AlertKey, *, until: datetime, by: str, why: str, moment: datetime) -> Silence:
    """A silence from now on. Raises: InvalidRequest if it would be over, or too long."""
    if not moment < until <= moment + LONGEST_SILENCE:
        raise InvalidRequest(
            "'until' has to be after now, and at most 30 days from now; a rule that nobody wants "
            "is switched off in ROENTGEN_ALERTS_FILE."
        )
    return Silence(key.name, key.task, moment, until, by, why)
