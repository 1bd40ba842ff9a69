"""A Ray cluster that answers parts as tasks; the only importer of Ray."""

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic

from api.cli.bulk.answering import Answer, BulkQuestion, PartAnswers
from api.cli.bulk.plan import Part
from api.errors import ClusterFailed, MissingPackage
from api.settings import ROOT

# Of a part whose node died; Ray counts the retries of each task.
MAX_RETRIES = 20
# Ctrl-C is looked for so often.
WAIT_S = 1.0
AnswerPart = Callable[[BulkQuestion, Sequence[str]], PartAnswers[Answer]]


class RayCluster(Generic[Answer]):
    """Tasks of one core each. A task whose node dies is done again on another one; a node that is
    added gets tasks as soon as it is there."""

    def __init__(self, ray: Any, question: BulkQuestion, answer: AnswerPart[Answer]) -> None:
        self._ray = ray
        self._question = ray.put(question)
        self._answer = ray.remote(num_cpus=1, max_retries=MAX_RETRIES)(answer)
        self._pending: dict[Any, Part] = {}

    def cores(self) -> int:
        """See `Cluster`."""
        return int(self._ray.cluster_resources().get("CPU", 0))

    def submit(self, part: Part) -> None:
        """See `Cluster`."""
        self._pending[self._answer.remote(self._question, part[1])] = part

    def take(self) -> tuple[Part, PartAnswers[Answer]] | None:
        """See `Cluster`."""
        ready, _ = self._ray.wait([*self._pending], num_returns=1, timeout=WAIT_S)
        if not ready:
            return None
        part = self._pending.pop(ready[0])
        try:
            return part, self._ray.get(ready[0])
        except self._ray.exceptions.RayError as exc:
            reason = str(exc).strip().splitlines()[-1]
            raise ClusterFailed(
                f"Part {part[0]} could not be answered: {reason} Parts that are finished are "
                "kept; the same command goes on."
            ) from exc


@contextlib.contextmanager
def ray_cluster(
    address: str, answer: AnswerPart[Answer], question: BulkQuestion
) -> Iterator[RayCluster[Answer]]:
    """A connection to a running cluster; what is still under way ends with it.

    Args:
        address: `auto` for the one that this machine belongs to, `host:6379`, or `ray://host:10001`.
        answer: what a node does with a part.

    Raises: MissingPackage; ClusterFailed if there is none.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError as exc:
        raise MissingPackage(
            "--cluster needs Ray; install what is in requirements_ray.txt, in an environment of "
            "its own."
        ) from exc
    try:
        ray.init(
            address=address,
            log_to_driver=False,
            logging_level="ERROR",
            runtime_env={"env_vars": {"PYTHONPATH": str(ROOT)}},
        )
    except (ConnectionError, RuntimeError, ValueError) as exc:
        reason = str(exc).strip().splitlines()[0]
        raise ClusterFailed(
            f"No Ray cluster answers at '{address}' ({reason}); start one with `ray start --head`, "
            "or name it with --cluster-address."
        ) from exc
    try:
        yield RayCluster(ray, question, answer)
    finally:
        ray.shutdown()
