"""The log-in of the UI: a form in place of a page, and the way out in the sidebar."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from client import RoentgenClient, address_of
from tests.streamlit_app import answers
from tests.streamlit_app.fake_api import Answer, FakeApi
from tests.streamlit_app.page_checks import TIMEOUT_S, texts
from worklist.rows import DecisionOptions, Row, WorklistImage

APP = Path(__file__).parents[2] / "streamlit_app/app.py"
ME = {"name": "maria", "kind": "user", "rights": ["read", "predict"], "site": None}
SESSION = "rgs_secret"
NO_PROVIDER = {"oidc_login_url": None}
PROVIDER = {"oidc_login_url": "https://xray.example.org/api/auth/oidc/login"}


def opened() -> AppTest:
    return AppTest.from_file(APP, default_timeout=TIMEOUT_S).run()


@pytest.fixture
def closed_api(api: FakeApi) -> FakeApi:
    """An API that asks who is there."""
    api.answer("GET", "/auth", {"mode": "auto", "needs_first_user": False} | NO_PROVIDER)
    api.refuse("GET", "/auth/me", "Log in first.", status=401)
    api.answers["POST", "/auth/login"] = Answer(
        200, "application/json", b"{}", headers=(("Set-Cookie", f"roentgen_session={SESSION}"),)
    )
    return api


FIRST_PAGE = answers.recorded("tasks")["tasks"][0]["title"]


class TestLoggingIn:
    def test_nothing_but_the_form_is_shown(self, closed_api: FakeApi) -> None:
        page = opened()

        assert not page.exception
        assert [title.value for title in page.title] == ["Log in"]
        assert [button.label for button in page.button] == ["Log in"]
        assert closed_api.calls("GET", "/status") == []

    def test_with_a_session_the_page_comes(self, closed_api: FakeApi) -> None:
        page = opened()
        page.text_input[0].input("maria")
        page.text_input[1].input("seven green lamps")

        page.button[0].click().run()
        closed_api.answer("GET", "/auth/me", ME)
        page.run()

        assert not page.exception
        (sent,) = closed_api.calls("POST", "/auth/login")
        assert sent.body == b'{"name": "maria", "password": "seven green lamps"}'
        assert page.title[0].value == FIRST_PAGE
        asked = closed_api.calls("GET", "/auth/me")[-1]
        assert asked.headers["Authorization"] == f"Bearer {SESSION}"
        assert "Cookie" not in asked.headers

    def test_a_wrong_password_is_said(self, closed_api: FakeApi) -> None:
        closed_api.refuse("POST", "/auth/login", "The name or the password is wrong.", status=401)
        page = opened()

        page.button[0].click().run()

        assert "The name or the password is wrong." in texts(page)
        assert page.title[0].value == "Log in"

    def test_how_to_log_in_may_be_refused_too(self, closed_api: FakeApi) -> None:
        closed_api.refuse("GET", "/auth", "Too many requests wait.", status=503)

        page = opened()

        assert "Too many requests wait." in texts(page)
        assert [code.value for code in page.code] == ["r15"]
        assert not page.button

    def test_where_nobody_can_the_first_user_is_made(self, closed_api: FakeApi) -> None:
        closed_api.answer("GET", "/auth", {"mode": "auto", "needs_first_user": True} | NO_PROVIDER)
        closed_api.answers["POST", "/auth/first-user"] = closed_api.answers["POST", "/auth/login"]
        page = opened()
        for field, text in enumerate(("token", "maria", "seven green lamps", "seven green lamp")):
            page.text_input[field].input(text)

        page.button[0].click().run()
        assert "differ" in texts(page)
        page.text_input[3].input("seven green lamps")
        page.button[0].click().run()
        closed_api.answer("GET", "/auth/me", ME)
        page.run()

        (sent,) = closed_api.calls("POST", "/auth/first-user")
        assert b'"token": "token", "name": "maria"' in sent.body
        assert page.title[0].value == FIRST_PAGE


class TestByAProvider:
    @pytest.fixture
    def with_provider(self, closed_api: FakeApi) -> FakeApi:
        state = {"mode": "auto", "needs_first_user": False} | PROVIDER
        closed_api.answer("GET", "/auth", state)
        closed_api.answers["POST", "/auth/oidc/exchange"] = closed_api.answers[
            "POST", "/auth/login"
        ]
        return closed_api

    @pytest.mark.usefixtures("with_provider")
    def test_the_way_there_is_offered(self) -> None:
        (link,) = opened().get("link_button")

        assert link.proto.url == PROVIDER["oidc_login_url"]

    def test_coming_back_takes_one_click(self, with_provider: FakeApi) -> None:
        page = AppTest.from_file(APP, default_timeout=TIMEOUT_S)
        page.query_params["login"] = "code-1"
        page.run()
        assert with_provider.calls("POST", "/auth/oidc/exchange") == []

        page.button[0].click().run()
        with_provider.answer("GET", "/auth/me", ME)
        page.run()

        assert page.title[0].value == FIRST_PAGE
        (sent,) = with_provider.calls("POST", "/auth/oidc/exchange")
        assert sent.body == b'{"code": "code-1"}'
        assert page.session_state["session-token"] == SESSION
        assert "login" not in page.query_params

    @pytest.mark.parametrize(
        ("problem", "words"), [("no-role", "none of your groups"), ("<b>x</b>", "Begin again")]
    )
    @pytest.mark.usefixtures("with_provider")
    def test_a_refusal_is_said_in_words_of_its_own(self, problem: str, words: str) -> None:
        page = AppTest.from_file(APP, default_timeout=TIMEOUT_S)
        page.query_params["login_problem"] = problem
        page.run()

        assert [words in error.value and "<b>" not in error.value for error in page.error] == [True]


def with_films(page: AppTest, name: str | None = None) -> AppTest:
    """The person at the browser has read one film."""
    page.session_state["session-token"] = SESSION
    if name:
        page.query_params["list"] = name
    images = page.run().session_state["worklist"]
    images.add(Row(WorklistImage("film-1", "anna.png"), DecisionOptions()))
    return page.run()


class TestFilmsOfAnother:
    def test_a_session_that_ended_by_itself_leaves_nothing_to_the_next_person(
        self, closed_api: FakeApi
    ) -> None:
        closed_api.answer("GET", "/auth/me", ME)
        page = with_films(AppTest.from_file(APP, default_timeout=TIMEOUT_S))
        named = page.query_params["list"]
        closed_api.refuse("GET", "/auth/me", "Log in first.", status=401)
        page.run()
        assert page.title[0].value == "Log in"

        page.button[0].click().run()
        closed_api.answer("GET", "/auth/me", ME | {"name": "ben"})
        page.run()

        assert not page.exception
        assert page.session_state["session-token"] == SESSION
        assert not page.session_state["worklist"].rows

        closed_api.answer("GET", "/auth/me", ME)
        again = AppTest.from_file(APP, default_timeout=TIMEOUT_S)
        again.session_state["session-token"] = SESSION
        again.query_params["list"] = named
        assert list(again.run().session_state["worklist"].rows) == ["film-1"]

    def test_another_name_in_the_same_session_begins_with_none(self, closed_api: FakeApi) -> None:
        closed_api.answer("GET", "/auth/me", ME)
        page = with_films(AppTest.from_file(APP, default_timeout=TIMEOUT_S))

        closed_api.answer("GET", "/auth/me", ME | {"name": "ben"})
        page.run()

        assert not page.session_state["worklist"].rows

    def test_a_log_out_forgets_the_list(self, closed_api: FakeApi) -> None:
        closed_api.answer("GET", "/auth/me", ME)
        closed_api.answers["POST", "/auth/logout"] = Answer(204, "application/json", b"")
        page = with_films(AppTest.from_file(APP, default_timeout=TIMEOUT_S))
        named = page.query_params["list"]
        (button,) = [each for each in page.sidebar.button if each.label == "Log out"]

        button.click().run()

        assert "list" not in page.query_params
        again = AppTest.from_file(APP, default_timeout=TIMEOUT_S)
        again.session_state["session-token"] = SESSION
        again.query_params["list"] = named
        assert not again.run().session_state["worklist"].rows

    def test_a_list_of_another_task_is_there_again_after_a_reload(
        self, closed_api: FakeApi
    ) -> None:
        closed_api.answer("GET", "/auth/me", ME)
        closed_api.answer("GET", "/tasks/twin/status", answers.status(task="twin"))
        page = AppTest.from_file(APP, default_timeout=TIMEOUT_S)
        page.query_params["task"] = "twin"
        named = with_films(page).query_params["list"]

        def reloaded() -> dict[str, Row]:
            again = AppTest.from_file(APP, default_timeout=TIMEOUT_S)
            again.session_state["session-token"] = SESSION
            again.query_params["task"], again.query_params["list"] = "twin", named
            rows: dict[str, Row] = again.run().session_state["worklist"].rows
            return rows

        assert list(reloaded()) == ["film-1"]
        closed_api.answer("GET", "/auth/me", ME | {"name": "ben"})
        assert not reloaded()

    def test_nothing_is_kept_while_nobody_knows_who_is_there(self, closed_api: FakeApi) -> None:
        closed_api.answer("GET", "/auth/me", ME)
        page = AppTest.from_file(APP, default_timeout=TIMEOUT_S)
        page.session_state["client"] = RoentgenClient("http://127.0.0.1:9")

        assert "list" not in with_films(page).query_params

        page.session_state["client"] = RoentgenClient(closed_api.url)
        assert page.run().query_params["list"]


class TestLoggingOut:
    @pytest.mark.parametrize(
        ("label", "everywhere"), [("Log out", "false"), ("Log out everywhere", "true")]
    )
    def test_the_session_ends_at_the_server_and_here(
        self, closed_api: FakeApi, label: str, everywhere: str
    ) -> None:
        closed_api.answer("GET", "/auth/me", ME)
        closed_api.answers["POST", "/auth/logout"] = Answer(204, "application/json", b"")
        page = AppTest.from_file(APP, default_timeout=TIMEOUT_S)
        page.session_state["session-token"] = SESSION
        page.run()
        (button,) = [each for each in page.sidebar.button if each.label == label]

        button.click().run()
        closed_api.refuse("GET", "/auth/me", "Log in first.", status=401)
        page.run()

        (sent,) = closed_api.calls("POST", "/auth/logout")
        assert sent.path.endswith(f"everywhere={everywhere}")
        assert sent.headers["Authorization"] == f"Bearer {SESSION}"
        assert page.title[0].value == "Log in"
        assert "session-token" not in page.session_state

    def test_another_task_keeps_the_session(self, closed_api: FakeApi) -> None:
        closed_api.answer("GET", "/auth/me", ME)
        page = AppTest.from_file(APP, default_timeout=TIMEOUT_S)
        page.session_state["session-token"] = SESSION
        page.query_params["task"] = "iris"

        page.run()

        assert page.session_state["session-token"] == SESSION


class TestWhoAmI:
    def test_the_sidebar_says_it(self, api: FakeApi) -> None:
        api.answer("GET", "/auth/me", ME | {"name": "local", "kind": "local"})

        assert any("this machine" in text.value for text in opened().sidebar.caption)

    def test_an_api_without_log_in_is_used_as_before(self, api: FakeApi) -> None:
        page = opened()

        assert page.title[0].value == FIRST_PAGE
        assert len(api.calls("GET", "/auth/me")) == 1

    def test_a_page_asks_for_a_browser_that_nobody_knows(self, api: FakeApi) -> None:
        """A test has no browser; the API must not take its requests for this machine's own."""
        opened()

        asked = api.calls("GET", "/status")
        assert asked
        assert {request.headers["X-Forwarded-For"] for request in asked} == {"unknown"}


class TestCachedAnswers:
    def test_those_of_one_person_are_not_anothers(self) -> None:
        one, other, same = (RoentgenClient("http://127.0.0.1:1") for _ in range(3))
        one.identity = same.identity = {"Authorization": "Bearer a"}
        other.identity = {"Authorization": "Bearer b"}

        assert address_of(one) == address_of(same)
        assert address_of(one) != address_of(other)
