"""Load test: `locust -f locustfile.py --host=http://localhost:8000`.

Needs no other file. The film it sends is `--image PATH` (or ROENTGEN_IMAGE), else a generated one
that the server draws. Name classes to choose who comes: `locust -f locustfile.py Predictor …`.

With `--headless` the exit code says whether the service held: 1 if more than `--max-failures` of
the requests failed or were refused, if the 95th percentile of `/predict` is above `--max-p95-ms`,
or fewer than `--min-rps` films a second were answered.
"""

import logging
from pathlib import Path
from typing import Any

from locust import HttpUser, between, events, task
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.exception import StopUser

PREDICT = "/predict"
logger = logging.getLogger("load")
_image: dict[str, bytes] = {}


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]
def add_arguments(parser: LocustArgumentParser) -> None:
    """Let people choose the film, and what they expect."""
    parser.add_argument(
        "--image",
        type=str,
        default="",
        env_var="ROENTGEN_IMAGE",
        help="Film to send; default: one that the server generates.",
    )
    parser.add_argument(
        "--api-key",
        type=str,
        default="",
        env_var="ROENTGEN_API_KEY",
        help="Key for a server that asks who is there.",
    )
    parser.add_argument(
        "--max-failures", type=float, default=0.01, help="Share of failed requests to bear with."
    )
    parser.add_argument(
        "--max-p95-ms", type=float, default=0.0, help="Bound on /predict's p95; 0: none."
    )
    parser.add_argument(
        "--min-rps", type=float, default=0.0, help="Films a second that must be answered; 0: any."
    )


@events.test_start.add_listener  # type: ignore[untyped-decorator]
def read_image(environment: Environment, **_: Any) -> None:
    """Read the chosen film once, before the first request."""
    _image.clear()
    chosen = environment.parsed_options.image if environment.parsed_options else ""
    if chosen:
        _image[Path(chosen).name] = Path(chosen).read_bytes()


@events.quitting.add_listener  # type: ignore[untyped-decorator]
def judge(environment: Environment, **_: Any) -> None:
    """Say what was asked for and not met; in the exit code too."""
    options = environment.parsed_options
    if options is None:
        return
    misses = shortcomings(environment, options.max_failures, options.max_p95_ms, options.min_rps)
    for miss in misses:
        logger.error("not met: %s", miss)
    environment.process_exit_code = 1 if misses else 0


def shortcomings(
    environment: Environment, max_failures: float, max_p95_ms: float, min_rps: float
) -> list[str]:
    """What the service did not meet, a sentence each."""
    total, images = environment.stats.total, environment.stats.get(PREDICT, "POST")
    p95 = images.get_response_time_percentile(0.95) if images.num_requests else 0.0
    seconds = (images.last_request_timestamp or 0.0) - images.start_time
    answered = images.num_requests - images.num_failures
    rate = answered / seconds if seconds > 0 else 0.0
    misses = {
        "no request was made": total.num_requests == 0,
        f"{total.fail_ratio:.1%} of the requests failed, at most {max_failures:.1%} may": (
            total.fail_ratio > max_failures
        ),
        f"the p95 of {PREDICT} is {p95:.0f} ms, at most {max_p95_ms:g} was asked for": (
            0 < max_p95_ms < p95
        ),
        f"{rate:.1f} films a second were answered, {min_rps:g} were asked for": rate < min_rps,
    }
    return [sentence for sentence, is_true in misses.items() if is_true]


class Caller(HttpUser):
    """Somebody with the key, where there is one."""

    abstract = True

    def on_start(self) -> None:
        """Say who asks."""
        options = self.environment.parsed_options
        if key := options.api_key if options else "":
            self.client.headers["Authorization"] = f"Bearer {key}"


class Sender(Caller):
    """Somebody who has a film."""

    abstract = True

    def on_start(self) -> None:
        """Ask the server for a generated film, unless one was given."""
        super().on_start()
        if not _image:
            answer = self.client.get("/phantoms/Normal.png", name="/phantoms/{label}.png")
            if not answer.ok:
                raise StopUser
            _image["phantom.png"] = answer.content

    def send(self, **parameters: Any) -> dict[str, Any]:
        """One film, one answer; empty if there was none."""
        (name, content), *_ = _image.items()
        with self.client.post(
            PREDICT,
            params=parameters,
            files={"file": (name, content)},
            name=PREDICT,
            catch_response=True,
        ) as answer:
            if answer.status_code == 429:
                answer.failure(f"refused, again in {answer.headers.get('Retry-After')} s")
            elif answer.status_code == 200 and not answer.json().get("label"):
                answer.failure("an answer without a label")
            body: dict[str, Any] = answer.json() if answer.status_code == 200 else {}
            return body


class Predictor(Sender):
    """A script or a reading room: a film now and then."""

    weight = 6
    wait_time = between(0.1, 1.0)

    @task
    def predict(self) -> None:
        """One film."""
        self.send()


class Resident(Sender):
    """Somebody who looks at where the network looked, and at what was answered before."""

    weight = 2
    wait_time = between(1.0, 4.0)

    @task
    def diagnose(self) -> None:
        """One film with its heat map."""
        body = self.send(explain=True)
        if body:
            self.client.get(
                f"/predictions/{body['id']}/heatmap.png", name="/predictions/{id}/heatmap.png"
            )

    @task
    def look_back(self) -> None:
        """The newest answers."""
        self.client.get("/predictions")


class Reader(Caller):
    """Looks at the dashboard."""

    weight = 2
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
