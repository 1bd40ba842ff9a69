"""This machine itself is let in; whoever comes from elsewhere, or through a proxy, is asked."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from pydantic import ValidationError

from api import logs
from api.accounts.rights import Right, Role
from api.main import create_app
from api.settings import Settings, from_environment
from api.web.connections.proxies import TrustedProxies
from api.web.connections.this_machine import client_address, is_this_machine
from tests.support import images
from tests.support.accounts import (
    ELSEWHERE,
    HERE,
    accounts_of,
    bearer,
    client_from,
    guarded_app,
    key_of,
    session_of,
)
from tests.support.checkpoints import TinyCheckpoint
from tests.web.response_checks import answer, problem

FORWARDED = [
    {"X-Forwarded-For": "10.0.0.7"},
    {"X-Forwarded-For": "127.0.0.1"},
    {"X-Forwarded-Host": "localhost"},
    {"X-Forwarded-Anything": ""},
    {"Forwarded": "for=127.0.0.1"},
    {"X-Real-IP": "127.0.0.1"},
    {"Via": "1.1 proxy"},
]


@pytest.fixture(scope="module")
def app(tiny: TinyCheckpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    with guarded_app(tiny, tmp_path_factory.mktemp("auth")) as app:
        yield app


@pytest.fixture(scope="module")
def strict(tiny: TinyCheckpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    folder = tmp_path_factory.mktemp("strict")
    with guarded_app(
        tiny, folder, auth="required", trusted_proxies=("127.0.0.9",), allowed_hosts=("a.example",)
    ) as app:
        yield app


class TestAuto:
    @pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
    @pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:8000", "[::1]:8000", "0.0.0.0"])
    def test_this_machine_is_local(self, app: FastAPI, address: str, host: str) -> None:
        client = client_from(app, (address, 50000))

        me = answer(client.get("/auth/me", headers={"Host": host}))

        assert (me["name"], me["kind"]) == ("local", "local")
        assert set(me["rights"]) == set(Right)

    @pytest.mark.parametrize("headers", FORWARDED, ids=str)
    def test_whoever_comes_through_a_proxy_is_not(
        self, app: FastAPI, headers: dict[str, str]
    ) -> None:
        problem(client_from(app, HERE).get("/status", headers=headers), 401)

    @pytest.mark.parametrize("host", ["192.168.1.5:8000", "127.0.0.1.example", ""])
    def test_nor_is_whoever_calls_it_by_another_name(self, app: FastAPI, host: str) -> None:
        response = client_from(app, HERE).get("/status", headers={"Host": host})

        assert response.status_code in (401, 403)

    @pytest.mark.parametrize("address", ["10.0.0.7", "2001:db8::7", "testclient", "unknown"])
    def test_nor_is_another_machine_whatever_it_says(self, app: FastAPI, address: str) -> None:
        client = client_from(app, (address, 50000))

        problem(client.get("/status", headers={"Host": "localhost"}), 401)
        problem(client.post("/predict", files={"file": images.png()}), 401)

    def test_a_bad_credential_is_refused_here_too(self, app: FastAPI) -> None:
        problem(client_from(app, HERE).get("/status", headers=bearer("rgn_no")), 401)

    def test_a_good_one_is_who_asks(self, app: FastAPI) -> None:
        key = key_of(app, "reader", Right.READ)

        assert answer(client_from(app, HERE).get("/auth/me", headers=bearer(key)))["kind"] == "key"

    def test_health_needs_nobody(self, app: FastAPI) -> None:
        client = client_from(app)

        answer(client.get("/health/live"))
        answer(client.get("/health/ready"))
        answer(client.get("/tasks/pneumonia/health/live"))

    def test_the_sentence_says_how_to_add_a_user_until_there_is_one(
        self, tiny: TinyCheckpoint, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        with guarded_app(tiny, tmp_path_factory.mktemp("empty")) as empty:
            client = client_from(empty)
            problem(client.get("/status"), 401, "python -m api user add", "one-time token")
            assert answer(client.get("/auth"))["needs_first_user"]
            accounts_of(empty).add_user("maria", Role.ADMIN, "seven green lamps")

            problem(client.get("/status"), 401, "POST /auth/login", "python -m api user add")
            assert not answer(client.get("/auth"))["needs_first_user"]


class TestRequired:
    def test_this_machine_needs_a_session_too(self, strict: FastAPI) -> None:
        client = client_from(strict, HERE)

        problem(client.get("/status"), 401)
        token = session_of(strict, "maria", Role.VIEWER)
        answer(client.get("/status", headers=bearer(token)))

    def test_metrics_of_this_machine_are_open(self, strict: FastAPI) -> None:
        """Whatever answers there: it is not refused."""
        assert client_from(strict, HERE).get("/metrics").status_code in (200, 404)
        problem(client_from(strict).get("/metrics"), 401)


class TestProxies:
    def test_one_that_is_trusted_is_never_this_machine(self) -> None:
        scope = {"client": ("127.0.0.9", 1), "headers": [(b"host", b"localhost")]}

        assert is_this_machine(scope, TrustedProxies(()))
        assert not is_this_machine(scope, TrustedProxies(("127.0.0.9",)))

    @pytest.mark.parametrize(
        "headers", [[], [(b"host", b"localhost"), (b"host", b"localhost")]], ids=str
    )
    def test_a_request_names_one_host(self, headers: list[tuple[bytes, bytes]]) -> None:
        assert not is_this_machine({"client": HERE, "headers": headers}, TrustedProxies(()))

    def test_a_socket_in_the_file_system_is_a_proxys(self) -> None:
        scope = {"client": None, "headers": [(b"host", b"localhost")]}

        assert not is_this_machine(scope, TrustedProxies(()))

    def test_attempts_are_counted_by_the_address_that_this_machine_passes_on(self) -> None:
        forwarded = [(b"x-forwarded-for", b"1.1.1.1, 10.0.0.7")]

        assert client_address({"client": HERE, "headers": forwarded}) == "10.0.0.7"
        assert client_address({"client": HERE, "headers": []}) == "127.0.0.1"
        assert client_address({"client": ELSEWHERE, "headers": forwarded}) == ELSEWHERE[0]


class TestOff:
    def test_it_has_to_be_said_twice(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ROENTGEN_AUTH", "off")
        monkeypatch.delenv("ROENTGEN_AUTH_OFF_IS_INTENDED")

        with pytest.raises(SystemExit, match="ROENTGEN_AUTH_OFF_IS_INTENDED=true"):
            from_environment()
        with pytest.raises(ValidationError):
            Settings(auth="off")

    def test_then_everybody_may_do_everything_and_the_log_says_so(
        self,
        tiny: TinyCheckpoint,
        tmp_path_factory: pytest.TempPathFactory,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        with guarded_app(tiny, tmp_path_factory.mktemp("off"), auth="off") as app:
            assert answer(client_from(app).get("/auth/me"))["name"] == "local"
        assert "everybody who reaches the port" in caplog.text


class TestTheStart:
    def test_the_log_says_what_is_open_to_whom_and_how_to_begin(
        self,
        tiny: TinyCheckpoint,
        tmp_path_factory: pytest.TempPathFactory,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        folder = tmp_path_factory.mktemp("start")
        with guarded_app(tiny, folder, auth="required", log_level="INFO") as app:
            token = accounts_of(app).first_user.get()
        logs.configure("WARNING")
        logged = [r for r in caplog.records if r.name.endswith("start_message")]

        assert "this machine too" in logged[0].getMessage()
        assert (logged[1].levelname, token in logged[1].getMessage()) == ("WARNING", True)


class TestKeysOfASite:
    def test_what_it_sends_is_of_its_site(self, app: FastAPI) -> None:
        key = bearer(key_of(app, "anna", Right.PREDICT, Right.LABEL, site="St. Anna"))
        client, image = client_from(app), {"file": images.png()}

        plain = answer(client.post("/predict", files=image, headers=key))
        named = client.post("/predict", params={"source": "st. anna"}, files=image, headers=key)
        batch = client.post("/predict/batch", files={"files": images.png()}, headers=key)
        upload = client.post(
            "/upload-data", data={"label": "Normal"}, files={"files": images.png(7)}, headers=key
        )

        results = [plain, answer(named), answer(batch)["results"][0]["prediction"]]
        assert [each["source"] for each in results] == ["St. Anna"] * 3
        sha256 = answer(upload)["files"][0]["sha256"]
        sample = answer(client_from(app, HERE).get(f"/samples/{sha256}"))
        assert (sample["source"], sample["added_by"]) == ("St. Anna", "anna")

    def test_another_site_is_refused(self, app: FastAPI) -> None:
        key = bearer(key_of(app, "berta", *Right, site="St. Berta"))
        client, image, other = client_from(app), {"file": images.png()}, {"source": "St. Anna"}

        refused = [
            client.post("/predict", params=other, files=image, headers=key),
            client.post("/predict/batch", params=other, files={"files": images.png()}, headers=key),
            client.post(
                "/upload-data",
                data={"label": "Normal"} | other,
                files={"files": images.png()},
                headers=key,
            ),
            client.post("/models/rollback", params=other, headers=key),
            client.delete("/sites/St. Anna", headers=key),
        ]

        for response in refused:
            problem(response, 403, "St. Berta")


class TestCookies:
    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({}, 403),
            ({"Origin": "https://evil.example"}, 403),
            ({"Sec-Fetch-Site": "cross-site"}, 403),
            ({"Origin": "http://localhost"}, 404),
            ({"Sec-Fetch-Site": "same-origin"}, 404),
        ],
        ids=str,
    )
    def test_a_change_has_to_say_which_page_it_comes_from(
        self, app: FastAPI, headers: dict[str, str], status: int
    ) -> None:
        token = session_of(app, "operator", Role.OPERATOR)
        cookie = {"Cookie": f"a=b; roentgen_session={token}"}

        response = client_from(app).delete("/retrain/x", headers=cookie | headers)

        problem(response, status)

    def test_reading_does_not(self, app: FastAPI) -> None:
        token = session_of(app, "operator", Role.OPERATOR)

        answer(client_from(app).get("/status", headers={"Cookie": f"roentgen_session={token}"}))

    def test_a_browser_forgets_a_session_that_has_ended(self, app: FastAPI) -> None:
        response = client_from(app).get("/status", headers={"Cookie": "roentgen_session=rgs_old"})

        problem(response, 401)
        assert "roentgen_session=" in response.headers["Set-Cookie"]
        assert "Max-Age=0" in response.headers["Set-Cookie"]


class TestOtherOrigins:
    @pytest.mark.parametrize(
        ("allowed", "credentials"), [(("https://ui.example",), "true"), (("*",), None)], ids=str
    )
    def test_credentials_are_for_named_ones_alone(
        self, settings: Settings, allowed: tuple[str, ...], credentials: str | None
    ) -> None:
        changed = settings.model_copy(update={"auth": "auto", "allowed_origins": allowed})
        client = client_from(create_app(changed))

        asked = {"Origin": "https://ui.example", "Access-Control-Request-Method": "GET"}
        response = client.options("/status", headers=asked)

        assert response.headers.get("Access-Control-Allow-Credentials") == credentials
