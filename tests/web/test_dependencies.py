"""What is installed for the whole application runs before every operation."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import Depends, FastAPI, HTTPException, Request
from starlette.testclient import TestClient

from api.main import create_app
from api.settings import Settings
from api.web.deps import services_dependency

Call = tuple[str, str, str]


class Guard:
    """Lets nobody in."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    def __call__(self, request: Request) -> None:
        self.calls.append((request.method, request.url.path, request.url.query))
        raise HTTPException(418, "The guard lets nobody in.")


def operations(document: dict[str, Any]) -> list[tuple[str, str]]:
    """Method and path of each, with something in place of the path's parameters."""
    return [
        (method.upper(), re.sub(r"\{\w+\}", "x", path))
        for path, methods in document["paths"].items()
        for method in methods
    ]


@pytest.fixture
def guard() -> Guard:
    return Guard()


@pytest.fixture(params=["create_app(dependencies)", "include_router(dependencies)"])
def guarded(request: pytest.FixtureRequest, settings: Settings, guard: Guard) -> Iterator[FastAPI]:
    """The application, with the guard installed in one of FastAPI's ways."""
    if request.param == "create_app(dependencies)":
        yield create_app(settings, dependencies=[Depends(guard)])
    else:
        host = FastAPI(redirect_slashes=False)
        host.include_router(create_app(settings).router, dependencies=[Depends(guard)])
        yield host


class TestAGuard:
    @pytest.mark.parametrize("query", ["", "explain=1"])
    def test_it_is_called_on_every_path_and_method(
        self, guarded: FastAPI, guard: Guard, query: str
    ) -> None:
        called = operations(guarded.openapi())

        with TestClient(guarded) as client:
            statuses = {
                (method, path): client.request(method, path, params=query or None).status_code
                for method, path in called
            }

        assert ("POST", "/predict") in called
        assert {key: status for key, status in statuses.items() if status != 418} == {}
        assert guard.calls == [(method, path, query) for method, path in called]

    def test_it_can_stand_in_for_what_a_route_depends_on(
        self, settings: Settings, guard: Guard
    ) -> None:
        app = create_app(settings)
        app.dependency_overrides[services_dependency] = guard

        with TestClient(app) as client:
            status = client.post("/predict").status_code

        assert (status, guard.calls) == (418, [("POST", "/predict", "")])
