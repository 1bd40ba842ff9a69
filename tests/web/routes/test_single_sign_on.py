"""`/auth/oidc`: log in by a real OpenID provider, and what nobody gets in with."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import httpx2 as httpx
import pytest
import requests
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.accounts.rights import Role
from api.records.accounts import users
from api.records.audit_log import audit
from tests.support.accounts import HERE, PASSWORD, accounts_of, client_from, guarded_app
from tests.support.checkpoints import TinyCheckpoint
from tests.web.response_checks import Documented, answer, problem

# The provider that the tests run uses what Authlib will no longer have.
pytestmark = [
    pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:authlib.jose:DeprecationWarning"),
]
UI = "http://localhost:8501"
ROLES = {"radiology": "annotator", "it": "admin"}
PEOPLE: dict[str, dict[str, object]] = {
    "maria": {"preferred_username": "Maria", "groups": ["radiology", "choir"]},
    "ivo": {"preferred_username": "ivo", "groups": ["radiology", "it"]},
    "guest": {"preferred_username": "guest", "groups": ["choir"]},
    "nobody": {"preferred_username": "nobody"},
    "impostor": {"preferred_username": "root", "groups": ["it"]},
    "odd": {"preferred_username": "Ω omega", "groups": ["it"]},
}


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """The address of an OpenID provider that knows some people."""
    # As it is imported, Authlib has its warnings told whatever is ignored.
    with warnings.catch_warnings():
        import authlib.deprecate  # noqa: F401

    # Not above: its import warns.
    from oidc_provider_mock import User, run_server_in_thread

    known = [User(sub=name, claims=claims) for name, claims in PEOPLE.items()]
    with run_server_in_thread(user_claims=known, require_nonce=True) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture(scope="module")
def app(
    tiny: TinyCheckpoint, tmp_path_factory: pytest.TempPathFactory, provider: str
) -> Iterator[FastAPI]:
    settings = {
        "oidc_issuer": provider,
        "oidc_client_id": "roentgen",
        "oidc_client_secret": "not very secret",
        "oidc_roles": ROLES,
        "public_url": "http://localhost",
        "ui_url": UI,
    }
    with guarded_app(tiny, tmp_path_factory.mktemp("oidc"), **settings) as app:
        accounts_of(app).add_user("root", Role.ADMIN, PASSWORD)
        yield app


@dataclass
class Browser:
    """A browser of another machine, and the provider's page in it."""

    client: TestClient

    def leave(self) -> str:
        """Where the provider is."""
        response = self.client.get("/auth/oidc/login", follow_redirects=False)
        assert response.status_code == 303, response.text
        return response.headers["location"]

    def respond(self, url: str, who: str, *, action: str = "authorize") -> str:
        """Where the provider sends the browser back to, after it was told who is there."""
        data = {"sub": who, "action": action}
        response = requests.post(url, data=data, allow_redirects=False, timeout=10)
        return response.headers["location"]

    def come_back(self, url: str) -> httpx.Response:
        parts = urlsplit(url)
        return self.client.get(f"{parts.path}?{parts.query}", follow_redirects=False)

    def log_in(self, who: str, *, action: str = "authorize") -> httpx.Response:
        return self.come_back(self.respond(self.leave(), who, action=action))

    def exchange(self, code: str) -> httpx.Response:
        headers = {"Origin": "http://localhost"}
        return self.client.post("/auth/oidc/exchange", json={"code": code}, headers=headers)


@pytest.fixture
def browser(app: FastAPI, documented: Documented) -> Browser:
    client = client_from(app)
    client.event_hooks = {"response": [documented]}
    return Browser(client)


def asked(response: httpx.Response, name: str) -> str:
    """A parameter of the address of the UI that a browser is sent to."""
    assert response.status_code == 303, response.text
    location = response.headers["location"]
    assert location.startswith(UI), location
    return parse_qs(urlsplit(location).query)[name][0]


