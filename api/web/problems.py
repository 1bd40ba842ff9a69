"""Errors on the wire: one table from class to status, one JSON shape (RFC 9457)."""

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from api import errors
from api.clock import now
from api.errors import AppError, JobAlreadyRunning
from api.logs import request_id
from api.records.servers import request_errors
from api.records.servers.request_errors import RequestErrorRecord
from api.records.upkeep.filename_retention import without_names
from api.services import Services
from api.web.deps import services_in
from api.web.links import link, link_of_task, route_path
from api.web.problem_types import STATUSES, TITLES
from api.web.route_templates import logged_path
from api.web.schemas.base import Problem
from api.web.security_headers import SECURITY_HEADERS

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 2
# Wrong fields that a problem names in its sentence, and those that it lists.
MAX_NAMED, MAX_ENTRIES = 20, 200
# How to say who one is (RFC 6750).
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="roentgen"'}


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI entries for the problems that a route can answer with."""
    return {
        status: {
            "model": Problem,
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


def install(app: FastAPI) -> None:
    """Make every error of `app` a problem."""
    app.add_exception_handler(errors.Overloaded, _overloaded)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(AppError, _app_error)
    app.add_exception_handler(DataError, _unstorable)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(Exception, _unknown_error)


def problem_response(
    request: Request,
    status: int,
    detail: str,
    *,
    title: str | None = None,
    entries: Sequence[dict[str, str]] = (),
    job: str | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """Answer with a problem, and keep it for the one on call."""
    problem = Problem(
        title=title or HTTPStatus(status).phrase,
        status=status,
        detail=_encodable(detail),
        instance=_encodable(request.url.path),
        request_id=request_id.get(),
        errors=[{key: _encodable(text) for key, text in entry.items()} for entry in entries]
        or None,
        job=job,
        error=_encodable(detail) if route_path(request.scope).startswith("/v2") else None,
    )
    _keep(request, problem)
    retry = {"Retry-After": str(RETRY_AFTER_S)} if status == 503 else {}
    return Response(
        problem.model_dump_json(exclude_none=True),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers=SECURITY_HEADERS | retry | (headers or {}) | {"X-Request-ID": request_id.get()},
    )


def overloaded_response(request: Request, exc: errors.Overloaded) -> Response:
    """The answer to one film too many."""
    return problem_response(
        request,
        429,
        exc.message,
        title=TITLES[type(exc)],
        headers={"Retry-After": str(exc.retry_after_s)},
    )


def _overloaded(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, errors.Overloaded)
    return overloaded_response(request, exc)


def _gone(_request: Request, _exc: Exception) -> Response:
    """Nobody is there to read it; the status is nginx's, for the log."""
    return Response(status_code=499)


def image_problem(services: Services, exc: Exception, *, path: str) -> Problem:
    """What is said of one film among others that could not be answered; failures of ours are kept.

    A refused film stands in its sender's answer, and a batch may hold a thousand of them.
    """
    status = STATUSES[type(exc)] if isinstance(exc, AppError) else 500
    problem = Problem(
        title=TITLES.get(type(exc)) or HTTPStatus(status).phrase,
        status=status,
        detail=_encodable(exc.message) if isinstance(exc, AppError) else _unexpected(),
        instance=path,
        request_id=request_id.get(),
    )
    if not isinstance(exc, AppError):
        logger.error("unexpected error path=%s", path, exc_info=exc)
    else:
        logger.log(_level(exc, status), "film refused status=%d reason=%r", status, exc.message)
    if status >= 500:
        _record(services, problem, f"POST {path}")
    return problem


def _app_error(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, AppError)
    status = STATUSES[type(exc)]
    logger.log(
        _level(exc, status),
        "refused status=%d error=%s reason=%r",
        status,
        type(exc).__name__,
        exc.message,
    )
    job = _job_link(request, exc) if isinstance(exc, JobAlreadyRunning) else None
    headers = {"Location": job} if job else CHALLENGE if status == 401 else None
    return problem_response(
        request,
        status,
        exc.message,
        title=TITLES.get(type(exc)),
        entries=exc.errors,
        job=job,
        headers=headers,
    )


def refusal(request: Request, exc: AppError) -> Response:
    """The answer to an error that happens before a route is reached."""
    return _app_error(request, exc)


