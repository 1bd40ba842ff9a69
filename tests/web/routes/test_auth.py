"""`/auth`, `/users` and `/keys`: log in, log out, and who may."""

import itertools
import logging
from collections.abc import Iterator

import httpx2 as httpx
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.accounts.rights import Right, Role
from api.records.answers import feedback
from tests.support import images
from tests.support.accounts import (
    HERE,
    PASSWORD,
    accounts_of,
    bearer,
    client_from,
    guarded_app,
    key_of,
    session_of,
)
from tests.support.checkpoints import TinyCheckpoint, add_version
from tests.web.response_checks import Documented, answer, problem

NAME = "roentgen_session"
NUMBERS = itertools.count(1)
OWN_PAGE = {"Origin": "http://localhost"}


@pytest.fixture(scope="module")
def app(tiny: TinyCheckpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    with guarded_app(tiny, tmp_path_factory.mktemp("log-in")) as app:
        accounts_of(app).add_user("root", Role.ADMIN, PASSWORD)
        yield app


@pytest.fixture
def browser(app: FastAPI, documented: Documented) -> TestClient:
    """A browser of another machine; its page is this server's."""
    # Attempts of one test are not another's.
    client = client_from(app, (f"10.1.0.{next(NUMBERS)}", 50000))
    client.headers.update(OWN_PAGE)
    client.event_hooks = {"response": [documented]}
    return client


@pytest.fixture
def admin(app: FastAPI, documented: Documented) -> TestClient:
    client = client_from(app)
    client.headers.update(bearer(session_of(app, "root", Role.ADMIN)))
    client.event_hooks = {"response": [documented]}
    return client


@pytest.fixture
def user(app: FastAPI) -> str:
    """A viewer of this test alone."""
    name = f"user-{next(NUMBERS)}"
    accounts_of(app).add_user(name, Role.VIEWER, PASSWORD)
    return name


def log_in(client: TestClient, name: str, password: str = PASSWORD) -> httpx.Response:
    return client.post("/auth/login", json={"name": name, "password": password})


class TestLoggingIn:
    def test_a_session_begins(self, browser: TestClient, user: str) -> None:
        me = answer(log_in(browser, user.upper()))

        assert (me["name"], me["kind"], me["rights"]) == (user, "user", ["predict", "read"])
        assert answer(browser.get("/auth/me"))["name"] == user
        assert answer(browser.get("/status"))["version"]

    def test_its_cookie_is_not_for_scripts_or_other_sites(
        self, browser: TestClient, user: str
    ) -> None:
        cookie = log_in(browser, user).headers["Set-Cookie"]

        assert cookie.startswith(f"{NAME}=rgs_")
        assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
        assert "Secure" not in cookie

    def test_over_tls_it_is_for_this_host_and_tls_alone(self, app: FastAPI, user: str) -> None:
        client = client_from(app, ("10.9.9.9", 1), url="https://localhost")

        cookie = log_in(client, user).headers["Set-Cookie"]

        assert cookie.startswith(f"__Host-{NAME}=rgs_")
        assert {"Secure", "HttpOnly", "Path=/"} <= set(cookie.split("; "))
        answer(client.get("/auth/me"))
        stolen = client.cookies[f"__Host-{NAME}"]
        planted = client_from(app, ("10.9.9.9", 1), url="https://localhost")
        problem(planted.get("/auth/me", headers={"Cookie": f"{NAME}={stolen}"}), 401)

    def test_each_log_in_has_a_new_token_and_ends_the_session_before(
        self, app: FastAPI, browser: TestClient, user: str
    ) -> None:
        """A token that somebody planted is worth nothing after the log-in (session fixation)."""
        browser.cookies.set(NAME, "rgs_planted")
        log_in(browser, user)
        first = browser.cookies.get(NAME, domain="localhost.local")
        log_in(browser, user)
        second = browser.cookies.get(NAME, domain="localhost.local")

        assert len({"rgs_planted", first, second}) == 3
        assert first is not None
        problem(client_from(app).get("/auth/me", headers=bearer(first)), 401)

    def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(
        self, browser: TestClient, user: str
    ) -> None:
        bodies = [
            problem(log_in(browser, name, "wrong but long"), 401)["detail"]
            for name in (user, "nobody-at-all")
        ]

        assert len(set(bodies)) == 1

    def test_both_cost_one_hash(
        self, app: FastAPI, user: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What takes the time is done as often for a name that nobody has."""
        verified: list[str] = []
        verify = PasswordHasher.verify

        def counted(self: PasswordHasher, found: str, password: str) -> bool:
            verified.append(found)
            return verify(self, found, password)

        monkeypatch.setattr(PasswordHasher, "verify", counted)
        client = client_from(app, ("10.8.8.8", 1))
        log_in(client, user, "wrong but long")
        log_in(client, "nobody", "wrong but long")

        assert len(verified) == 2
        assert verified[0].split("$")[:4] == verified[1].split("$")[:4]

    def test_guessing_is_slowed_down_and_sessions_go_on(
        self, app: FastAPI, browser: TestClient, user: str
    ) -> None:
        open_session = accounts_of(app).log_in(user, PASSWORD, address="elsewhere").token
        for _ in range(5):
            problem(log_in(browser, user, "wrong but long"), 401)

        refused = log_in(browser, user)

        problem(refused, 429, "try again in")
        assert 0 < int(refused.headers["Retry-After"]) <= 60
        answer(browser.get("/auth/me", headers=bearer(open_session)))

    @pytest.mark.parametrize(
        "body",
        [{}, {"name": "x"}, {"name": 1, "password": []}, {"name": "x", "password": "y" * 2000}, []],
        ids=str,
    )
    def test_what_is_no_log_in_is_refused(self, browser: TestClient, body: object) -> None:
        problem(browser.post("/auth/login", json=body), 422)

    def test_a_large_body_is_refused(self, app: FastAPI) -> None:
        problem(client_from(app).post("/auth/login", content=b"x" * 200_000), 413)

    def test_another_page_cannot_log_a_visitor_in(self, browser: TestClient, user: str) -> None:
        sent = {"name": user, "password": PASSWORD}
        foreign = {"Origin": "https://evil.example"}

        problem(browser.post("/auth/login", json=sent, headers=foreign), 403)

    def test_nothing_secret_is_logged(
        self, browser: TestClient, user: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.DEBUG, logger="api"):
            log_in(browser, user)
            log_in(browser, user, "wrong but long")
            log_in(browser, "a password in the wrong field", "x")
            browser.get("/status", headers=bearer("rgs_secret"))

        ours = "\n".join(r.getMessage() for r in caplog.records if r.name.startswith("api"))
        assert f"logged in user={user}" in ours
        assert f"refused user={user}" in ours
        for secret in (PASSWORD, "wrong but long", "wrong field", "rgs_"):
            assert secret not in ours


class TestLoggingOut:
    def test_the_session_has_ended_at_the_server(
        self, app: FastAPI, browser: TestClient, user: str
    ) -> None:
        log_in(browser, user)
        token = browser.cookies[NAME]

        response = browser.post("/auth/logout")

        assert response.status_code == 204
        assert "Max-Age=0" in response.headers["Set-Cookie"]
        problem(client_from(app).get("/auth/me", headers=bearer(token)), 401)

    def test_everywhere_ends_all_of_the_user(
        self, app: FastAPI, browser: TestClient, user: str
    ) -> None:
        other = accounts_of(app).log_in(user, PASSWORD, address="elsewhere").token
        log_in(browser, user)

        assert browser.post("/auth/logout?everywhere=true").status_code == 204

        problem(client_from(app).get("/auth/me", headers=bearer(other)), 401)

    def test_without_a_session_nothing_happens(self, browser: TestClient) -> None:
        assert browser.post("/auth/logout").status_code == 204


class TestPasswords:
    def test_a_new_one_ends_the_other_sessions(
        self, app: FastAPI, browser: TestClient, user: str
    ) -> None:
        other = accounts_of(app).log_in(user, PASSWORD, address="elsewhere").token
        log_in(browser, user)
        sent = {"current": PASSWORD, "new": "eight red kites"}

        assert browser.post("/auth/password", json=sent).status_code == 204

        assert answer(browser.get("/auth/me"))["name"] == user
        problem(client_from(app).get("/auth/me", headers=bearer(other)), 401)
        answer(log_in(browser, user, "eight red kites"))

    @pytest.mark.parametrize(
        ("current", "new", "status"),
        [
            ("wrong but long", "eight red kites", 401),
            (PASSWORD, "short", 422),
            (PASSWORD, PASSWORD, 422),
        ],
    )
    def test_else_nothing_changes(
        self, browser: TestClient, user: str, current: str, new: str, status: int
    ) -> None:
        log_in(browser, user)

        problem(browser.post("/auth/password", json={"current": current, "new": new}), status)

        answer(log_in(browser, user))

    def test_a_machine_has_none(self, app: FastAPI) -> None:
        sent = {"current": PASSWORD, "new": "eight red kites"}
        key = key_of(app, "has-no-password", Right.READ)

        problem(client_from(app, HERE).post("/auth/password", json=sent), 403)
        problem(client_from(app).post("/auth/password", json=sent, headers=bearer(key)), 403)


class TestTheFirstUser:
    def test_where_there_is_one_the_token_is_worth_nothing(self, browser: TestClient) -> None:
        sent = {"token": "guess", "name": "mallory", "password": PASSWORD}

        problem(browser.post("/auth/first-user", json=sent), 401, "one-time token")

    def test_with_the_token_they_are_an_admin(
        self, tiny: TinyCheckpoint, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        with guarded_app(tiny, tmp_path_factory.mktemp("first")) as empty:
            client = client_from(empty)
            token = accounts_of(empty).first_user.get()
            sent = {"token": token, "name": "maria", "password": PASSWORD}

            me = answer(client.post("/auth/first-user", json=sent))

            assert "admin" in me["rights"]
            assert [u["name"] for u in answer(client.get("/users"))["users"]] == ["maria"]
            problem(client.post("/auth/first-user", json=sent, headers=OWN_PAGE), 401)


class TestUsers:
    def test_one_is_added_changed_and_removed(
        self, app: FastAPI, admin: TestClient, browser: TestClient
    ) -> None:
        sent = {"name": "Li", "role": "viewer", "password": PASSWORD}

        added = answer(admin.post("/users", json=sent), 201)
        log_in(browser, "li")
        changed = answer(admin.patch("/users/li", json={"role": "annotator"}))

        assert (added["name"], added["role"], added["open_sessions"]) == ("li", "viewer", 0)
        assert (changed["role"], changed["open_sessions"]) == ("annotator", 1)
        assert "label" in answer(browser.get("/auth/me"))["rights"]
        reset = answer(admin.patch("/users/li", json={"password": "nine blue stones"}))
        assert reset["open_sessions"] == 0
        problem(browser.get("/auth/me"), 401)
        answer(log_in(browser, "li", "nine blue stones"))
        assert admin.delete("/users/li").status_code == 204
        problem(browser.get("/auth/me"), 401)
        assert "li" not in [user["name"] for user in answer(admin.get("/users"))["users"]]

    @pytest.mark.parametrize(
        ("changes", "status"),
        [
            ({"name": "root"}, 409),
            ({"name": "local"}, 422),
            ({"name": "a b"}, 422),
            ({"role": "king"}, 422),
            ({"password": "short"}, 422),
            ({"admin": True}, 422),
        ],
        ids=str,
    )
    def test_what_cannot_be_added_is_refused(
        self, admin: TestClient, changes: dict[str, object], status: int
    ) -> None:
        sent = {"name": "new", "role": "viewer", "password": PASSWORD}

        problem(admin.post("/users", json=sent | changes), status)

    def test_no_hash_and_no_password_comes_out(self, admin: TestClient) -> None:
        text = admin.get("/users").text

        assert "root" in text
        assert "argon2" not in text
        assert "hash" not in text

    def test_nobody_is_not_found(self, admin: TestClient) -> None:
        problem(admin.delete("/users/nobody"), 404)
        problem(admin.patch("/users/nobody", json={"role": "admin"}), 404)
        problem(admin.patch("/users/nobody", json={"password": PASSWORD}), 404)


class TestKeys:
    def test_one_is_shown_once_and_revoked(self, app: FastAPI, admin: TestClient) -> None:
        sent = {"name": "pacs", "rights": ["read"], "site": "St. Anna", "expires_in_days": 2}

        made = answer(admin.post("/keys", json=sent), 201)

        assert made["key"].startswith("rgn_")
        assert len(made["key"]) >= 4 + 43
        assert made["created_by"] == "root"
        listed = admin.get("/keys")
        assert made["key"] not in listed.text
        (shown,) = [key for key in answer(listed)["keys"] if key["name"] == "pacs"]
        assert (shown["rights"], shown["site"]) == (["read"], "St. Anna")
        client = client_from(app)
        answer(client.get("/status", headers=bearer(made["key"])))
        problem(client.post("/retrain", headers=bearer(made["key"])), 403, "train")
        assert admin.delete("/keys/pacs").status_code == 204
        problem(client.get("/status", headers=bearer(made["key"])), 401)
        problem(admin.delete("/keys/pacs"), 404)

    @pytest.mark.parametrize(
        "changes",
        [{"rights": []}, {"rights": ["fly"]}, {"expires_in_days": 0}, {"site": " "}, {"name": ""}],
        ids=str,
    )
    def test_what_is_no_key_is_refused(self, admin: TestClient, changes: dict[str, object]) -> None:
        problem(admin.post("/keys", json={"name": "k", "rights": ["read"]} | changes), 422)

    def test_the_use_of_one_is_noted(self, app: FastAPI, admin: TestClient) -> None:
        client_from(app).get("/status", headers=bearer(key_of(app, "used", Right.READ)))

        (shown,) = [key for key in answer(admin.get("/keys"))["keys"] if key["name"] == "used"]
        assert shown["last_used_at"]


class TestWhoDidIt:
    def test_it_is_who_asked(self, app: FastAPI, user: str) -> None:
        accounts_of(app).change_user(user, role=Role.OPERATOR)
        client = client_from(app)
        client.headers.update(bearer(session_of(app, user, Role.OPERATOR)))
        image = images.png(4711)
        prediction = answer(client.post("/predict", files={"file": image}))["id"]
        word = {"label": "Normal", "remark": "r"}
        answer(client.post(f"/predictions/{prediction}/feedback", json=word), 201)
        upload = {"label": "Normal"}
        sent = answer(client.post("/upload-data", data=upload, files={"files": image}))
        sha256 = sent["files"][0]["sha256"]
        changed = {"label": "COVID-19", "remark": "r"}

        sample = answer(client.patch(f"/samples/{sha256}", json=changed))

        database = app.state.services.records.database
        (kept,) = feedback.of(database, prediction, task="pneumonia")
        assert kept.given_by == user
        assert sample["added_by"] == user
        assert sample["history"][-1]["changed_by"] == user

    def test_so_are_moves_of_the_champion(
        self, app: FastAPI, user: str, tiny: TinyCheckpoint
    ) -> None:
        accounts_of(app).change_user(user, role=Role.OPERATOR)
        client = client_from(app)
        client.headers.update(bearer(session_of(app, user, Role.OPERATOR)))
        add_version(app.state.services.settings.models_dir, tiny, "v2")
        because = {"reason": "better"}

        answer(client.post("/models/v2/promote", json=because))
        answer(client.post("/models/rollback", json=because))
        answer(client.post("/models/v2/promote?source=Here", json=because))
        answer(client.post("/models/rollback?source=Here", json=because))

        models = answer(client.get("/models"))
        (site,) = models["site_versions"]
        moves = [*models["history"], *site["history"]]
        assert [move["by"] for move in moves] == [user] * 4


class TestAuditLog:
    """Who came in, and who changed who may."""

    def written(self, admin: TestClient, since: int) -> list[tuple[str, str, str]]:
        page = answer(admin.get("/audit", params={"limit": 100}))["entries"]
        new = sorted((e for e in page if e["number"] > since), key=lambda e: e["number"])
        return [(e["actor"], e["action"], e["object"]) for e in new]

    def test_log_ins_and_changes_of_accounts_are_entries(
        self, app: FastAPI, browser: TestClient, admin: TestClient
    ) -> None:
        since = answer(admin.get("/audit"))["head_number"]
        new = {"name": "noor", "role": "viewer", "password": PASSWORD}
        wrong = {"name": "noor", "password": "not this one here"}
        in_the_wrong_field = {"name": "hunter2 hunter2", "password": "noor noor noor"}

        answer(admin.post("/users", json=new), 201)
        browser.post("/auth/login", json=wrong)
        browser.post("/auth/login", json=in_the_wrong_field)
        answer(browser.post("/auth/login", json={"name": "noor", "password": PASSWORD}))
        browser.post("/auth/logout")
        answer(admin.patch("/users/noor", json={"role": "annotator"}))
        answer(admin.post("/keys", json={"name": "pacs-7", "rights": ["predict"]}), 201)
        admin.delete("/keys/pacs-7")
        admin.delete("/users/noor")

        found = self.written(admin, since)
        assert [entry[1:] for entry in found] == [
            ("user_add", "noor"), ("log_in_failed", "noor"), ("log_in_failed", ""),
            ("log_in", "noor"), ("log_out", "noor"), ("user_change", "noor"),
            ("key_add", "pacs-7"), ("key_revoke", "pacs-7"), ("user_remove", "noor"),
        ]  # fmt: skip
        assert {actor for actor, action, _ in found if action.startswith(("user", "key"))} == {
            "root"
        }
        assert ("noor", "log_in", "noor") in found
