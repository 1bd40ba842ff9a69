"""The API over HTTP: timeouts, and the server's own sentence in every error."""

import os
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlsplit

import requests

DEFAULT_URL = "http://127.0.0.1:8000"
CONNECT_TIMEOUT_S = 3.0
ANSWER_TIMEOUT_S = 15.0
UPLOAD_TIMEOUT_S = 600.0


class ApiError(Exception):
    """The API refused, and said why."""

    def __init__(
        self, detail: str, *, status: int, errors: Sequence[dict[str, str]] = (), job: str = ""
    ) -> None:
        super().__init__(detail)
        self.status, self.errors, self.job = status, tuple(errors), job


class ApiDown(Exception):
    """The API cannot be reached, or does not answer in time."""


class Connection:
    """One user's connection to the API, about one task; None: the server's default one."""

    def __init__(
        self,
        base_url: str | None = None,
        *,
        task: str | None = None,
        timeout_s: float = ANSWER_TIMEOUT_S,
    ) -> None:
        self.task = task
        # What says for whom it asks.
        self.identity: dict[str, str] = {}
        self._root = f"/tasks/{quote(task, safe='')}" if task else ""
        self.base_url = (base_url or os.environ.get("ROENTGEN_API_URL") or DEFAULT_URL).rstrip("/")
        self._timeout_s = timeout_s
        self._session = requests.Session()
        # A kept connection may be closed by the server in the moment it is used again.
        self._session.headers["Connection"] = "close"
        # A proxy of this machine's environment does not know the way back to this machine.
        local = urlsplit(self.base_url).hostname in {"127.0.0.1", "localhost", "::1"}
        self._session.trust_env = not local

    def _json(self, method: str, path: str, **arguments: Any) -> Any:
        response = self._call(method, path, **arguments)
        try:
            return response.json()
        except requests.JSONDecodeError as exc:
            raise ApiDown(
                f"{self.base_url} answers, but not as a Roentgen API; check ROENTGEN_API_URL."
            ) from exc

    def _call(
        self,
        method: str,
        path: str,
        *,
        timeout_s: float | None = None,
        of_server: bool = False,
        **arguments: Any,
    ) -> requests.Response:
        limit_s = timeout_s or self._timeout_s
        url = self.base_url + ("" if of_server else self._root) + path
        headers = {**arguments.pop("headers", {}), **self.identity}
        try:
            response = self._session.request(
                method, url, timeout=(CONNECT_TIMEOUT_S, limit_s), headers=headers, **arguments
            )
        except requests.ReadTimeout as exc:
            raise ApiDown(
                f"The API at {self.base_url} did not answer within {limit_s:g} s; it may be busy. "
                "Try again in a moment."
            ) from exc
        except requests.RequestException as exc:
            raise ApiDown(
                f"The API at {self.base_url} cannot be reached. Start it with `make run` or "
                "`uvicorn api.main:app --host 0.0.0.0 --port 8000`, and check ROENTGEN_API_URL."
            ) from exc
        if not response.ok:
            raise _error(response)
        return response


def query(value: str | bool | None) -> str | None:
    """As the API reads it in an address."""
    return str(value).lower() if isinstance(value, bool) else value


def _error(response: requests.Response) -> ApiError:
    try:
        problem = response.json()
    except requests.JSONDecodeError:
        problem = None
    if not isinstance(problem, dict):
        problem = {}
    return ApiError(
        str(problem.get("detail") or f"The API answered {response.status_code} without a reason."),
        status=response.status_code,
        errors=problem.get("errors") or (),
        job=problem.get("job") or "",
    )