def _job_link(request: Request, exc: JobAlreadyRunning) -> str:
    path = f"/retrain/{exc.job_id}"
    services = services_in(request.scope)
    is_ours = services is None or exc.task == services.task.name
    return link(path) if is_ours else link_of_task(exc.task, path)


def _encodable(text: str) -> str:
    """Without lone surrogates, which a client can send and no JSON or database can hold."""
    return text.encode("utf-8", "replace").decode()


def _level(exc: AppError, status: int) -> int:
    """Waiting for the model is part of every start; other failures of ours want attention."""
    if status == 401:
        # The request's own line says it.
        return logging.DEBUG
    if isinstance(exc, errors.ModelNotReady) or status < 500:
        return logging.INFO
    return logging.ERROR


def _unstorable(request: Request, exc: Exception) -> Response:
    """A text that the database cannot hold, as PostgreSQL cannot a NUL."""
    logger.warning("not stored error=%s", type(exc).__name__)
    return problem_response(request, 422, "A text has a character that cannot be stored.")


def _http_error(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, HTTPException)
    detail = exc.detail
    if isinstance(exc.__cause__, OSError):
        # A large upload lies on the disk while it is parsed; the framework calls that a bad body.
        detail = (
            f"The upload could not be kept ({exc.__cause__.strerror}); nothing was stored. "
            "Free some space, then try again."
        )
        return problem_response(request, 507, detail, title=TITLES[errors.StorageFailed])
    if exc.status_code == 404 and detail == "Not Found":
        # The sentence is kept: it names no study.
        path = logged_path(request.scope)
        where = path if path == request.scope["path"] else "this path"
        detail = f"There is nothing at {where}; /docs lists what there is."
    if exc.status_code == 405:
        detail = f"{request.method} is not possible here; /docs lists what is."
    headers = dict(exc.headers) if exc.headers else None
    return problem_response(request, exc.status_code, detail, headers=headers)


def _validation_error(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, RequestValidationError)
    entries = [
        {"field": ".".join(map(str, error["loc"][1:])) or "body", "message": str(error["msg"])}
        for error in exc.errors()
    ]
    shown = entries[:MAX_NAMED]
    named = "; ".join(f"'{entry['field']}': {entry['message']}" for entry in shown)
    others = f"; and {len(entries) - len(shown)} more" if len(entries) > len(shown) else ""
    return problem_response(
        request,
        422,
        f"The request does not fit: {named}{others}. See /docs for the fields.",
        title="Invalid request",
        entries=entries[:MAX_ENTRIES],
    )


def _unknown_error(request: Request, exc: Exception) -> Response:
    logger.error("unexpected error path=%s", logged_path(request.scope), exc_info=exc)
    return problem_response(request, 500, _unexpected())


def _unexpected() -> str:
    return (
        "Something unexpected went wrong; it was logged. "
        f"Tell whoever runs this service the request id {request_id.get()}."
    )


def _keep(request: Request, problem: Problem) -> None:
    services = services_in(request.scope)
    # A probe that says "not yet" every second is not a failure to look into.
    if services is None or problem.instance.startswith("/health/"):
        return
    # Under a flood, a note about each refusal would cost what the refusal saved; and whoever is
    # not let in must not fill the records.
    if problem.status not in {401, 429}:
        _record(services, problem, f"{request.method} {logged_path(request.scope)}")


def _kept_detail(services: Services, problem: Problem) -> str:
    """A sentence may quote a file's name."""
    keeps_names = services.storage.collection.names.as_sent
    return problem.detail if keeps_names else without_names(problem.detail)


def _record(services: Services, problem: Problem, asked: str) -> None:
    # Waiting for the locked records a second time would double the client's wait.
    if problem.title == TITLES[errors.StoreBusy]:
        return
    record = RequestErrorRecord(
        at=now(),
        status=problem.status,
        title=problem.title,
        detail=_kept_detail(services, problem)[:1000],
        path=_encodable(asked)[:200],
        request_id=problem.request_id,
    )
    try:
        request_errors.add(services.records.database, record, task=services.task.name)
    except AppError as exc:
        # The answer matters more than the note about it.
        logger.warning("failure not recorded reason=%r", exc.message)
