"""A silent server is found out once, and quickly."""

import dataclasses

import pytest
import requests

from api_calls import liveness, watched_question
from api_calls.liveness import HEARD_FOR_S, SILENT_FOR_S, Liveness
from client import ApiDown, RoentgenClient
from tests.streamlit_app.fake_api import Answer, FakeApi, png


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Server:
    """Counts how often it was asked, and keeps silent where it is told to."""

    def __init__(self) -> None:
        self.asked, self.is_silent = 0, False

    def __call__(self) -> None:
        self.asked += 1
        if self.is_silent:
            raise requests.ReadTimeout


class TestLiveness:
    def test_one_that_has_just_answered_is_not_asked(self) -> None:
        clock, server = Clock(), Server()
        known = Liveness(clock)

        for _ in range(5):
            known.require(server)
        assert server.asked == 1

        clock.now += HEARD_FOR_S + 0.01
        known.require(server)
        assert server.asked == 2

    def test_a_silent_one_is_waited_for_once_and_then_asked_anew(self) -> None:
        clock, server = Clock(), Server()
        server.is_silent = True
        known = Liveness(clock)

        for _ in range(5):
            with pytest.raises(requests.ReadTimeout):
                known.require(server)
        assert server.asked == 1

        clock.now += SILENT_FOR_S + 0.01
        server.is_silent = False
        known.require(server)
        assert server.asked == 2

    def test_any_answer_ends_the_silence(self) -> None:
        clock, server = Clock(), Server()
        server.is_silent = True
        known = Liveness(clock)
        with pytest.raises(requests.ReadTimeout):
            known.require(server)

        known.heard()

        known.require(server)
        assert server.asked == 1

    def test_what_it_met_is_what_is_said_until_it_is_asked_anew(self) -> None:
        known = Liveness(Clock())

        def unreachable() -> None:
            raise requests.ConnectTimeout

        for _ in range(2):
            with pytest.raises(requests.ConnectTimeout):
                known.require(unreachable)

    def test_one_slow_answer_refuses_nothing_that_is_sent(self) -> None:
        clock, server = Clock(), Server()
        server.is_silent = True
        known = Liveness(clock)
        with pytest.raises(requests.ReadTimeout):
            known.require(server)
        server.is_silent = False

        def slow_once() -> None:
            server()
            if server.asked == 2:
                raise requests.ReadTimeout

        known.require(slow_once, tries=2)

        assert server.asked == 3


class TestClient:
    def test_a_film_is_sent_though_another_question_met_silence(
        self, api: FakeApi, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client = RoentgenClient()
        with monkeypatch.context() as patch:
            patch.setattr(liveness, "TIMEOUT_S", 0.1)
            alive = Answer(200, "application/json", b"{}")
            api.answers["GET", liveness.PATH] = dataclasses.replace(alive, delay_s=0.3)
            assert not client.is_alive()
        del api.answers["GET", liveness.PATH]

        assert client.preview("a.png", png(), side_px=96) == png()

    def test_no_question_of_a_page_waits_for_a_server_that_hangs(
        self, api: FakeApi, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(liveness, "TIMEOUT_S", 0.1)
        alive = Answer(200, "application/json", b"{}")
        api.answers["GET", liveness.PATH] = dataclasses.replace(alive, delay_s=0.5)

        with pytest.raises(ApiDown, match=r"did not answer within 0\.1 s"):
            RoentgenClient().status()

        assert not RoentgenClient().is_alive()
        assert not api.requests

    def test_a_question_that_is_under_way_is_given_up_once_the_server_falls_silent(
        self, api: FakeApi, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(liveness, "TIMEOUT_S", 0.1)
        monkeypatch.setattr(watched_question, "WAITED_S", 0.4)
        client = RoentgenClient()
        client.status()
        known = api.answers["GET", "/status"]
        api.answers["GET", "/status"] = dataclasses.replace(known, delay_s=30)
        api.answers["GET", liveness.PATH] = Answer(200, "application/json", b"{}", delay_s=30)

        with pytest.raises(ApiDown, match=r"did not answer within 0\.1 s"):
            client.status()

    def test_a_slow_answer_of_a_server_that_lives_is_waited_for(
        self, api: FakeApi, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(watched_question, "WAITED_S", 0.05)
        known = api.answers["GET", "/status"]
        api.answers["GET", "/status"] = dataclasses.replace(known, delay_s=0.5)

        assert RoentgenClient().status()["model_version"] == "v2"
