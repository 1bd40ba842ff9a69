"""An event in words, for people."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.records.alerting.alerts import AlertChangeKind

# What Apprise calls them.
LEVELS = {"info": "info", "warning": "warning", "critical": "failure"}


@dataclass(frozen=True, slots=True)
class MessageText:
    """Title and text of a message; `level` colours it where it is read."""

    title: str
    body: str
    level: str


def message_text(payload: Mapping[str, Any]) -> MessageText:
    """Of an alarm's payload; see docs/run/alerts.md for its fields."""
    data = payload["data"]
    of_task = f" ({payload['task']})" if payload["task"] else ""
    if data["status"] == AlertChangeKind.RESOLVED:
        return MessageText(
            f"Roentgen, resolved: {data['says']}{of_task}",
            f"The alert '{data['alert']}' is over since {payload['created_at']}.",
            "success",
        )
    return MessageText(
        f"Roentgen, {data['severity']}: {data['says']}{of_task}",
        f"{data['alert']}: {data['shown']} ({data['when']}), since {data['since']}.\n{data['do']}",
        LEVELS[data["severity"]],
    )


def shown(value: float | None, unit: str) -> str:
    """A signal's value with its unit, as people write it."""
    if value is None:
        return "no value"
    if unit == "ratio":
        return f"{value * 100:.1f} %"
    if unit == "bytes":
        return f"{value / 1e9:.1f} GB"
    if unit == "seconds":
        return f"{value / 3600:.1f} h" if value >= 7200 else f"{value:.1f} s"
    return f"{value:.2f}" if unit == "distance" else f"{value:g}"
