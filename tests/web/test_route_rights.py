"""Each route lets in whoever has its right, and nobody else; walked over the OpenAPI document."""

import itertools
import re
from collections.abc import Iterator
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


def ask(client: TestClient, method: str, path: str, headers: dict[str, str]) -> httpx.Response:
    return client.request(method, quote(example(path)), headers=headers)


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
        taken: list[tuple[str, str]] = []

        def note(request: Request) -> None:
            taken.append((request.scope["path"], plain(request.scope["route"].path)))
            raise HTTPException(418)

        wrong = []
        with TestClient(create_app(settings, dependencies=[Depends(note)])) as client:
            for (method, path), value in itertools.product(DOCUMENTED, ODD):
                if "{" not in path and value != ODD[0]:
                    continue
                for end in ("", "\n"):
                    client.request(method, quote(example(path, value) + end))
                wrong += [
                    (method, asked, template)
                    for asked, template in taken
                    if access_to(method, asked) != ACCESS[method, template]
                ]
                taken.clear()

        assert wrong == []


class TestWithoutGoodCredentials:
    @pytest.mark.parametrize("kind", ["none", "wrong key", "expired key", "revoked key", "cookie"])
    def test_every_route_refuses(
        self, client: TestClient, bad: dict[str, dict[str, str]], kind: str
    ) -> None:
        let_in = []
        for (method, path), need in NEEDED.items():
            for asked in filter(None, (path, below_a_task(path))):
                response = ask(client, method, asked, bad[kind])
                if (response.status_code != 401) != (need is Gate.OPEN):
                    let_in.append((method, asked, response.status_code))
        # Log-ins are refused for what they say, not for who asks.
        assert [each for each in let_in if not each[1].startswith("/auth")] == []

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
        self, app: FastAPI, client: TestClient, role: Role
    ) -> None:
        session_of(app, "one-more-admin", Role.ADMIN)
        headers = bearer(session_of(app, f"a-{role}", role))
        wrong = []
        for (method, path), need in NEEDED.items():
            expected = need in Gate or need in RIGHTS_OF[role]
            for asked in filter(None, (path, below_a_task(path))):
                if path in ("/auth/logout", "/auth/login", "/auth/first-user"):
                    continue
                response = ask(client, method, asked, headers)
                if (response.status_code not in (401, 403)) != expected:
                    wrong.append((method, asked, response.status_code))

        assert wrong == []

    @pytest.mark.parametrize("right", Right)
    def test_so_does_each_right_alone(self, app: FastAPI, client: TestClient, right: Right) -> None:
        headers = bearer(key_of(app, f"only-{right}", right))
        wrong = []
        for (method, path), need in NEEDED.items():
            if need in Right:
                response = ask(client, method, path, headers)
                if (response.status_code not in (401, 403)) != (need == right):
                    wrong.append((method, path, response.status_code))

        assert wrong == []

    def test_the_local_machine_reaches_everything(self, app: FastAPI) -> None:
        client = client_from(app, HERE)

        statuses = {
            (method, path): ask(client, method, path, {}).status_code
            for method, path in ALL
            if not path.startswith("/auth")
        }

        assert {op: s for op, s in statuses.items() if s in (401, 403)} == {}
