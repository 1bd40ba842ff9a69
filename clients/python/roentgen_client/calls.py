"""One request as a value, and where it goes."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeVar
from urllib.parse import quote, urlsplit

import httpx2
from pydantic import ValidationError

from roentgen_client.base import Model
from roentgen_client.champion_order import ANSWERING, ChampionOrder
from roentgen_client.errors import NoConnection, RoentgenError, UnexpectedAnswer, error_of
from roentgen_client.files import Part
from roentgen_client.retries import BUSY, REFUSED, Retries
from roentgen_client.version import __version__

DEFAULT_URL = "http://127.0.0.1:8000"
CONNECT_TIMEOUT_S, ANSWER_TIMEOUT_S = 5.0, 60.0
# The API gives a check a quarter of an hour, and says nothing meanwhile.
LONG_TIMEOUT_S = 960.0
# Servers close idle connections after five seconds, perhaps in the moment that one is used again.
LIMITS = httpx2.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=2.0)
Answer = TypeVar("Answer", bound=Model)
# always: may be done twice. refused: only if the server refused it whole. never: not even then.
Repeat = Literal["always", "refused", "never"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request, without the server's address."""

    method: str
    path: str
    params: Mapping[str, str | float | bool | datetime | None] = field(default_factory=dict)
    json: Any = None
    form: Mapping[str, str | None] = field(default_factory=dict)
    table: bytes | None = None
    parts: tuple[tuple[str, Part], ...] = ()
    accept: str = "application/json"
    repeat: Repeat = "never"
    is_long: bool = False
    of_server: bool = False

    def close(self) -> None:
        for _, part in self.parts:
            part.close()


@dataclass(frozen=True, slots=True)
class Address:
    """A server, and the task that is meant there; None: its default one."""

    url: str
    task: str | None

    @property
    def is_local(self) -> bool:
        return urlsplit(self.url).hostname in {"127.0.0.1", "localhost", "::1"}

    def path(self, call: Call) -> str:
        in_task = self.task is not None and not call.of_server
        return self.url + (f"/tasks/{quoted(self.task or '')}" if in_task else "") + call.path

    def arguments(self, call: Call, timeout_s: float, order: ChampionOrder) -> dict[str, Any]:
        """What an HTTP client needs to build the request; anew for each try."""
        limit_s = max(timeout_s, LONG_TIMEOUT_S) if call.is_long else timeout_s
        headers = {"Accept": call.accept} | (order.required() if call.path in ANSWERING else {})
        return {
            "method": call.method,
            "url": self.path(call),
            "params": {
                key: _text(value) for key, value in call.params.items() if value is not None
            },
            "headers": headers | ({"Content-Type": "text/csv"} if call.table is not None else {}),
            "json": call.json,
            "content": call.table,
            "data": {key: value for key, value in call.form.items() if value is not None} or None,
            "files": [(name, (part.name, part.content)) for name, part in call.parts] or None,
            "timeout": httpx2.Timeout(limit_s, connect=CONNECT_TIMEOUT_S),
        }


def address_of(base_url: str | None, task: str | None) -> Address:
    """Raises: ValueError if that is no address of a server."""
    url = (base_url or os.environ.get("ROENTGEN_API_URL") or DEFAULT_URL).rstrip("/")
    if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
        raise ValueError(f"'{url}' is no address of a server; http://… or https://… is.")
    return Address(url, task)


def headers_of(api_key: str | None) -> dict[str, str]:
    """What every request says. Raises: ValueError if that can be no key."""
    key = (api_key or os.environ.get("ROENTGEN_API_KEY") or "").strip()
    if not (key.isascii() and key.isprintable()):
        raise ValueError("The API key has characters that no key has; copy it anew.")
    return {"User-Agent": f"roentgen-client/{__version__}"} | (
        {"Authorization": f"Bearer {key}"} if key else {}
    )


def quoted(name: str) -> str:
    """A piece of a path."""
    return quote(name, safe="")


def instance_call(prediction_id: str, name: str) -> Call:
    """For what is made of an answer as DICOM."""
    path = f"/predictions/{quoted(prediction_id)}/{name}"
    return Call(method="GET", path=path, accept="application/dicom", repeat="always")


def refusal(response: httpx2.Response, url: str) -> RoentgenError:
    """What a whole answer that is none of success means."""
    if response.is_redirect:
        target = response.headers.get("Location", "")
        return UnexpectedAnswer(f"{url} sends on to {target}; give that as base_url.")
    return error_of(response.status_code, response.headers, response.content)


def lost(exc: Exception, url: str) -> NoConnection:
    return NoConnection(f"{url} cannot be reached or broke off: {exc or type(exc).__name__}.")


def wait_s(retries: Retries, call: Call, tried: int, error: RoentgenError) -> float | None:
    """Seconds until the same call is made again; None: it is not."""
    is_busy = getattr(error, "status", None) in (BUSY if call.repeat == "always" else REFUSED)
    is_lost = isinstance(error, NoConnection)
    if not (is_busy and call.repeat != "never") and not (is_lost and call.repeat == "always"):
        return None
    return retries.wait_s(tried, getattr(error, "retry_after_s", None))


def parsed(kind: type[Answer], content: bytes, url: str) -> Answer:
    """JSON as a model. Raises: UnexpectedAnswer."""
    try:
        return kind.model_validate_json(content)
    except ValidationError as exc:
        first = exc.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise UnexpectedAnswer(
            f"{url} answers, but not as this client knows it ({where}: {first['msg']}); check the "
            "address, and whether the client is as old as the server."
        ) from exc


def json_object(content: bytes, url: str) -> dict[str, Any]:
    """JSON of another standard than this API's. Raises: UnexpectedAnswer."""
    try:
        found = json.loads(content)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise UnexpectedAnswer(f"{url} answers, but with no JSON object; check the address.")
    return found


def _text(value: str | float | bool | datetime) -> str | float | bool:
    return value.isoformat() if isinstance(value, datetime) else value
