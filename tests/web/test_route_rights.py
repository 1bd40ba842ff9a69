"""Each route lets in whoever has its right, and nobody else; walked over the OpenAPI document."""

import itertools
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

import httpx2 as httpx
import pytest
from fastapi import Depends, FastAPI, HTTPException, Request
from starlette.testclient import TestClient

from api.accounts.principal import ANONYMOUS, LOCAL
from api.accounts.rights import RIGHTS_OF, Right, Role
from api.main import create_app
from api.settings import Settings
from api.web.middleware.task_paths import OF_A_TASK
from api.web.route_rights import TABLE, UNLISTED, Access, Gate, access_to, may_pass
from tests.support.accounts import (
    ELSEWHERE,
    HERE,
    accounts_of,
    bearer,
    client_from,
    expired_key_of,
    guarded_app,
    key_of,
    session_of,
)
from tests.support.checkpoints import TinyCheckpoint
from tests.support.openapi_document import openapi_document
from tests.web.response_checks import problem


def plain(template: str) -> str:
    """As the OpenAPI document has it."""
    return template.replace(":path}", "}")


ACCESS: dict[tuple[str, str], Access] = {(m, plain(path)): need for m, path, need in TABLE}
DOCUMENT = openapi_document()
DOCUMENTED = [
    (method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods
]
# Routes without an entry in the document.
OTHERS = [
    ("GET", "/docs"),
    ("GET", "/redoc"),
    ("GET", "/docs/assets/{name}"),
    ("GET", "/openapi.json"),
    ("POST", "/api/diagnosis"),
]
ALL = [*DOCUMENTED, *OTHERS]
NEEDED = {operation: ACCESS.get(operation, UNLISTED) for operation in ALL}
# Values of parameters that a router could take for something else.
ODD = ("x", "x\n", "export.zip", "summary", "rollback", "batch", "login", "me", "x/y")


def example(path: str, value: str = "x") -> str:
    return re.sub(r"\{\w+\}", lambda _: value, path)


def below_a_task(path: str) -> str | None:
    """The same for the task that is named in the path."""
    return f"/tasks/pneumonia{path}" if path.split("/")[1] in OF_A_TASK else None


def statuses(
    app: FastAPI,
    operations: Iterable[tuple[str, str]],
    headers: dict[str, str],
    address: tuple[str, int] = ELSEWHERE,
) -> list[int]:
    """Of a request for each method and path; where the application runs, as a `TestClient` goes to
    that thread and back nine times for each."""

    async def asked() -> list[int]:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=address)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return [
                (await client.request(method, quote(path), headers=headers)).status_code
                for method, path in operations
            ]

    answered: list[int] = app.state.portal.call(asked)
    return answered


def with_those_below_a_task(
    operations: Iterable[tuple[str, str]],
) -> dict[tuple[str, str], Access]:
    """Each method and path that is asked, and what it needs."""
    return {
        (method, example(asked)): NEEDED[method, path]
        for method, path in operations
        for asked in filter(None, (path, below_a_task(path)))
    }


