"""Load test: `locust -f locustfile.py --host=http://localhost:8000`.

Needs no other file. The film it sends is `--image PATH` (or ROENTGEN_IMAGE), else a generated one
that the server draws.
"""

from pathlib import Path
from typing import Any

from locust import HttpUser, between, events, task
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.exception import StopUser

_film: dict[str, bytes] = {}


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]
def add_arguments(parser: LocustArgumentParser) -> None:
    """Let people choose the film."""
    parser.add_argument(
        "--image",
        type=str,
        default="",
        env_var="ROENTGEN_IMAGE",
        help="Film to send; default: one that the server generates.",
    )


@events.test_start.add_listener  # type: ignore[untyped-decorator]
def read_film(environment: Environment, **_: Any) -> None:
    """Read the chosen film once, before the first request."""
    _film.clear()
    chosen = environment.parsed_options.image if environment.parsed_options else ""
    if chosen:
        _film[Path(chosen).name] = Path(chosen).read_bytes()


class Predictor(HttpUser):
    """Sends films, as a script or a reading room would."""

    weight = 3
    wait_time = between(0.1, 1.0)

    def on_start(self) -> None:
        """Ask the server for a generated film, unless one was given."""
        if not _film:
            answer = self.client.get("/phantoms/Normal.png", name="/phantoms/{label}.png")
            if not answer.ok:
                raise StopUser
            _film["phantom.png"] = answer.content

    @task
    def predict(self) -> None:
        """One film, one answer."""
        (name, content), *_ = _film.items()
        with self.client.post(
            "/predict", files={"file": (name, content)}, catch_response=True
        ) as answer:
            if answer.status_code == 200 and not answer.json().get("label"):
                answer.failure("an answer without a label")


class Reader(HttpUser):
    """Looks at the dashboard."""

    weight = 1
    wait_time = between(1.0, 5.0)

    @task(3)
    def status(self) -> None:
        """What the monitor page asks for first."""
        self.client.get("/status")

    @task(2)
    def activity(self) -> None:
        """Predictions over time, latency, errors."""
        self.client.get("/status/activity")

    @task(1)
    def models(self) -> None:
        """All versions."""
        self.client.get("/models")
