"""An HTTP server that answers as the API would, with whatever a test tells it to."""

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any

from PIL import Image

from api_calls import liveness
from tests.streamlit_app import answers, watched


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    media_type: str
    body: bytes
    delay_s: float = 0.0
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def png(grey: int = 90) -> bytes:
    buffer = BytesIO()
    Image.new("L", (64, 64), grey).save(buffer, "PNG")
    return buffer.getvalue()


def heat_png() -> bytes:
    """All red, opaque on the left half only."""
    heat = Image.new("RGBA", (16, 16), (255, 0, 0, 0))
    heat.paste((255, 0, 0, 255), (0, 0, 8, 16))
    buffer = BytesIO()
    heat.save(buffer, "PNG")
    return buffer.getvalue()


@dataclass
class FakeApi:
    """Answers by method and path; a path ending in * stands for all that begin like it."""

    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)

    def start(self) -> "FakeApi":
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        serve = {"poll_interval": 0.01}
        threading.Thread(target=self._server.serve_forever, kwargs=serve, daemon=True).start()
        self._answer_as_a_healthy_api()
        return self

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def answer(self, method: str, path: str, content: Any, *, status: int = 200) -> None:
        self.answers[method, path] = Answer(
            status, "application/json", json.dumps(content).encode()
        )

    def refuse(self, method: str, path: str, detail: str, *, status: int, **more: Any) -> None:
        problem = answers.problem(detail, status=status, **more)
        self.answers[method, path] = Answer(
            status,
            "application/problem+json",
            json.dumps(problem).encode(),
            headers=(("X-Request-ID", problem["request_id"]),),
        )

    def calls(self, method: str, path: str) -> list[Request]:
        return [r for r in self.requests if r.method == method and r.path.partition("?")[0] == path]

    def find(self, method: str, path: str) -> Answer:
        for length in range(len(path), 0, -1):
            name = path if length == len(path) else f"{path[:length]}*"
            if known := self.answers.get((method, name)):
                return known
        return Answer(404, "application/problem+json", b'{"detail": "No such thing."}')

    def _answer_as_a_healthy_api(self) -> None:
        self.answer("GET", "/tasks", answers.recorded("tasks"))
        self.answer("GET", "/status", answers.status())
        self.answer("GET", "/status/activity", answers.activity())
        self.answer("GET", "/errors", answers.recorded("errors"))
        self.answer("GET", "/alerts", answers.alerts())
        self.answer("POST", "/predict", answers.prediction())
        self.answers["POST", "/preview"] = Answer(200, "image/png", png())
        self.answer("GET", "/samples/summary", answers.samples())
        self.answer("GET", "/retrain", answers.recorded("promoted_jobs"))
        self.answer("GET", "/models", answers.models())
        for version in ("v1", "v3"):
            self.answer("GET", f"/models/{version}/shadow", watched.no_shadow(version))
        self.answer("GET", "/status/drift", watched.no_drift())
        self.answer("GET", "/status/quality", watched.quality())
        self.answer("GET", "/models/v2/card", answers.card())
        self.answer("GET", "/models/v1/card", answers.old_card())
        self.answer("GET", "/review", answers.review())
        self.answer("GET", "/review/agreement", answers.recorded("agreement"))
        self.answer("GET", "/retrain/*", answers.recorded("retraining_changes"))
        self.answer("GET", "/retrain/plan", answers.recorded("plan"))
        self.answer("GET", "/samples", answers.recorded("sample_page"))
        self.answer("GET", "/samples/deleted", answers.recorded("deleted_samples"))
        self.answer("GET", "/privacy", answers.recorded("privacy"))
        self.answer("POST", "/evaluate", answers.site_report())
        self.answer("GET", "/intake", answers.recorded("intake_topics"))
        for number in range(1, 6):
            self.answer("GET", f"/predictions/p{number}", answers.prediction())
            self.answer("GET", f"/predictions/p{number}/intakes", {"intakes": []})
        self.answer("POST", "/sites/*", answers.site_detail())
        self.answer("GET", "/sites/*", answers.site_detail())
        self.answer("DELETE", "/sites/*", answers.site_detail(profile=None))
        self.answers["GET", "/predictions/*"] = Answer(200, "image/png", heat_png())
        self.answers["GET", "/samples/*"] = Answer(200, "image/png", png())


def _handler(api: FakeApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.path != liveness.PATH:
                api.requests.append(Request(self.command, self.path, body, dict(self.headers)))
            answer = api.find(self.command, self.path.partition("?")[0])
            time.sleep(answer.delay_s)
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.media_type)
            self.send_header("Content-Length", str(len(answer.body)))
            for name, value in answer.headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST = do_PATCH = do_DELETE = _serve  # noqa: N815 (the standard library asks for these)

        def log_message(self, format: str, *args: Any) -> None:
            """Tests speak for themselves."""

    return Handler
