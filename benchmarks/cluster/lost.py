"""Whether what clients of a cluster were told is still so: answers, training films, retrainings."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import create_engine, text

from api.errors import BlobNotFound
from api.records.retrainings import jobs
from api.storage.places import places
from benchmarks.cluster.two_nodes import TASK, TwoNodes

A_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Held:
    """What records and store hold; `samples`: the store's key of each film by its SHA-256."""

    answers: frozenset[str]
    samples: dict[str, str]
    blobs: frozenset[str]
    damaged: frozenset[str]

    def lost_answers(self, acknowledged: Iterable[str]) -> int:
        """Without a row."""
        return len(set(acknowledged) - self.answers)

    def lost_films(self, acknowledged: Iterable[str]) -> int:
        """Without a row, or without their content in the store."""
        there = self.samples.keys() - self.damaged
        return len(set(acknowledged) - there)

    @property
    def unknown_films(self) -> int:
        """In the store, and in no row."""
        return len(self.blobs - set(self.samples.values()))


def held(cluster: TwoNodes) -> Held:
    """Read all of it."""
    engine = create_engine(cluster.database_url)
    with engine.connect() as connection:
        answers = connection.execute(text("SELECT id FROM predictions")).scalars()
        rows = connection.execute(text("SELECT sha256, file FROM samples")).tuples()
        ids, samples = frozenset(answers), dict(rows.all())
    engine.dispose()
    store = places(cluster.settings(), TASK).samples
    blobs = frozenset(blob.key for blob in store.list() if not blob.key.startswith("."))
    damaged = set()
    for sha256, key in samples.items():
        try:
            store.get(key, sha256=sha256)
        except BlobNotFound:
            damaged.add(sha256)
    return Held(ids, samples, blobs, frozenset(damaged))


def trainings(cluster: TwoNodes, since: datetime) -> int:
    """How often a trainer began since a moment: once a job, and once more for each restart."""
    engine = create_engine(cluster.database_url)
    try:
        found = jobs.newest(engine, task=TASK, limit=A_PAGE)
    finally:
        engine.dispose()
    return sum(1 + (job.restarts or 0) for job in found if job.created_at >= since)
