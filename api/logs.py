"""Logging: event first, then key=value; the request id on every line of a request."""

import json
import logging
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Literal

request_id: ContextVar[str] = ContextVar("request_id", default="-")
# Gives the method and template of the route that answers the current request; none outside of one.
request_route: ContextVar[Callable[[], str] | None] = ContextVar("request_route", default=None)

FORMAT = "%(asctime)s %(levelname)s %(name)s request=%(request_id)s %(message)s"
# What a line has in the place of a sentence where lines are JSON: a function that gives its fields.
FIELDS = "json_fields"
LogFormat = Literal["text", "json"]


class RequestIdFilter(logging.Filter):
    """Adds the current request's id to a record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


class JsonFormatter(logging.Formatter):
    """A line of JSON an event."""

    def format(self, record: logging.LogRecord) -> str:
        """The record's own fields where it has some, else its sentence."""
        at = datetime.fromtimestamp(record.created, UTC)
        line = {
            "at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "request": getattr(record, "request_id", "-"),
        }
        fields: Callable[[], dict[str, object]] | None = getattr(record, FIELDS, None)
        found = fields() if fields else {"event": "message", "message": record.getMessage()}
        if record.exc_info:
            found["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line | found)


class OwnHandler(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes the lines of this program; there is one."""


def configure(level: str, form: LogFormat = "text") -> None:
    """Send the `api` loggers to standard error, in the format that was asked for last."""
    logger = logging.getLogger("api")
    logger.setLevel(level.upper())
    handler = next((each for each in logger.handlers if isinstance(each, OwnHandler)), None)
    if handler is None:
        handler = OwnHandler()
        handler.addFilter(RequestIdFilter())
        logger.addHandler(handler)
        # A request has a line of ours, with its id and its time; a second one says less.
        logging.getLogger("uvicorn.access").handlers.clear()
        logging.getLogger("uvicorn.access").propagate = False
        # It warns of every broken body, which the line of the request tells already.
        logging.getLogger("python_multipart").setLevel(logging.CRITICAL)
    handler.setFormatter(JsonFormatter() if form == "json" else logging.Formatter(FORMAT))
