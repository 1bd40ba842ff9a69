"""Trainers as jobs of a Ray cluster, by its Jobs REST API; Ray itself is not needed here.

https://docs.ray.io/en/latest/cluster/running-applications/job-submission/rest.html
"""

import contextlib
import http.client
import json
import os
import shlex
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from api.errors import ClusterFailed, StorageFailed
from api.files import write_atomic
from api.jobs import trainer_process
from api.jobs.launcher import (
    HEAD_AWAY_FOR,
    SILENT_ELSEWHERE_FOR,
    SILENT_FOR,
    Presence,
    Sighting,
)
from api.records.retrainings.job_record import JobRecord
from api.settings import PREFIX, ROOT, Settings, public_values

# No proxy is asked for what is in the same network.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))

TIMEOUT_S = 5.0
# An agent of the cluster starts a process before it answers.
SUBMIT_TIMEOUT_S = 20.0
# Ray kills a job that was asked to stop after three seconds.
STOP_S, POLL_S = 10.0, 0.2
ENDED = frozenset({"STOPPED", "SUCCEEDED", "FAILED"})
# Why Ray ends a job that found no node within its `RAY_JOB_START_TIMEOUT_SECONDS` (15 minutes).
NO_ROOM = "JOB_SUPERVISOR_ACTOR_START_TIMEOUT"
TOKEN, TOKEN_PATH = "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"
# Parameters of the records' URL that say nothing of who connects.
OPEN_PARAMETERS = frozenset({"sslmode", "connect_timeout", "host", "port", "target_session_attrs"})
# A job that was seen at work, or a head that did not answer, is asked about again after this.
LOOK_EVERY_S = 5.0
MAX_LOG_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class RayJobs:
    """The jobs of one cluster; a job's submission id is its id here.

    Attributes:
        address: of its head's dashboard, as http://head:8265.
        environment: of every trainer.
        cpus: cores that a trainer reserves.
        memory_bytes: memory that it reserves; 0: none is.
        logs: folder of trainers' logs, into which that of one that failed is copied.
    """

    address: str
    environment: Mapping[str, str]
    cpus: int
    memory_bytes: int
    logs: Path
    wait: Callable[[float], None] = time.sleep
    ends_with_server: bool = False
    clock: Callable[[], float] = time.monotonic
    _seen: dict[str, tuple[float, Sighting]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def spawn(self, job_id: str, *, log: Path, environment: dict[str, str], trainer: str) -> None:
        """See `Launcher`; `environment` is this machine's, a node has its own beside ours."""
        request = {
            "submission_id": job_id,
            "entrypoint": f"cd {shlex.quote(str(ROOT))} && exec python -m {trainer} --job {job_id}",
            "runtime_env": {"env_vars": dict(self.environment)},
            "entrypoint_num_cpus": self.cpus,
            "metadata": {"program": "roentgen"},
        }
        if self.memory_bytes:
            request["entrypoint_memory"] = self.memory_bytes
        # One that was begun before has this id; it must be over before another one works.
        self._seen.pop(job_id, None)
        self._remove(job_id)
        self._call("POST", "/api/jobs/", request, timeout_s=SUBMIT_TIMEOUT_S)

    def look(self, job: JobRecord) -> Sighting:
        """See `Launcher`. What is not final is remembered for `LOOK_EVERY_S`."""
        known = self._seen.get(job.id)
        if known is not None and self.clock() - known[0] < LOOK_EVERY_S:
            return known[1]
        self._seen.clear()
        found = self._look(job)
        if found.presence in {Presence.ALIVE, Presence.WAITING, Presence.OUT_OF_REACH}:
            self._seen[job.id] = self.clock(), found
        return found

    def _look(self, job: JobRecord) -> Sighting:
        try:
            found = self._info(job.id)
        except ClusterFailed:
            return Sighting(
                Presence.OUT_OF_REACH,
                "The Ray cluster does not answer, and nothing was heard of the trainer; start the "
                "retraining again once it does.",
                lost_after=HEAD_AWAY_FOR,
            )
        if found is None:
            return Sighting(
                Presence.FORGOTTEN,
                "The Ray cluster knows nothing of the trainer any more; start the retraining "
                "again.",
            )
        if found["status"] == "PENDING":
            return Sighting(Presence.WAITING, self._waits)
        if found["status"] not in ENDED:
            return Sighting(Presence.ALIVE)
        if found.get("error_type") == NO_ROOM:
            return Sighting(Presence.NOT_STARTED, self._waits, lost_after=SILENT_FOR)
        self._keep_log(job)
        # What has just been begun again may still be known by how it ended before.
        is_claimed = job.started_at is not None
        return _sighting_of(found, SILENT_FOR if is_claimed else SILENT_ELSEWHERE_FOR)

    @property
    def _waits(self) -> str:
        """What a job waits for that has not begun."""
        sentences = [
            f"It waits for a node of the Ray cluster with room; free cores needed: {self.cpus}."
        ]
        if self.memory_bytes:
            sentences.append(f"Free memory needed: {self.memory_bytes / 1e9:.1f} GB.")
        return " ".join(sentences)

    def stop(self, job: JobRecord, *, timeout_s: float) -> None:
        """See `Launcher`."""
        with contextlib.suppress(ClusterFailed):
            self._stop(job.id, timeout_s=timeout_s)

    def _remove(self, job_id: str) -> None:
        if self._info(job_id) is None:
            return
        self._stop(job_id, timeout_s=STOP_S)
        self._call("DELETE", f"/api/jobs/{job_id}")

    def _stop(self, job_id: str, *, timeout_s: float) -> None:
        found = self._info(job_id)
        if found is None or found["status"] in ENDED:
            return
        self._call("POST", f"/api/jobs/{job_id}/stop")
        for _ in range(round(timeout_s / POLL_S)):
            found = self._info(job_id)
            if found is None or found["status"] in ENDED:
                return
            self.wait(POLL_S)

    def _keep_log(self, job: JobRecord) -> None:
        """What the trainer printed, where that of a local one would be; the second one's apart."""
        path = self.logs / (f"{job.id}-2.log" if job.restarts else f"{job.id}.log")
        if path.exists():
            return
        with contextlib.suppress(ClusterFailed, StorageFailed):
            text = (self._call("GET", f"/api/jobs/{job.id}/logs") or {}).get("logs", "")
            write_atomic(path, str(text).encode()[-MAX_LOG_BYTES:])

    def _info(self, job_id: str) -> dict[str, Any] | None:
        return self._call("GET", f"/api/jobs/{job_id}", missing_is_none=True)

    def _call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        missing_is_none: bool = False,
        timeout_s: float = TIMEOUT_S,
    ) -> dict[str, Any] | None:
        """What the cluster answers; None where there is no such job.

        Raises: ClusterFailed if it does not answer, or refuses.
        """
        request = urllib.request.Request(
            self.address.rstrip("/") + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", **_authorization()},
        )
        try:
            with _OPENER.open(request, timeout=timeout_s) as response:
                answer = json.loads(response.read() or b"null")
        except urllib.error.HTTPError as exc:
            with exc:
                if exc.code == http.HTTPStatus.NOT_FOUND and missing_is_none:
                    return None
                lines = exc.read().decode(errors="replace").strip().splitlines() or [exc.reason]
            raise ClusterFailed(
                f"The Ray cluster at {self.address} refuses ({exc.code}: {lines[-1]})."
            ) from exc
        except (OSError, ValueError, http.client.HTTPException) as exc:
            raise ClusterFailed(
                f"The Ray cluster at {self.address} does not answer ({exc}); see that its head "
                "runs, and that ROENTGEN_RAY_ADDRESS names its dashboard."
            ) from exc
        return answer if isinstance(answer, dict) else {}


