"""The line of a request as JSON: who asked which route, and nothing that a client wrote."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from api import logs
from api.accounts.principal import Principal
from api.logs import JsonFormatter, OwnHandler, RequestIdFilter
from api.main import create_app
from api.settings import Settings
from api.web.principals import PRINCIPAL
from tests.support import images
from tests.support.waiting import wait_until_ready
from tests.web.response_checks import answer, problem

PATIENT = "Doe_Jane_1970"


@contextmanager
def lines_of_json() -> Iterator[list[dict[str, Any]]]:
    """What the program's own handler writes meanwhile, a dict a line."""
    stream, found = io.StringIO(), list[dict[str, Any]]()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    handler.addFilter(RequestIdFilter())
    logger = logging.getLogger("api")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield found
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        found += map(json.loads, stream.getvalue().splitlines())


def requests_in(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [line for line in lines if line["event"] == "request"]


class TestTheLineOfARequest:
    def test_it_says_who_asked_what_and_what_came_of_it(self, shared_client: TestClient) -> None:
        with lines_of_json() as lines:
            response = shared_client.get("/predictions?limit=3")

        (line,) = requests_in(lines)
        assert line["duration_s"] >= 0
        assert line["at"].endswith("Z")
        assert {name: line[name] for name in line if name not in ("at", "duration_s")} == {
            "level": "INFO",
            "logger": "api.web.middleware.request_context",
            "request": response.headers["X-Request-ID"],
            "event": "request",
            "actor": "local",
            "method": "GET",
            "route": "/predictions",
            "status": 200,
            "bytes": len(response.content),
            "client": "testclient",
        }

    def test_neither_paths_nor_queries_nor_file_names_are_in_it(
        self, shared_client: TestClient
    ) -> None:
        with lines_of_json() as lines:
            image = {"file": (f"{PATIENT}.png", images.png(1))}
            answer(shared_client.post(f"/predict?source={PATIENT}", files=image))
            problem(shared_client.get(f"/predictions/{PATIENT}"), 404)
            problem(shared_client.get(f"/{PATIENT}"), 404)

        routes = [line["route"] for line in requests_in(lines)]
        assert routes == ["/predict", "/predictions/{prediction_id}", "(unknown)"]
        assert PATIENT not in json.dumps(requests_in(lines))

    def test_the_actor_is_whoever_the_authentication_found(self, settings: Settings) -> None:
        app = create_app(settings)

        class Authenticated:
            """In the place of the authentication."""

            def __init__(self, app: ASGIApp) -> None:
                self.app = app

            async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
                scope[PRINCIPAL] = Principal("ada", "user", frozenset())
                await self.app(scope, receive, send)

        app.add_middleware(Authenticated)
        with TestClient(app) as client:
            wait_until_ready(client)
            with lines_of_json() as lines:
                client.get("/health/live")

        assert [line["actor"] for line in requests_in(lines)] == ["ada"]


class TestOtherLines:
    def test_they_have_their_sentence_and_a_traceback(self) -> None:
        with lines_of_json() as lines:
            try:
                raise ValueError("no")
            except ValueError:
                logging.getLogger("api.test").exception("failed n=%d", 3)

        (line,) = lines
        assert (line["event"], line["message"], line["request"]) == ("message", "failed n=3", "-")
        assert line["traceback"].endswith("ValueError: no")


class TestTheSetting:
    @pytest.mark.parametrize(("form", "is_json"), [("json", True), ("text", False)])
    def test_it_chooses_the_format_of_the_one_handler(self, form: Any, is_json: bool) -> None:
        logs.configure("WARNING", form)
        logs.configure("WARNING", form)

        (handler,) = [h for h in logging.getLogger("api").handlers if isinstance(h, OwnHandler)]
        assert isinstance(handler.formatter, JsonFormatter) == is_json
        logs.configure("WARNING", "text")

    def test_the_parser_of_bodies_adds_no_line_for_each_broken_one(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        logs.configure("WARNING")

        with pytest.raises(MultipartParseError):
            MultipartParser(b"x").write(b"--y\r\n")

        assert caplog.text == ""
