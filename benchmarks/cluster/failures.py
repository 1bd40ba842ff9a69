"""What clients notice while parts of a cluster fail or are changed, and whether anything is lost.

    python -m benchmarks.cluster.failures

Two nodes behind nginx, on a real PostgreSQL and an S3 API: three clients send films one after the
other, one sends training films. Each scenario comes while they send. Failures: the database is
restarted, stands still for 15 s, all its connections are taken; the store answers 503, breaks
uploads off, and says nothing for half a minute; a version is promoted and taken back; a node has a
damaged checkpoint; a node is killed. Changes: a node is added and taken away, the nodes are
replaced one after the other, and a node that the balancer does not know retrains while those that
serve are replaced.

Prints for each: requests; those that failed (anything but an answer, or 503 and 429 with
`Retry-After`); how many were told to come again, films and uploads; how long after it was over the
last of these was; answers by an earlier move of the champion than that client had seen;
acknowledged answers and training films that are not there; trainings beyond those asked for. Exit
code 1 where anything of it should not have been, or coming back took more than five seconds. It
takes ten minutes, most of them the retraining, and needs `pip install moto[server] obstore
psycopg[binary]`, nginx and PostgreSQL.
"""

import argparse
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from api.clock import now
from api.registry.store import INT8_NAME, WEIGHTS_NAME
from api.reports.markdown import table
from benchmarks.cluster.changes import changes
from benchmarks.cluster.clients import Clients
from benchmarks.cluster.lost import held, trainings
from benchmarks.cluster.scenarios import DAMAGED, SECOND, Scenario, failures
from benchmarks.cluster.two_nodes import TASK, TwoNodes, two_nodes, wait_for
from tests.support.checkpoints import damage

MAX_RECOVERY_S = 5.0
# Before a scenario and after it, so that there is something to compare.
CALM_S = 4.0
COLUMNS = (
    "what happens", "requests", "failed", "told to come again: films, uploads", "back after, s",
    "champion went back", "records lost", "films lost", "trained twice", "what was wrong",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """What clients noticed of one scenario; `problem`: what should not have been."""

    name: str
    requests: int
    failed: int
    films_refused: int
    uploads_refused: int
    recovery_s: float | None
    went_back: int
    answers_lost: int
    films_lost: int
    trained_again: int
    problem: str

    @property
    def is_well(self) -> bool:
        """Whether all of it may be."""
        counted = (self.failed, self.went_back, self.answers_lost, self.films_lost)
        is_back = self.recovery_s is not None and self.recovery_s <= MAX_RECOVERY_S
        return is_back and not any((*counted, self.trained_again, self.problem))

    def row(self) -> tuple[str, ...]:
        """As the table has it."""
        return (
            self.name,
            str(self.requests),
            str(self.failed),
            f"{self.films_refused}, {self.uploads_refused}",
            "never" if self.recovery_s is None else f"{self.recovery_s:.1f}",
            str(self.went_back),
            str(self.answers_lost),
            str(self.films_lost),
            str(self.trained_again),
            self.problem or "nothing",
        )


def main() -> None:
    arguments = _arguments()
    scenarios = [*failures(arguments.away_s), *changes()]
    chosen = [s for s in scenarios if not arguments.only or s.name in arguments.only]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with two_nodes(home, SECOND, DAMAGED) as cluster:
            # It serves from the 8-bit form, as long as that is whole.
            for name in (WEIGHTS_NAME, INT8_NAME):
                damage(home / "two" / "models" / TASK / DAMAGED / name)
            clients = Clients(cluster)
            with clients.sending():
                seen = [_seen(clients, scenario) for scenario in chosen]
            problems = _lost(cluster, clients)
    print(table(COLUMNS, [each.row() for each in seen]))
    print(
        f"\n{len(clients.answered)} answers, {len(clients.uploaded)} training films acknowledged."
    )
    for sentence in problems:
        print(sentence)
    for failure in clients.failures[:10]:
        print(failure, file=sys.stderr)
    is_whole = all(sentence.startswith("0 ") for sentence in problems)
    raise SystemExit(0 if is_whole and all(each.is_well for each in seen) else 1)


def _seen(clients: Clients, scenario: Scenario) -> Seen:
    print(f"{scenario.name} …", file=sys.stderr, flush=True)
    mark, begun = clients.mark(), now()
    time.sleep(CALM_S)
    problem = scenario.happen(clients)
    over = time.monotonic()
    time.sleep(CALM_S)
    # Where they are still being told to come again, that is waited for.
    recoveries = []
    for what in ("film", "upload"):
        with suppress(SystemExit):
            wait_for(partial(_recovered, clients, what, over), what, timeout_s=60)
        recoveries.append(clients.recovered_after(what, over))
    known = [each for each in recoveries if each is not None]
    answers, images = clients.answered[mark.answered :], clients.uploaded[mark.uploaded :]
    there = held(clients.cluster)
    return Seen(
        scenario.name,
        clients.ended(mark),
        len(clients.failures) - mark.failures,
        clients.refused("film", mark),
        clients.refused("upload", mark),
        max(known) if len(known) == len(recoveries) else None,
        clients.went_back(mark),
        there.lost_answers(answers),
        there.lost_films(images),
        trainings(clients.cluster, begun) - scenario.retrainings,
        problem,
    )


def _recovered(clients: Clients, what: str, over: float) -> bool:
    return clients.recovered_after(what, over) is not None


def _lost(cluster: TwoNodes, clients: Clients) -> list[str]:
    """A sentence each on what must not be lost; those that begin with 0 are as they should be."""
    there = held(cluster)
    return [
        f"{there.lost_answers(clients.answered)} acknowledged answers lost.",
        f"{there.lost_films(clients.uploaded)} acknowledged training films lost.",
        f"{len(there.damaged)} training films whose content is not in the store.",
        f"{there.unknown_films} films in the store that the records do not know.",
        f"{clients.went_back()} answers by an earlier move of the champion than the client had "
        "seen.",
    ]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="failures.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--away-s", type=float, default=30.0, help="how long the store says nothing"
    )
    parser.add_argument("--only", nargs="+", help="scenarios, by their names")
    return parser.parse_args()


if __name__ == "__main__":
    main()
