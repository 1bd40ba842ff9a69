"""The right that each route needs, in one table; what is not in it needs `admin`."""

import re
from enum import StrEnum
from functools import lru_cache

from starlette.routing import compile_path

from api.accounts.principal import Principal
from api.accounts.rights import Right


class Gate(StrEnum):
    """What a route may need beside a right."""

    OPEN = "nothing"
    SIGNED_IN = "any session or key"
    READ_OR_LOOPBACK = "read, or to come from this machine"


Access = Right | Gate

# Templates are the router's; of two that fit a path, the one without a parameter comes first.
# Paths below /tasks/{task} are those of the task alone.
TABLE: tuple[tuple[str, str, Access], ...] = (
    ("GET", "/health/live", Gate.OPEN),
    ("GET", "/health/ready", Gate.OPEN),
    ("GET", "/auth", Gate.OPEN),
    ("POST", "/auth/login", Gate.OPEN),
    ("POST", "/auth/logout", Gate.OPEN),
    ("POST", "/auth/first-user", Gate.OPEN),
    ("GET", "/auth/oidc/login", Gate.OPEN),
    ("GET", "/auth/oidc/callback", Gate.OPEN),
    ("POST", "/auth/oidc/exchange", Gate.OPEN),
    ("GET", "/auth/me", Gate.SIGNED_IN),
    ("POST", "/auth/password", Gate.SIGNED_IN),
    ("GET", "/users", Right.ADMIN),
    ("POST", "/users", Right.ADMIN),
    ("PATCH", "/users/{name}", Right.ADMIN),
    ("DELETE", "/users/{name}", Right.ADMIN),
    ("GET", "/keys", Right.ADMIN),
    ("POST", "/keys", Right.ADMIN),
    ("DELETE", "/keys/{name}", Right.ADMIN),
    ("GET", "/metrics", Gate.READ_OR_LOOPBACK),
    ("GET", "/errors", Right.READ),
    ("GET", "/docs", Right.READ),
    ("GET", "/redoc", Right.READ),
    ("GET", "/docs/assets/{name}", Right.READ),
    ("GET", "/openapi.json", Right.READ),
    ("GET", "/status", Right.READ),
    ("GET", "/status/activity", Right.READ),
    ("GET", "/status/streams", Right.READ),
    ("GET", "/alerts", Right.READ),
    ("GET", "/alerts/history", Right.READ),
    ("GET", "/alerts/messages", Right.READ),
    ("POST", "/alerts/{name}/silence", Right.TRAIN),
    ("DELETE", "/alerts/{name}/silence", Right.TRAIN),
    ("GET", "/tasks", Right.READ),
    ("GET", "/tasks/{task}", Right.READ),
    ("POST", "/predict", Right.PREDICT),
    ("POST", "/predict/batch", Right.PREDICT),
    ("POST", "/dicom-web/studies", Right.PREDICT),
    ("POST", "/dicom-web/studies/{study}", Right.PREDICT),
    ("POST", "/preview", Right.PREDICT),
    ("POST", "/api/diagnosis", Right.PREDICT),
    ("POST", "/api/diagnosis/", Right.PREDICT),
    ("GET", "/phantoms/{label}.png", Right.READ),
    ("GET", "/predictions", Right.READ),
    ("GET", "/predictions/{prediction_id}", Right.READ),
    ("DELETE", "/predictions/{prediction_id}", Right.LABEL),
    ("GET", "/privacy", Right.READ),
    ("GET", "/audit", Right.ADMIN),
    ("GET", "/audit/export.ndjson", Right.ADMIN),
    ("GET", "/predictions/{prediction_id}/heatmap.png", Right.READ),
    ("GET", "/predictions/{prediction_id}/film.png", Right.READ),
    ("GET", "/predictions/{prediction_id}/row", Right.READ),
    ("GET", "/predictions/{prediction_id}/report.dcm", Right.READ),
    ("GET", "/predictions/{prediction_id}/secondary.dcm", Right.READ),
    ("GET", "/predictions/{prediction_id}/intakes", Right.READ),
    ("POST", "/predictions/{prediction_id}/feedback", Right.LABEL),
    ("DELETE", "/predictions/{prediction_id}/feedback", Right.LABEL),
    ("GET", "/review", Right.READ),
    ("GET", "/review/agreement", Right.READ),
    ("GET", "/intake", Right.READ),
    ("POST", "/intake/{topic}", Right.PREDICT),
    ("GET", "/intake/{topic}/{intake_id}", Right.READ),
    ("POST", "/intake/{topic}/{intake_id}", Right.PREDICT),
    ("DELETE", "/intake/{topic}/{intake_id}", Right.PREDICT),
    ("POST", "/evaluate", Right.LABEL),
    ("GET", "/evaluate/{check}", Right.LABEL),
    ("GET", "/sites", Right.READ),
    ("GET", "/sites/{name:path}", Right.READ),
    ("POST", "/sites/{name:path}", Right.PROMOTE),
    ("DELETE", "/sites/{name:path}", Right.PROMOTE),
    ("POST", "/upload-data", Right.LABEL),
    ("GET", "/samples", Right.READ),
    ("GET", "/samples/export.zip", Right.TRAIN),
    ("GET", "/samples/summary", Right.READ),
    ("GET", "/samples/deleted", Right.READ),
    ("POST", "/samples/{sha256}/restore", Right.TRAIN),
    ("GET", "/samples/{sha256}", Right.READ),
    ("PATCH", "/samples/{sha256}", Right.LABEL),
    ("DELETE", "/samples/{sha256}", Right.TRAIN),
    ("GET", "/samples/{sha256}/thumbnail.png", Right.READ),
    ("GET", "/samples/{sha256}/row", Right.READ),
    ("POST", "/retrain", Right.TRAIN),
    ("GET", "/retrain", Right.READ),
    ("GET", "/retrain/plan", Right.READ),
    ("GET", "/retrain/{job_id}", Right.READ),
    ("GET", "/retrain/{job_id}/events", Right.READ),
    ("GET", "/retrain/{job_id}/changes", Right.READ),
    ("DELETE", "/retrain/{job_id}", Right.TRAIN),
    ("GET", "/models", Right.READ),
    ("GET", "/models/{version}", Right.READ),
    ("GET", "/models/{version}/card", Right.READ),
    ("GET", "/models/{version}/model.h5", Right.READ),
    ("GET", "/models/{version}/export", Right.READ),
    ("POST", "/models/rollback", Right.PROMOTE),
    ("POST", "/models/{version}/promote", Right.PROMOTE),
    ("GET", "/models/{version}/shadow", Right.READ),
    ("POST", "/models/{version}/shadow", Right.PROMOTE),
    ("DELETE", "/models/{version}/shadow", Right.PROMOTE),
    ("GET", "/status/drift", Right.READ),
    ("GET", "/status/quality", Right.READ),
    ("GET", "/v2", Right.READ),
    ("GET", "/v2/health/live", Gate.OPEN),
    ("GET", "/v2/health/ready", Gate.OPEN),
    ("GET", "/v2/models/{task}", Right.READ),
    ("GET", "/v2/models/{task}/versions/{version}", Right.READ),
    ("GET", "/v2/models/{task}/ready", Right.READ),
    ("GET", "/v2/models/{task}/versions/{version}/ready", Right.READ),
    ("POST", "/v2/models/{task}/infer", Right.PREDICT),
    ("POST", "/v2/models/{task}/versions/{version}/infer", Right.PREDICT),
    # A task without a model (503), no such task, or nothing that tasks have (404).
    ("GET", "/tasks/{task}/{rest:path}", Right.READ),
    ("POST", "/tasks/{task}/{rest:path}", Right.PREDICT),
    ("PUT", "/tasks/{task}/{rest:path}", Right.READ),
    ("PATCH", "/tasks/{task}/{rest:path}", Right.READ),
    ("DELETE", "/tasks/{task}/{rest:path}", Right.READ),
)
UNLISTED = Right.ADMIN


@lru_cache(maxsize=4096)
def access_to(method: str, path: str) -> Access:
    """What a request needs; `path` as the routes know it."""
    method = "GET" if method == "HEAD" else method
    fitting = (
        needed for each, pattern, needed in _patterns() if each == method and pattern.match(path)
    )
    return next(fitting, UNLISTED)


def may_pass(principal: Principal, access: Access, *, is_from_loopback: bool) -> bool:
    """Whether somebody may use a route."""
    match access:
        case Gate.OPEN:
            return True
        case Gate.SIGNED_IN:
            return principal.kind != "anonymous"
        case Gate.READ_OR_LOOPBACK:
            return is_from_loopback or principal.may(Right.READ)
        case _:
            return principal.may(access)


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[str, re.Pattern[str], Access], ...]:
    """As the router compiles them, so that both find the same route for every path."""
    ordered = sorted(TABLE, key=lambda row: (":path}" in row[1], row[1].count("{")))
    return tuple((method, compile_path(path)[0], needed) for method, path, needed in ordered)
