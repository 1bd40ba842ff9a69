"""A server that answers films, as a patient client sees it."""

import os
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from api.cli.prediction.predictor import RefusedFile
from api.errors import AppError, InvalidRequest, InvalidTask
from api.tasks.task import Task
from api.tasks.task_files import load_task

# Where the key lies for a server that asks who is there; an option could be seen by others.
KEY = "ROENTGEN_API_KEY"
CONNECT_TIMEOUT_S, ANSWER_TIMEOUT_S = 5.0, 120.0
# A busy server says by `Retry-After` when to come back; a starting one takes half a minute.
BUSY = frozenset({429, 502, 503, 504})
BUSY_TRIES, LOST_TRIES = 30, 6
BACKOFF_S, MAX_BACKOFF_S, MAX_RETRY_AFTER_S = 0.5, 30.0, 120
# What is wrong with a film, not with the server or the way to it.
REFUSALS = frozenset({400, 413, 415, 422, 500})


NOT_OF_ROWS = {"operating_point": None, "prevalence": None}


class Unavailable(AppError):
    """The server cannot be reached, or answers no film at all."""


class RemotePredictor:
    """Asks a server about films, from several threads, over connections that are kept."""

    def __init__(
        self,
        url: str,
        *,
        jobs: int,
        operating_point: str | None = None,
        prevalence: float | None = None,
        source: str | None = None,
    ) -> None:
        """Find out what the server answers with. Raises: Unavailable, InvalidRequest."""
        self._url = url.rstrip("/")
        self._params = {
            "operating_point": operating_point,
            "prevalence": prevalence,
            "source": source,
        }
        if urlsplit(self._url).scheme not in ("http", "https"):
            raise InvalidRequest(f"'{url}' is no address of a server; http://… or https://… is.")
        self._session = requests.Session()
        if key := os.environ.get(KEY):
            self._session.headers["Authorization"] = f"Bearer {key}"
        # A proxy of this machine's environment does not know the way back to this machine.
        host = urlsplit(self._url).hostname
        self._session.trust_env = host not in {"127.0.0.1", "localhost", "::1"}
        self._session.mount(self._url, HTTPAdapter(pool_maxsize=jobs, max_retries=_backoff_s()))
        # A wrong address should be told at once.
        look = self._url + "/status"
        self._session.mount(look, HTTPAdapter(max_retries=_backoff_s(lost_tries=0)))
        status = self._status()
        self.classes = tuple(status["classes"])
        self.task = _known_task(status.get("task"))
        self._check_operating_point(operating_point, status["model_version"])

    def predict(self, filename: str, content: bytes) -> dict[str, Any] | RefusedFile:
        """The answer of `POST /predict`, or why there is none. Raises: Unavailable."""
        name = filename.encode("utf-8", "replace").decode()
        response = self._call(
            "POST", "/predict", files={"file": (name, content)}, params=self._params
        )
        if response.status_code in REFUSALS:
            return RefusedFile(_sentence(response), response.status_code)
        answer = self._json(response)
        # What a row's answer has no use for.
        of_row = {"label": answer.get("predicted_class"), "score": None} | NOT_OF_ROWS
        return of_row | answer if "predicted_class" in answer else answer

    def close(self) -> None:
        """Let the connections go."""
        self._session.close()

    def _status(self) -> dict[str, Any]:
        status = self._json(self._call("GET", "/status"))
        if not {"classes", "model_version"} <= status.keys():
            raise Unavailable(f"{self._url} is no server of this program; check --url.")
        return status

    def _check_operating_point(self, operating_point: str | None, version: str | None) -> None:
        """Else every film would be refused for it."""
        if operating_point is None or version is None:
            return
        points = self._json(self._call("GET", f"/models/{version}/card"))["operating_points"]
        if operating_point not in points:
            raise InvalidRequest(
                f"Model {version} has no operating point '{operating_point}'; it has "
                f"{', '.join(sorted(points))}."
            )

    def _call(self, method: str, path: str, **options: Any) -> requests.Response:
        timeout = (CONNECT_TIMEOUT_S, ANSWER_TIMEOUT_S)
        try:
            return self._session.request(
                method, self._url + path, timeout=timeout, allow_redirects=False, **options
            )
        except requests.RequestException as exc:
            raise Unavailable(
                f"{self._url} cannot be reached ({type(exc).__name__}); check --url and the server."
            ) from exc

    def _json(self, response: requests.Response) -> dict[str, Any]:
        if response.is_redirect:
            raise Unavailable(
                f"{self._url} sends on to {response.headers['Location']}; give that as --url."
            )
        if not response.ok:
            raise Unavailable(f"{self._url} answers no films: {_sentence(response)}")
        try:
            answer: dict[str, Any] = response.json()
        except ValueError as exc:
            raise Unavailable(f"{self._url} is no server of this program; check --url.") from exc
        return answer


def _known_task(name: str | None) -> Task | None:
    """The server's task, where this machine knows it too."""
    try:
        return load_task(name) if name else None
    except InvalidTask:
        return None


def _backoff_s(*, lost_tries: int = LOST_TRIES) -> Retry:
    """Come back when the server says so, else later and later. A film may be asked about twice."""
    return Retry(
        total=None,
        connect=lost_tries,
        read=lost_tries,
        other=0,
        status=BUSY_TRIES,
        status_forcelist=BUSY,
        allowed_methods=None,
        backoff_factor=BACKOFF_S,
        backoff_max=MAX_BACKOFF_S,
        backoff_jitter=BACKOFF_S,
        retry_after_max=MAX_RETRY_AFTER_S,
        raise_on_status=False,
    )


def _sentence(response: requests.Response) -> str:
    """The server's own, where it is a problem; else the status."""
    try:
        return str(response.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"{response.status_code} {response.reason}"