@pytest.fixture(scope="module")
def app(tiny: TinyCheckpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    with guarded_app(tiny, tmp_path_factory.mktemp("rights")) as app:
        yield app


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return client_from(app)


@pytest.fixture(scope="module")
def bad(app: FastAPI) -> dict[str, dict[str, str]]:
    """Headers with a credential that was never good, or is not any more."""
    revoked = key_of(app, "revoked", *Right)
    accounts_of(app).revoke_key("revoked")
    left = session_of(app, "leaver", Role.ADMIN)
    accounts_of(app).log_out(left)
    removed = session_of(app, "removed", Role.ADMIN)
    session_of(app, "stays", Role.ADMIN)
    accounts_of(app).remove_user("removed")
    return {
        "none": {},
        "empty": {"Authorization": "Bearer "},
        "basic": {"Authorization": "Basic YWRtaW46YWRtaW4="},
        "wrong key": bearer("rgn_" + "A" * 43),
        "wrong session": bearer("rgs_" + "A" * 43),
        "endless": bearer("rgn_" + "A" * 5000),
        "expired key": bearer(expired_key_of(app, "expired")),
        "revoked key": bearer(revoked),
        "session that was left": bearer(left),
        "session of somebody removed": bearer(removed),
        "cookie": {"Cookie": f"roentgen_session={left}", "Origin": "http://localhost"},
    }


class TestTheTable:
    def test_it_has_every_route(self) -> None:
        assert [operation for operation in ALL if operation not in ACCESS] == []

    def test_no_route_is_in_it_twice(self) -> None:
        assert len(ACCESS) == len(TABLE)

    def test_only_these_are_open(self) -> None:
        assert {path for (_, path), need in ACCESS.items() if need is Gate.OPEN} == {
            "/health/live", "/health/ready", "/v2/health/live", "/v2/health/ready",
            "/auth", "/auth/login", "/auth/logout", "/auth/first-user",
            "/auth/oidc/login", "/auth/oidc/callback", "/auth/oidc/exchange",
        }  # fmt: skip

    def test_what_changes_something_needs_more_than_reading(self) -> None:
        changing = {
            (method, path): need
            for (method, path), need in ACCESS.items()
            if method != "GET" and not path.startswith(("/auth/", "/tasks/{task}/"))
        }

        assert [op for op, need in changing.items() if need in (Right.READ, *Gate)] == []

    @pytest.mark.parametrize(
        ("method", "path"),
        [("GET", "/nothing"), ("PUT", "/predict"), ("TRACE", "/status"), ("GET", "/predict\n/x")],
    )
    def test_what_is_not_in_it_is_for_admins(self, method: str, path: str) -> None:
        assert access_to(method, path) == Right.ADMIN

    def test_head_needs_what_get_does(self) -> None:
        assert access_to("HEAD", "/samples/export.zip") == access_to("GET", "/samples/export.zip")

    def test_metrics_may_be_read_from_this_machine(self) -> None:
        gate = access_to("GET", "/metrics")

        assert may_pass(ANONYMOUS, gate, is_from_loopback=True)
        assert not may_pass(ANONYMOUS, gate, is_from_loopback=False)
        assert may_pass(LOCAL, gate, is_from_loopback=False)


class TestTheRouter:
    def test_it_takes_every_path_for_the_route_whose_right_is_asked(
        self, settings: Settings
    ) -> None:
        """A path that two rules fit must not be judged by one and answered by the other."""
        taken: list[tuple[str, str, str]] = []

        def note(request: Request) -> None:
            template = plain(request.scope["route"].path)
            taken.append((request.method, request.scope["path"], template))
            raise HTTPException(418)

        asked = [
            (method, example(path, value) + end)
            for (method, path), value in itertools.product(DOCUMENTED, ODD)
            if "{" in path or value == ODD[0]
            for end in ("", "\n")
        ]
        app = create_app(settings, dependencies=[Depends(note)])
        with TestClient(app) as client:
            app.state.portal = client.portal
            statuses(app, asked, {}, HERE)

        assert len(taken) > len(DOCUMENTED)
        assert [each for each in taken if access_to(*each[:2]) != ACCESS[each[0], each[2]]] == []


class TestWithoutGoodCredentials:
    @pytest.mark.parametrize("kind", ["none", "wrong key", "expired key", "revoked key", "cookie"])
    def test_every_route_refuses(
        self, app: FastAPI, bad: dict[str, dict[str, str]], kind: str
    ) -> None:
        # Log-ins are refused for what they say, not for who asks.
        asked = with_those_below_a_task(op for op in ALL if not op[1].startswith("/auth"))

        answered = zip(asked, statuses(app, asked, bad[kind]), strict=True)

        let_in = [(op, status) for op, status in answered if status != 401]
        assert [each for each in let_in if asked[each[0]] is not Gate.OPEN] == []
        open_to_all = {op for op, need in asked.items() if need is Gate.OPEN}
        assert {op for op, _ in let_in} == open_to_all

    def test_every_bad_credential_is_refused_with_a_sentence(
        self, client: TestClient, bad: dict[str, dict[str, str]]
    ) -> None:
        for headers in bad.values():
            response = client.get("/status", headers=headers)

            problem(response, 401, "POST /auth/login")
            assert response.headers["WWW-Authenticate"].startswith("Bearer")
            assert client.head("/status", headers=headers).status_code == 401

    def test_a_refusal_is_not_kept_in_the_records(self, app: FastAPI, client: TestClient) -> None:
        client.get("/status")

        here = client_from(app, HERE).get("/status/activity").json()
        assert [error for error in here["errors"] if error["status"] == 401] == []


class TestRoles:
    @pytest.mark.parametrize("role", Role)
    def test_each_reaches_what_its_rights_are_for_and_nothing_else(
        self, app: FastAPI, role: Role
    ) -> None:
        session_of(app, "one-more-admin", Role.ADMIN)
        headers = bearer(session_of(app, f"a-{role}", role))
        not_asked = ("/auth/logout", "/auth/login", "/auth/first-user")
        asked = with_those_below_a_task(op for op in ALL if op[1] not in not_asked)

        answered = zip(asked.items(), statuses(app, asked, headers), strict=True)

        assert [
            (op, status)
            for (op, need), status in answered
            if (status not in (401, 403)) != (need in Gate or need in RIGHTS_OF[role])
        ] == []

    @pytest.mark.parametrize("right", Right)
    def test_so_does_each_right_alone(self, app: FastAPI, right: Right) -> None:
        headers = bearer(key_of(app, f"only-{right}", right))
        asked = {
            (method, example(path)): need
            for (method, path), need in NEEDED.items()
            if need in Right
        }

        answered = zip(asked.items(), statuses(app, asked, headers), strict=True)

        assert [
            (op, status)
            for (op, need), status in answered
            if (status not in (401, 403)) != (need == right)
        ] == []

    def test_the_local_machine_reaches_everything(self, app: FastAPI) -> None:
        asked = [(m, example(path)) for m, path in ALL if not path.startswith("/auth")]

        answered = zip(asked, statuses(app, asked, {}, HERE), strict=True)

        assert [(op, status) for op, status in answered if status in (401, 403)] == []
