"""The API over HTTP: timeouts, and the server's own sentence in every error."""

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import quote, urlsplit

import requests

from api_calls import liveness
from api_calls.champion_order import ANSWERING, ChampionOrder
from api_calls.liveness import Liveness
from api_calls.sentences import for_people
from api_calls.watched_question import answered
from language.api_sentences import translated
from language.catalogue import N_, _

DEFAULT_URL = "http://127.0.0.1:8000"
CONNECT_TIMEOUT_S = 3.0
ANSWER_TIMEOUT_S = 15.0
UPLOAD_TIMEOUT_S = 600.0
# By the address of the server.
_liveness: defaultdict[str, Liveness] = defaultdict(Liveness)
# By the address of a task: whoever looks at this UI meets no older champion than somebody before.
_orders: defaultdict[str, ChampionOrder] = defaultdict(ChampionOrder)


class ApiError(Exception):
    """The API refused, and said why.

    Its sentence is for whoever reads the UI, in their language; `remedy` is all that the server
    said, where that has more for whoever runs it, else empty; `request_id` finds the request in
    the server's log.
    """

    def __init__(
        self,
        detail: str,
        *,
        status: int,
        errors: Sequence[dict[str, str]] = (),
        job: str = "",
        request_id: str = "",
    ) -> None:
        super().__init__(detail)
        # In English, as files to download have it.
        self.detail, self._all = for_people(detail), detail
        self.status, self.errors, self.job = status, tuple(errors), job
        self.request_id = request_id

    def __str__(self) -> str:
        return for_people(translated(self._all))

    @property
    def remedy(self) -> str:
        """Empty where the sentence says all of it."""
        return translated(self._all) if self.detail != self._all else ""


class ApiDown(Exception):
    """The API cannot be reached, or does not answer in time.

    Its sentence is in the language of whoever reads it; `remedy` is for whoever runs the server.
    """

    def __init__(self, text: str, *, remedy: str = "", **values: object) -> None:
        super().__init__(text)
        self._text, self._remedy, self._values = text, remedy, values

    def __str__(self) -> str:
        return _(self._text).format(**self._values)

    @property
    def remedy(self) -> str:
        """Empty where there is nothing to do but wait."""
        return _(self._remedy).format(**self._values)


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

    def is_alive(self, *, heard_for_s: float = liveness.HEARD_FOR_S) -> bool:
        """Whether the server answers at all; asked at most every two seconds while it is silent.

        Args:
            heard_for_s: for how many seconds any answer of it counts.
        """
        try:
            self._require_alive(heard_for_s=heard_for_s)
        except ApiDown:
            return False
        return True

    def _require_alive(self, *, tries: int = 1, heard_for_s: float = liveness.HEARD_FOR_S) -> None:
        """Raises: ApiDown within `liveness.TIMEOUT_S` seconds a try."""
        url, limit_s = self.base_url + liveness.PATH, liveness.TIMEOUT_S
        try:
            _liveness[self.base_url].require(
                lambda: self._session.get(url, timeout=limit_s),
                tries=tries,
                heard_for_s=heard_for_s,
            )
        except requests.RequestException as exc:
            raise self._down(exc, limit_s) from exc

    def _json(self, method: str, path: str, **arguments: Any) -> Any:
        response = self._call(method, path, **arguments)
        try:
            return response.json()
        except requests.JSONDecodeError as exc:
            raise ApiDown(
                N_("Something answers in place of the API, but not as a Roentgen API."),
                remedy=N_("It answers at {url}. Check the setting `ROENTGEN_API_URL` of the UI."),
                url=self.base_url,
            ) from exc

    def _lines(self, response: requests.Response) -> Iterator[bytes]:
        """Of an answer that comes line by line. Raises: ApiDown if it breaks off."""
        try:
            yield from response.iter_lines(chunk_size=1)
        except requests.RequestException as exc:
            raise self._down(exc, self._timeout_s) from exc

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
        order = _orders[self.base_url + self._root]
        required = order.required() if path in ANSWERING else {}
        headers = {**arguments.pop("headers", {}), **self.identity, **required}
        self._require_alive(tries=1 if method == "GET" else 2)
        try:
            ask = partial(
                self._session.request,
                method,
                url,
                timeout=(CONNECT_TIMEOUT_S, limit_s),
                headers=headers,
                **arguments,
            )
            # What changes or sends something is not given up half-way.
            is_watched = method == "GET"
            response = answered(ask, require_alive=self._require_alive) if is_watched else ask()
        except requests.RequestException as exc:
            raise self._down(exc, limit_s) from exc
        _liveness[self.base_url].heard()
        if not of_server:
            order.note(response.headers)
        if not response.ok:
            raise _error(response)
        return response

    def _down(self, error: requests.RequestException, limit_s: float) -> ApiDown:
        if isinstance(error, requests.ReadTimeout):
            return ApiDown(
                N_(
                    "The API did not answer within {seconds} s; it may be busy. "
                    "Try again in a moment."
                ),
                remedy=N_("It was asked at {url}."),
                url=self.base_url,
                seconds=f"{limit_s:g}",
            )
        return ApiDown(
            N_(
                "The API cannot be reached. Try again in a moment; if it stays away, "
                "tell whoever runs it."
            ),
            remedy=N_(
                "It was looked for at {url}. Start the API with `make run` or `uvicorn "
                "api.main:app --host 0.0.0.0 --port 8000`, and check the setting "
                "`ROENTGEN_API_URL` of the UI."
            ),
            url=self.base_url,
        )


def query(value: str | bool | None) -> str | None:
    """As the API reads it in an address."""
    return str(value).lower() if isinstance(value, bool) else value


def _error(response: requests.Response) -> ApiError:
    try:
        problem = response.json()
    except requests.JSONDecodeError:
        problem = None
    return refused(
        problem if isinstance(problem, dict) else {},
        status=response.status_code,
        request_id=response.headers.get("X-Request-ID", ""),
    )


def refused(problem: Mapping[str, Any], *, status: int, request_id: str) -> ApiError:
    """What a problem of the API says."""
    return ApiError(
        str(
            problem.get("detail")
            or _("The API answered {status} without a reason.").format(status=status)
        ),
        status=status,
        errors=problem.get("errors") or (),
        job=problem.get("job") or "",
        request_id=request_id,
    )
