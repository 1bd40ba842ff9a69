"""A load that grows until the service no longer keeps up: `make load`, or

locust -f locustfile.py,benchmarks/serving/knee.py --headless --host=http://localhost:8000

More users come at each step (`--step-users`, `--step-seconds`) until a step's 95th percentile of
`/predict` is above `--knee-ms`, or requests fail. The last step that was well is printed as the
knee. Only `Predictor`s come and they do not pause, so that the number of users is the number of
films under way.
"""

import logging
from dataclasses import dataclass
from typing import Any

from locust import LoadTestShape, User, constant, events
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment

PREDICT = "/predict"
logger = logging.getLogger("load")


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]
def add_arguments(parser: LocustArgumentParser) -> None:
    """How the load grows, and what ends it."""
    parser.add_argument("--step-users", type=int, default=2, help="Users that come at each step.")
    parser.add_argument("--step-seconds", type=float, default=10.0, help="Length of a step.")
    parser.add_argument("--most-users", type=int, default=64, help="End of the ramp.")
    parser.add_argument(
        "--knee-ms", type=float, default=500.0, help="p95 of /predict that is too slow."
    )


@dataclass(frozen=True, slots=True)
class Step:
    """What a number of users got."""

    users: int
    films_per_s: float
    p95_ms: float
    failed: int

    def __str__(self) -> str:
        return (
            f"{self.users:4} users {self.films_per_s:8.1f} films/s {self.p95_ms:8.0f} ms p95 "
            f"{self.failed:5} failed"
        )


class Ramp(LoadTestShape):
    """Steps up until it is too much."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.steps: list[Step] = []

    def tick(self) -> tuple[int, float, list[type[User]]] | None:
        """Users wanted now; None ends the test."""
        assert self.runner is not None
        environment: Environment = self.runner.environment
        options: Any = environment.parsed_options
        seconds: float = self.get_run_time()  # type: ignore[no-untyped-call]
        number = int(seconds // options.step_seconds)
        if number > len(self.steps):
            self._measure(environment, options)
            if self._is_over(options):
                self._print(options)
                return None
        users = min((number + 1) * options.step_users, options.most_users)
        predictor = next(each for each in environment.user_classes if each.__name__ == "Predictor")
        predictor.wait_time = constant(0)
        return users, float(users), [predictor]

    def _measure(self, environment: Environment, options: Any) -> None:
        images = environment.stats.get(PREDICT, "POST")
        answered = images.num_requests - images.num_failures
        self.steps.append(
            Step(
                users=(len(self.steps) + 1) * options.step_users,
                films_per_s=answered / options.step_seconds,
                p95_ms=images.get_response_time_percentile(0.95) if images.num_requests else 0.0,
                failed=environment.stats.total.num_failures,
            )
        )
        logger.info("%s", self.steps[-1])
        # What is printed at the end, and judged, is the step that was too much otherwise.
        if not self._is_over(options):
            environment.stats.reset_all()

    def _is_over(self, options: Any) -> bool:
        last = self.steps[-1]
        too_much = last.p95_ms > options.knee_ms or last.failed > 0
        return too_much or last.users >= options.most_users

    def _print(self, options: Any) -> None:
        well = [step for step in self.steps if step.p95_ms <= options.knee_ms and not step.failed]
        if well:
            best = max(well, key=lambda step: step.films_per_s)
            logger.info("knee: %s", well[-1])
            logger.info("most films a second: %s", best)
        else:
            logger.error("already the first step was too much: %s", self.steps[0])