def ray_jobs(settings: Settings) -> RayJobs:
    """The cluster that the settings name."""
    return RayJobs(
        settings.ray_address,
        trainer_environment(settings),
        cpus=settings.trainer_threads,
        memory_bytes=settings.ray_memory_bytes,
        logs=settings.job_logs_dir,
    )


def trainer_environment(settings: Settings) -> dict[str, str]:
    """The settings for a trainer on a node, without what may hold a secret: whoever sees a
    cluster's jobs sees them. The records' URL goes along where nothing in it can be a secret, and
    the store's always: credentials are in AWS_* variables, which each node has of its own."""
    shown = public_values(settings)
    values = settings.model_dump(mode="json")
    sent = {name: value for name, value in values.items() if type(shown[name]) is type(value)}
    if settings.database_url and _is_open(settings.database_url):
        sent["database_url"] = settings.database_url
    if settings.storage_url:
        sent["storage_url"] = settings.storage_url
    return {
        PREFIX + name.upper(): value if isinstance(value, str) else json.dumps(value)
        for name, value in sent.items()
    }


def _is_open(database_url: str) -> bool:
    """Whether everybody may see it: a password may be a parameter, too, or a file of one."""
    url = make_url(database_url)
    return url.password is None and set(url.query) <= OPEN_PARAMETERS


def _sighting_of(found: Mapping[str, Any], lost_after: timedelta) -> Sighting:
    """How a job ended: by its own error, or because it or its node was killed."""
    code = found.get("driver_exit_code")
    if found["status"] == "SUCCEEDED":
        code = 0
    if code is not None:
        reason, is_fault = trainer_process.explain(code), code >= 0
    else:
        words = str(found.get("message") or found["status"]).strip().splitlines()[0].rstrip(".")
        reason = f"The trainer's node was lost ({words}); start the retraining again."
        is_fault = False
    return Sighting(Presence.GONE, reason, is_fault, lost_after)


def _authorization() -> dict[str, str]:
    """The cluster's token, from where Ray itself would take it."""
    token = os.environ.get(TOKEN, "")
    path = Path(os.environ.get(TOKEN_PATH) or Path.home() / ".ray" / "auth_token")
    with contextlib.suppress(OSError):
        token = token or path.read_text(encoding="utf-8").strip()
    return {"Authorization": f"Bearer {token}"} if token else {}
