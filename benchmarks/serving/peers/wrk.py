"""The load generator: wrk (https://github.com/wg/wrk), with one fixed body on every connection."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

SCRIPT = Path(__file__).with_name("wrk_post.lua")
# A server that hangs is an error, not a longer benchmark.
TIMEOUT_S = 20


@dataclass(frozen=True, slots=True)
class Body:
    """What is posted: a file with the whole body, its Content-Type, more headers if needed."""

    file: Path
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Load:
    """What one run of a load gave.

    `cpu_ms` is what all processes of the server worked for one answer, on all cores together. Other
    programs on the machine change it less than the rest. Requests under way at the end have been
    worked for and are not counted, so it is exact for many answers over few connections.
    """

    per_second: float
    p50_ms: float
    p99_ms: float
    errors: int
    cpu_ms: float | None = None


def require_wrk() -> None:
    """Raises: SystemExit with a sentence, if wrk is not installed."""
    if shutil.which("wrk") is None:
        raise SystemExit(
            "Error: the load generator wrk is missing; install it (Debian, Ubuntu: "
            "apt-get install wrk; macOS: brew install wrk), then run this again."
        )


def loaded(url: str, body: Body, *, connections: int, seconds: int) -> Load:
    """Post the body again and again, each connection as soon as its answer has come.

    Raises: CalledProcessError if wrk cannot connect.
    """
    headers = [f"{name}={value}" for name, value in body.headers.items()]
    done = subprocess.run(
        [
            *("wrk", "--threads", "1", "--connections", str(connections)),
            *("--duration", f"{seconds}s", "--timeout", f"{TIMEOUT_S}s"),
            *("--script", str(SCRIPT), url, "--", str(body.file), body.content_type, *headers),
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    found = json.loads(done.stdout.splitlines()[-1])
    answered = found["requests"] - found["errors"]
    return Load(
        per_second=max(0, answered) / found["seconds"],
        p50_ms=found["p50_ms"],
        p99_ms=found["p99_ms"],
        errors=found["errors"],
    )