class TestLoggingIn:
    def test_the_provider_is_asked_with_pkce_and_a_nonce(
        self, browser: Browser, provider: str
    ) -> None:
        url = urlsplit(browser.leave())
        sent = {name: values[0] for name, values in parse_qs(url.query).items()}

        assert f"{url.scheme}://{url.netloc}" == provider
        assert sent["redirect_uri"] == "http://localhost/auth/oidc/callback"
        assert (sent["response_type"], sent["code_challenge_method"]) == ("code", "S256")
        assert min(len(sent[each]) for each in ("code_challenge", "state", "nonce")) >= 43
        assert "openid" in sent["scope"].split()

    def test_a_code_brings_the_session_once(self, app: FastAPI, browser: Browser) -> None:
        code = asked(browser.log_in("maria"), "login")
        assert browser.client.get("/auth/me").status_code == 401

        me = answer(browser.exchange(code))

        assert (me["name"], me["kind"]) == ("maria", "user")
        assert me["rights"] == ["label", "predict", "read"]
        assert answer(browser.client.get("/auth/me"))["name"] == "maria"
        newest = audit.page(accounts_of(app).database, limit=1)[0]
        assert (newest.entry.actor, newest.entry.action) == ("maria", "log_in")
        again = problem(browser.exchange(code), 401)
        assert again["detail"] == "This log-in was used already, or is too old; begin again."

    def test_of_several_groups_the_one_with_most_rights_counts(self, browser: Browser) -> None:
        me = answer(browser.exchange(asked(browser.log_in("ivo"), "login")))

        assert "admin" in me["rights"]

    def test_a_second_log_in_is_the_same_account_with_todays_role(
        self, app: FastAPI, browser: Browser
    ) -> None:
        browser.exchange(asked(browser.log_in("ivo"), "login"))
        users.set_role(accounts_of(app).database, "ivo", Role.VIEWER)

        me = answer(browser.exchange(asked(browser.log_in("ivo"), "login")))

        assert (me["name"], "admin" in me["rights"]) == ("ivo", True)

    def test_who_lost_their_groups_is_out_at_once(
        self, app: FastAPI, browser: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        browser.exchange(asked(browser.log_in("maria"), "login"))
        assert answer(browser.client.get("/auth/me"))["name"] == "maria"
        monkeypatch.delitem(app.state.services.single_sign_on.mapped.roles, "radiology")

        assert asked(Browser(client_from(app)).log_in("maria"), "login_problem") == "no-role"

        problem(browser.client.get("/auth/me"), 401)

    def test_no_password_fits_such_an_account(self, app: FastAPI, browser: Browser) -> None:
        browser.exchange(asked(browser.log_in("maria"), "login"))
        here = client_from(app, HERE)
        for password in ("-", "", PASSWORD):
            sent = {"name": "maria", "password": password}
            assert here.post("/auth/login", json=sent).status_code == 401

    def test_the_state_of_log_ins_names_the_way(self, browser: Browser) -> None:
        state = answer(browser.client.get("/auth"))

        assert state["oidc_login_url"] == "http://localhost/auth/oidc/login"


class TestNobodyIsLetIn:
    @pytest.mark.parametrize(
        ("who", "why"), [("guest", "no-role"), ("nobody", "no-role"), ("odd", "no-role")]
    )
    def test_without_a_group_or_a_name(self, browser: Browser, who: str, why: str) -> None:
        assert asked(browser.log_in(who), "login_problem") == why

    def test_as_somebody_who_has_a_password_here(self, app: FastAPI, browser: Browser) -> None:
        assert asked(browser.log_in("impostor"), "login_problem") == "no-role"
        assert users.get(accounts_of(app).database, "root").subject is None

    def test_who_is_refused_there(self, browser: Browser) -> None:
        assert asked(browser.log_in("maria", action="deny"), "login_problem") == "again"

    def test_in_another_browser(self, app: FastAPI, browser: Browser) -> None:
        back = browser.respond(browser.leave(), "maria")

        assert asked(Browser(client_from(app)).come_back(back), "login_problem") == "again"

    def test_with_a_state_of_somebody_elses(self, browser: Browser) -> None:
        back = browser.respond(browser.leave(), "maria")
        browser.leave()

        assert asked(browser.come_back(back), "login_problem") == "again"

    def test_with_a_code_that_was_used(self, app: FastAPI, browser: Browser) -> None:
        back = browser.respond(browser.leave(), "maria")
        kept = browser.client.cookies["roentgen_oidc"]
        asked(browser.come_back(back), "login")
        browser.client.cookies.set("roentgen_oidc", kept)

        assert asked(browser.come_back(back), "login_problem") == "again"

    @pytest.mark.parametrize("cookie", ["", "a", "a.b", "a..c", "a.b.c.d", "a.b.c"])
    def test_with_a_cookie_of_their_own(self, app: FastAPI, cookie: str) -> None:
        browser = Browser(client_from(app))
        browser.client.cookies.set("roentgen_oidc", cookie)

        back = browser.come_back("/auth/oidc/callback?code=x&state=a")

        assert asked(back, "login_problem") == "again"

    @pytest.mark.parametrize("code", ["", "x", "x" * 200])
    def test_with_a_code_that_is_none(self, browser: Browser, code: str) -> None:
        problem(browser.exchange(code), 401)


class TestWithoutAProvider:
    def test_it_is_said(self, client: TestClient) -> None:
        for path in ("login", "callback?code=x&state=y"):
            found = problem(client.get(f"/auth/oidc/{path}", follow_redirects=False), 404)
            assert "ROENTGEN_OIDC_ISSUER" in found["detail"]
        assert answer(client.get("/auth"))["oidc_login_url"] is None
