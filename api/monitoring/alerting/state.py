"""The states of an alert, pure: ok, pending, firing, and what leads from one to the next."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from api.monitoring.alerting.rules import AlertRule
from api.tasks.states import State

# An alert that fires is resolved when its signal had nothing to say for so long.
NO_DATA_AFTER = timedelta(hours=1)


class AlertStatus(State):
    """Where an alert stands."""

    OK = "ok"
    PENDING = "pending"
    FIRING = "firing"


@dataclass(frozen=True, slots=True)
class AlertState:
    """What the next step depends on.

    Attributes:
        since: when the status began.
        value: of the signal at the last look; None: it had nothing to say.
        unknown_since: since when it had nothing to say while the alert fired.
    """

    status: AlertStatus
    since: datetime
    value: float | None = None
    unknown_since: datetime | None = None


def step(
    rule: AlertRule, before: AlertState | None, value: float | None, moment: datetime
) -> AlertState:
    """The state after the signal had this value at this moment.

    Pending while the condition holds for less than `for`; firing from then on until the value is
    at the clear threshold or beyond, so that a value near the threshold does not make it come and
    go. A signal without a value ends what is pending, and what fires after an hour.

    Args:
        before: None: it was never looked at.
    """
    state = before or AlertState(AlertStatus.OK, moment)
    if state.status == AlertStatus.FIRING:
        return _while_firing(rule, state, value, moment)
    if value is None or not rule.condition.holds(value):
        return _moved(state, AlertStatus.OK, value, moment)
    pending = _moved(state, AlertStatus.PENDING, value, moment)
    if moment - pending.since >= rule.holds_for:
        return _moved(pending, AlertStatus.FIRING, value, moment)
    return pending


def _while_firing(
    rule: AlertRule, state: AlertState, value: float | None, moment: datetime
) -> AlertState:
    if value is None:
        unknown_since = state.unknown_since or moment
        if moment - unknown_since >= NO_DATA_AFTER:
            return _moved(state, AlertStatus.OK, None, moment)
        return replace(state, value=None, unknown_since=unknown_since)
    if rule.condition.is_cleared(value, rule.clear):
        return _moved(state, AlertStatus.OK, value, moment)
    return replace(state, value=value, unknown_since=None)


def _moved(
    state: AlertState, status: AlertStatus, value: float | None, moment: datetime
) -> AlertState:
    since = state.since if state.status == status else moment
    return AlertState(status, since, value)
