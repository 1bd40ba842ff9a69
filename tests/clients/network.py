"""What a client meets on the network: answers one after the other, and lost connections."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx2

from roentgen_client import AsyncClient, Client, Retries

ADDRESS = "http://roentgen.test"
Reply = httpx2.Response | Exception
HALF = Retries(backoff_s=1.0, random=lambda: 0.5)
JOB = {
    "id": "j1",
    "url": "/retrain/j1",
    "phase": "head",
    "epoch": 1,
    "epochs": 2,
    "progress": 0.5,
    "eta_seconds": None,
    "created_at": "2026-11-27T12:00:00Z",
    "started_at": None,
    "finished_at": None,
    "parent": "v1",
    "version": None,
    "samples": {"Normal": 3},
    "history": [],
    "verdict": None,
    "reason": None,
    "cause": None,
    "restarts": 0,
    "waiting_for": None,
    "paused": None,
    "paused_seconds": 0.0,
}


@dataclass
class Network:
    """Replies in turn, the last one for ever; keeps what was sent and for how long was waited."""

    replies: list[Reply]
    sent: list[bytes] = field(default_factory=list)
    requests: list[httpx2.Request] = field(default_factory=list)
    waits_s: list[float] = field(default_factory=list)

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        self.sent.append(request.content)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, Exception):
            raise reply
        return reply

    async def sleep(self, seconds: float) -> None:
        self.waits_s.append(seconds)

    def client(
        self,
        retries: Retries = HALF,
        *,
        base_url: str | None = ADDRESS,
        api_key: str | None = None,
    ) -> Client:
        return Client(
            base_url,
            api_key=api_key,
            transport=httpx2.MockTransport(self.answer),
            retries=retries,
            sleep=self.waits_s.append,
        )

    def async_client(self, retries: Retries = HALF) -> AsyncClient:
        return AsyncClient(
            ADDRESS,
            transport=httpx2.MockTransport(self.answer),
            retries=retries,
            sleep=self.sleep,
        )


def network(*replies: Reply | Callable[[], Reply]) -> Network:
    return Network([reply() if callable(reply) else reply for reply in replies])


def busy(status: int = 503, retry_after: str | None = None) -> httpx2.Response:
    problem = {"title": "Busy", "status": status, "detail": "Come back.", "request_id": "r1"}
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return httpx2.Response(status, json=problem, headers=headers)


def job(state: str = "running", **fields: Any) -> httpx2.Response:
    return httpx2.Response(200, json={**JOB, "state": state, **fields})


def tasks() -> httpx2.Response:
    return httpx2.Response(200, json={"default": "pneumonia", "tasks": []})


def lost() -> httpx2.ReadError:
    return httpx2.ReadError("connection reset")
