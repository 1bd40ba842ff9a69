"""What goes over the wire about alerts, and about messages to other systems."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from api.monitoring.alerting.rules import Severity
from api.monitoring.alerting.signal_names import Unit
from api.monitoring.alerting.state import AlertStatus
from api.records.alerting.alerts import AlertChangeKind
from api.records.alerting.outbox import MessageState
from api.web.schemas.base import Schema


class AlertSilence(Schema):
    """Nobody is sent a message about an alert until then."""

    task: str | None = Field(description="Null: it holds for every task.")
    until: datetime
    by: str
    why: str


class Alert(Schema):
    """One rule, and how it stands."""

    name: str
    task: str | None = Field(description="Null: it is about the whole server.")
    status: AlertStatus = Field(
        description="`pending`: the condition holds, but not for `for_seconds` yet."
    )
    since: datetime | None = Field(description="Since when it is so; null: not looked at yet.")
    severity: Severity
    says: str
    do: str = Field(description="What to do about it.")
    when: str = Field(description="The condition: a signal and its threshold.")
    clear: float = Field(description="Where the signal has to be for a firing alert to end.")
    for_seconds: float
    value: float | None = Field(
        description="The signal's; null: it has nothing to say, as without predictions."
    )
    unit: Unit
    shown: str = Field(description="The value as people write it.")
    announced: bool = Field(description="Whether messages about this time of firing were sent.")
    silence: AlertSilence | None
    checked_at: datetime | None


class MessageDestination(Schema):
    """An address that messages go to, and what became of those of the last 30 days."""

    kind: str = Field(description="`webhook`, `notify` for Apprise, `dicom` for results.")
    name: str = Field(description="Without what may be secret in the address.")
    is_configured: bool = Field(description="Whether the settings still name it.")
    waiting: int
    delivered: int
    given_up: int
    last_delivered_at: datetime | None
    last_error: str | None = Field(
        description="Of the newest message that waits after a try, or was given up."
    )


class AlertList(Schema):
    """Every rule, those that fire first."""

    alerts: list[Alert]
    destinations: list[MessageDestination]


class AlertChange(Schema):
    """One line of the history of alerts."""

    number: int
    name: str
    task: str | None
    kind: AlertChangeKind
    at: datetime
    value: float | None
    severity: Severity | None
    by: str | None
    why: str | None
    until: datetime | None


class AlertHistory(Schema):
    """What became of alerts, the newest first."""

    changes: list[AlertChange]


class SilenceRequest(Schema):
    """Until when nobody is to be sent messages about an alert, and why."""

    until: AwareDatetime = Field(description="At most 30 days from now.")
    why: Annotated[str, Field(min_length=1, max_length=500)]
    task: str | None = Field(None, max_length=100, description="Null: of every task.")


class OutboxMessage(Schema):
    """One message to one address."""

    number: int
    kind: str
    destination: str
    event_id: str
    type: str = Field(description="Of the event.")
    state: Literal[MessageState.WAITING, MessageState.DELIVERED, MessageState.GIVEN_UP]
    created_at: datetime
    attempts: int
    next_at: datetime = Field(description="When it is tried next, if it waits.")
    finished_at: datetime | None
    last_error: str | None


class OutboxMessages(Schema):
    """Messages, the newest first."""

    messages: list[OutboxMessage]
