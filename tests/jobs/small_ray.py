"""The Jobs API of a Ray cluster as far as it is used, over real HTTP; jobs do as a test says."""

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from api.jobs.ray_jobs import ENDED


@dataclass
class SmallRay:
    """Its address, the jobs that it knows, and all that was submitted to it."""

    address: str = ""
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    submitted: list[dict[str, Any]] = field(default_factory=list)
    tokens: set[str | None] = field(default_factory=set)
    # How many jobs it does not take, as a head that is just coming back.
    refusals: int = 0

    def ends(self, job_id: str, status: str, **values: Any) -> None:
        """A job is over from now on."""
        self.jobs[job_id] |= {"status": status} | values


@contextlib.contextmanager
def small_ray(state: SmallRay, *, port: int = 0) -> Iterator[SmallRay]:
    """Running until the block ends; with a `port` where one was before."""

    class Handler(_Handler):
        ray_state = state

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    state.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    ray_state: SmallRay

    def do_GET(self) -> None:
        job_id, _, rest = self.path.removeprefix("/api/jobs/").partition("/")
        found = self.ray_state.jobs.get(job_id)
        if found is None:
            self._send(404, f"Job {job_id} does not exist")
        else:
            self._send(200, {"logs": f"printed by {job_id}\n"} if rest == "logs" else found)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        if self.path.endswith("/stop"):
            job_id = self.path.split("/")[-2]
            self.ray_state.ends(job_id, "STOPPED")
            self._send(200, {"stopped": True})
            return
        if self.ray_state.refusals:
            self.ray_state.refusals -= 1
            self._send(500, "No available agent to submit job, please try again later.")
            return
        request = json.loads(body)
        job_id = request["submission_id"]
        if job_id in self.ray_state.jobs:
            self._send(500, f"ValueError: Job with submission_id {job_id} already exists.")
            return
        self.ray_state.submitted.append(request)
        self.ray_state.jobs[job_id] = {"status": "RUNNING", "driver_exit_code": None}
        self._send(200, {"submission_id": job_id})

    def do_DELETE(self) -> None:
        job_id = self.path.split("/")[-1]
        if self.ray_state.jobs[job_id]["status"] not in ENDED:
            self._send(500, "RuntimeError: it is in a non-terminal state")
            return
        del self.ray_state.jobs[job_id]
        self._send(200, {"deleted": True})

    def _send(self, status: int, body: Any) -> None:
        self.ray_state.tokens.add(self.headers.get("Authorization"))
        content = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""
