"""What can go wrong, as classes; an answer of 4xx or 5xx becomes the one of its status."""

import json
from collections.abc import Mapping
from typing import Any

from roentgen_client.models import Job
from roentgen_client.retry_after import retry_after_s


class RoentgenError(Exception):
    """Whatever a client raises about the server or the way to it."""


class NoConnection(RoentgenError):
    """The server cannot be reached, does not answer in time, or broke off."""


class UnexpectedAnswer(RoentgenError):
    """What answers is no Roentgen API, or one that this client does not know."""


class JobTimeout(RoentgenError, TimeoutError):
    """A retraining was not done in time; it goes on."""

    def __init__(self, job: Job, timeout_s: float) -> None:
        super().__init__(
            f"Job {job.id} is {job.state} after {timeout_s:g} s; it goes on, ask for it again."
        )
        self.job = job


class ApiError(RoentgenError):
    """The server refused, and said why (RFC 9457 problem details).

    Attributes:
        status: the HTTP status.
        title, detail: what is wrong, in a few words and in a sentence that says what to do.
        request_id: by which the server's log has it; empty if something before it answered.
        errors: an entry for each field, file or class, where there are several.
        job: path of the job that is in the way, if one is.
        retry_after_s: seconds after which to ask again, where the server said so.
    """

    def __init__(
        self,
        detail: str,
        *,
        status: int,
        title: str = "",
        request_id: str = "",
        errors: tuple[dict[str, str], ...] = (),
        job: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.title, self.detail, self.request_id = status, title, detail, request_id
        self.errors, self.job, self.retry_after_s = errors, job, retry_after_s


class NotAuthenticated(ApiError):
    """401: a key is needed, or this one is not known."""


class Forbidden(ApiError):
    """403: the key has not the right."""


class NotFound(ApiError):
    """404: there is no such thing."""


class Conflict(ApiError):
    """409: not as things stand; `job` names the retraining in the way."""


class TooLarge(ApiError):
    """413: too many bytes, files or pixels."""


class UnsupportedFormat(ApiError):
    """415: no picture, or none that is read."""


class Invalid(ApiError):
    """422: it does not fit; `errors` may say where."""


class Overloaded(ApiError):
    """429: too much at once."""


class Unavailable(ApiError):
    """503: the model or the records are not there yet, or busy."""


BY_STATUS: dict[int, type[ApiError]] = {
    401: NotAuthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    413: TooLarge,
    415: UnsupportedFormat,
    422: Invalid,
    429: Overloaded,
    503: Unavailable,
}


def error_of(status: int, headers: Mapping[str, str], body: bytes) -> ApiError:
    """The exception of an answer that is none of success; a proxy's page has no reason."""
    problem = _problem_in(body)
    entries = problem.get("errors")
    return BY_STATUS.get(status, ApiError)(
        str(problem.get("detail") or f"The server answered {status} without a reason."),
        status=status,
        title=str(problem.get("title") or ""),
        request_id=str(problem.get("request_id") or headers.get("X-Request-ID") or ""),
        errors=tuple(entries) if isinstance(entries, list) else (),
        job=problem.get("job"),
        retry_after_s=retry_after_s(headers.get("Retry-After")),
    )


def _problem_in(body: bytes) -> dict[str, Any]:
    try:
        problem = json.loads(body)
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) else {}
