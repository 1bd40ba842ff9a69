"""Paths as clients see them: below `--root-path`, where a proxy puts this server there."""

import re
from contextvars import ContextVar
from urllib.parse import quote

from starlette.types import Scope

root_path: ContextVar[str] = ContextVar("root_path", default="")
# The end of the root of a request that is about another task than the default one.
OF_TASK = re.compile(r"/tasks/[^/]+$")


def link(path: str) -> str:
    """Where a client of the current request finds this path."""
    return root_path.get() + path


def link_of_task(task: str, path: str) -> str:
    """Where a client of the current request finds this path of another task."""
    return f"{OF_TASK.sub('', root_path.get())}/tasks/{quote(task)}{path}"


def root_of(scope: Scope) -> str:
    """What comes before every path of this server; mostly nothing."""
    return str(scope.get("root_path", "")).rstrip("/")


def route_path(scope: Scope) -> str:
    """The path of a request as the routes know it."""
    path: str = scope["path"]
    root = root_of(scope)
    return path[len(root) :] if root and path.startswith(root + "/") else path
