"""What the server does, keeps and reports."""

from datetime import datetime
from typing import cast
from urllib.parse import quote

from api_calls.connection import Connection
from api_types import (
    Activity,
    AlertList,
    Drift,
    Privacy,
    Quality,
    Status,
    StreamDetail,
    TaskList,
    UnexpectedErrors,
)


class StateCalls(Connection):
    """What the server does, keeps and reports."""

    def tasks(self) -> TaskList:
        """All tasks that the server has, whichever this client is about."""
        return cast(TaskList, self._json("GET", "/tasks", of_server=True))

    def status(self) -> Status:
        return cast(Status, self._json("GET", "/status"))

    def privacy(self) -> Privacy:
        """What the server keeps, of all tasks."""
        return cast(Privacy, self._json("GET", "/privacy", of_server=True))

    def activity(self, *, window_minutes: int) -> Activity:
        params = {"window_minutes": window_minutes}
        return cast(Activity, self._json("GET", "/status/activity", params=params))

    def streams(self) -> list[StreamDetail]:
        return cast(list[StreamDetail], self._json("GET", "/status/streams"))

    def unexpected_errors(self, *, limit: int) -> UnexpectedErrors:
        """Those of the server's processes, whichever task this client is about."""
        params = {"limit": limit}
        return cast(UnexpectedErrors, self._json("GET", "/errors", params=params, of_server=True))

    def alerts(self) -> AlertList:
        """Of the server and all its tasks."""
        return cast(AlertList, self._json("GET", "/alerts", of_server=True))

    def silence_alert(self, name: str, *, until: datetime, why: str, task: str | None) -> None:
        """Have no messages about an alert sent until then, for one task or for all."""
        sent = {"until": until.isoformat(), "why": why, "task": task}
        self._call("POST", _silence_path(name), json=sent, of_server=True)

    def end_silence(self, name: str, *, task: str | None) -> None:
        self._call("DELETE", _silence_path(name), params={"task": task}, of_server=True)

    def drift(self) -> Drift:
        return cast(Drift, self._json("GET", "/status/drift"))

    def quality(self) -> Quality:
        return cast(Quality, self._json("GET", "/status/quality"))


def _silence_path(name: str) -> str:
    return f"/alerts/{quote(name, safe='')}/silence"
