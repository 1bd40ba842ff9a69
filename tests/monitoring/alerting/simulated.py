"""A server whose days pass quickly: real records, rules, senders and messages; its clock is set."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from api.errors import AppError
from api.monitoring.alerting.rules import AlertRule, load_rules
from api.monitoring.alerting.signals import Observed
from api.monitoring.alerting.watch import AlertWatch
from api.monitoring.champion_events import ChampionEvents
from api.monitoring.sending.delivery import Delivery
from api.monitoring.sending.destinations import Destinations
from api.monitoring.sending.senders import senders_of
from api.records.answers import predictions
from api.records.database import writing
from api.records.retrainings import jobs
from api.records.retrainings.job_states import JobOutcome, JobState
from api.records.retrainings.job_tables import jobs as jobs_table
from api.records.servers import request_errors
from api.records.servers.request_errors import RequestErrorRecord
from api.records.tables import workers
from api.records.watching import drift_looks, streams
from api.records.watching.drift_looks import DriftLook
from api.records.watching.streams import StreamRecord
from api.registry.champion import Alias
from tests.monitoring.sending.receiver import Receiver
from tests.records import stored_predictions

TASK = "pneumonia"
START = datetime(2026, 3, 2, tzinfo=UTC)
SECRET = "0123456789abcdef0123456789abcdef"
USUAL = {"Normal": 20, "Pneumonia-Bacterial": 12, "COVID-19": 8}


@dataclass
class SimulatedServer:
    """The parts of a worker that alerts are made of, and what happens to it."""

    database: Engine
    folder: Path
    receiver: Receiver
    rules: Sequence[AlertRule] = field(default_factory=load_rules)
    moment: datetime = START
    write_problem: AppError | None = None
    # As it is estimated without labels.
    accuracy: float | None = 0.97

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """As after a crash: nothing is known but what the records hold."""
        to = Destinations(
            webhooks=[f"{self.receiver.url}/hook"],
            notify=f'["{self.receiver.url.replace("http", "json", 1)}/people"]',
        )
        self.senders = senders_of(to, secret=SECRET)
        self.addresses_of = to.addresses_of
        self.watch = AlertWatch(
            self.database,
            self.rules,
            Observed(self.database, (), lambda: self.write_problem, lambda _: self.accuracy),
            lambda: [TASK],
            addresses_of=to.addresses_of,
            senders=self.senders,
            clock=lambda: self.moment,
        )
        self.delivery = Delivery(
            self.database,
            to.addresses_of,
            self.senders,
            give_up_after=timedelta(hours=24),
            clock=lambda: self.moment,
            jitter=lambda: 0.0,
        )
        self.moves = ChampionEvents(self.database, TASK, Alias(self.folder))

    def look(self) -> None:
        """What the worker does every few seconds."""
        self.moves.look()
        self.watch.look()
        self.delivery.deliver()

    def at(self, *, days: float = 0, hours: float = 0, minutes: float = 0) -> datetime:
        return START + timedelta(days=days, hours=hours, minutes=minutes)

    def answer(
        self, mix: Mapping[str, int] = USUAL, *, referred: float = 0.1, ms: float = 15.0
    ) -> None:
        """Answer as many films as the mix has, now."""
        labels = [label for label, number in mix.items() for _ in range(number)]
        record = replace(stored_predictions.record(0), timings={"total_ms": ms})
        answers = [
            replace(
                record,
                id=uuid.uuid4().hex,
                created_at=self.moment,
                label=label,
                decision="refer" if number < referred * len(labels) else "negative",
            )
            for number, label in enumerate(labels)
        ]
        predictions.add_all(self.database, [(each, None) for each in answers], task=TASK)

    def drift(self, *figures: str) -> None:
        """At a look now these figures have drifted, and no others."""
        known = ("acquisition", "score", "classes")
        found = [{"figure": name, "drifted": name in figures} for name in known]
        windows = [{"window": "200", "figures": found}]
        look = DriftLook(self.moment, "v1", 1, bool(figures), windows)
        drift_looks.add(self.database, look, task=TASK)

    def fail(self, number: int, *, status: int = 500) -> None:
        """Answer as many requests with an error, now."""
        error = RequestErrorRecord(self.moment, status, "Broken", "It broke.", "POST /predict", "r")
        for _ in range(number):
            request_errors.add(self.database, error, task=TASK)

    def beat(self, worker: str = "w", **columns: Any) -> None:
        """A worker says that it lives."""
        row = {"id": worker, "host": "h", "pid": 1, "started_at": START}
        values = {"heartbeat_at": self.moment, "decoder_crashes": 0, "decoder_timeouts": 0}
        with writing(self.database) as connection:
            connection.execute(workers.delete().where(workers.c.id == worker))
            connection.execute(workers.insert(), row | values | columns)

    def sources(self, *, shifted: bool) -> None:
        """What the look at the stream of a source found."""
        streams.save(
            self.database, [StreamRecord("anna", seen_to=1, n=60, shifted=shifted)], task=TASK
        )

    def retrained(self, job_id: str, state: JobState) -> None:
        """A retraining that ended now."""
        jobs.create(self.database, job_id=job_id, task=TASK, samples={})
        jobs.end(self.database, job_id, JobOutcome(state, "because"), task=TASK)
        with writing(self.database) as connection:
            connection.execute(
                jobs_table.update()
                .where(jobs_table.c.id == job_id)
                .values(created_at=self.moment, finished_at=self.moment)
            )

    def delivered(self) -> list[str]:
        """What people were sent, in order: severity or `resolved`, and the sentence."""
        titles = [each.json["title"] for each in self.receiver.at("/people")]
        return [title.removeprefix("Roentgen, ").removesuffix(f" ({TASK})") for title in titles]

    def posted(self, kind: str) -> list[Any]:
        """The bodies of webhooks of one type of event."""
        bodies = [each.json for each in self.receiver.at("/hook")]
        return [body for body in bodies if body["type"] == kind]
