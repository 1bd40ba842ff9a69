"""Which route answers a request, as its template: without ids, names or what else a client says."""

import re
from collections.abc import Iterable

from fastapi import FastAPI
from starlette.routing import BaseRoute, Route
from starlette.types import Scope

from api.web.links import root_of, route_path

UNKNOWN = "(unknown)"
# Where the application keeps its routes.
ROUTES = "all_routes"
# What names a study, also where a client asks at the wrong place: DICOM's UIDs.
NAMES_STUDIES = re.compile(r"/dicom-web/|/\d+(?:\.\d+){4,}")


def keep_routes(app: FastAPI, routes: Iterable[BaseRoute]) -> None:
    """The routes of an application, those of its routers included."""
    setattr(app.state, ROUTES, [route for route in routes if isinstance(route, Route)])


def route_template(scope: Scope) -> str:
    """`/predictions/{prediction_id}` for each of them; `(unknown)` where there is no such route."""
    found = getattr(scope.get("route"), "path", None)
    return str(found) if found is not None else _looked_up(scope)


def logged_path(scope: Scope) -> str:
    """The path of a request for logs and records: where it may name a patient's study, the
    template only."""
    path: str = scope["path"]
    return root_of(scope) + route_template(scope) if NAMES_STUDIES.search(path) else path


def _looked_up(scope: Scope) -> str:
    """Of a request that no route has seen, as of one that was refused before."""
    routes: list[Route] = getattr(scope["app"].state, ROUTES, [])
    path = route_path(scope)
    # `HEAD` is answered wherever `GET` is.
    method = "GET" if scope["method"] == "HEAD" else scope["method"]
    fitting = [route for route in routes if route.path_regex.match(path)]
    exact = [route for route in fitting if method in (route.methods or {method})]
    return next((route.path for route in (*exact, *fitting)), UNKNOWN)
