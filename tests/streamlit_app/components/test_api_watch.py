"""What a page that is only looked at says of an API that does not answer."""

import dataclasses
import time

import pytest
from streamlit.testing.v1 import AppTest

from api_calls import liveness
from client import RoentgenClient
from components.state import api_watch
from errors import ASK_AGAIN_S, AWAY, NOTIFIED_AT, SHOWN
from tests.streamlit_app.fake_api import Answer, FakeApi
from tests.streamlit_app.page_checks import TIMEOUT_S, texts_of

# As a browser asks for it while a page is idle.
IDLE = "from components.state import api_watch\napi_watch.watch()"
DRAWN = "from components.state import api_watch\napi_watch.show()"
NOTIFIED = """
import streamlit as st
import errors
if st.session_state.get("is-drawn"):
    st.markdown("drawn anew")
else:
    st.session_state["is-drawn"] = True
    errors._return()
"""
ALIVE = Answer(200, "application/json", b"{}")


@pytest.fixture
def silent(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> FakeApi:
    """It accepts connections and says nothing for a while."""
    monkeypatch.setattr(liveness, "TIMEOUT_S", 0.1)
    api.answers["GET", liveness.PATH] = dataclasses.replace(ALIVE, delay_s=0.4)
    return api


def run(script: str, **session: object) -> AppTest:
    page = AppTest.from_string(script, default_timeout=TIMEOUT_S)
    for key, value in session.items():
        page.session_state[key] = value
    return page.run()


class TestWatch:
    @pytest.mark.usefixtures("silent")
    def test_an_idle_page_is_told(self) -> None:
        assert "does not answer" in texts_of(run(IDLE), "error")

    @pytest.mark.usefixtures("no_api")
    def test_one_that_is_gone_is_told_likewise(self) -> None:
        assert "does not answer" in texts_of(run(IDLE), "error")

    @pytest.mark.usefixtures("silent")
    def test_what_the_page_says_is_not_said_twice(self) -> None:
        assert not run(IDLE, **{SHOWN: True}).error
        # A page that is drawn asks for itself.
        assert not run(DRAWN).error

    @pytest.mark.usefixtures("api")
    def test_nothing_is_said_of_one_that_answers_and_a_next_silence_would_be(self) -> None:
        page = run(IDLE, **{SHOWN: True})

        assert not page.error
        assert page.session_state[SHOWN] is False

    def test_both_looks_fit_into_three_seconds(self) -> None:
        assert api_watch.LOOK_AGAIN_S + liveness.TIMEOUT_S <= 2.6
        assert api_watch.HEARD_FOR_S < api_watch.LOOK_AGAIN_S


class TestReturn:
    """A page that was told that the API is silent is drawn again."""

    @pytest.mark.usefixtures("api")
    def test_at_once_when_it_answers_that_was_silent(self) -> None:
        assert run(NOTIFIED, **{AWAY: True, NOTIFIED_AT: time.monotonic()}).markdown

    @pytest.mark.usefixtures("api")
    def test_after_a_while_for_one_that_was_only_slow(self) -> None:
        ago = time.monotonic() - ASK_AGAIN_S

        assert run(NOTIFIED, **{AWAY: False, NOTIFIED_AT: ago}).markdown
        assert not run(NOTIFIED, **{AWAY: False, NOTIFIED_AT: ago + 10}).markdown

    @pytest.mark.usefixtures("no_api")
    def test_never_while_it_is_silent(self) -> None:
        page = run(NOTIFIED, **{AWAY: False, NOTIFIED_AT: 0.0})

        assert not page.markdown
        assert page.session_state[AWAY] is True


class TestItsCost:
    def test_sessions_share_one_question(self, api: FakeApi) -> None:
        client, other = RoentgenClient(), RoentgenClient()

        assert client.is_alive(heard_for_s=60)
        # Now it would be found out.
        api.close()
        assert other.is_alive(heard_for_s=60)
        assert not other.is_alive(heard_for_s=0)
