"""A week with a dozen incidents: exactly the right alerts, each told once."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from api.records.alerting import alerts
from api.records.database import open_database
from api.records.retrainings.job_states import JobState
from api.registry.champion import Alias
from tests.monitoring.alerting.simulated import START, USUAL, SimulatedServer
from tests.monitoring.sending.receiver import receiving

COVID_WAVE = {"Normal": 4, "Pneumonia-Bacterial": 4, "COVID-19": 32}
EXPECTED = [
    "critical: Requests fail on the server's side",
    "resolved: Requests fail on the server's side",
    "warning: One prediction in a hundred takes long",
    "resolved: One prediction in a hundred takes long",
    "warning: Most films are referred to a person",
    "resolved: Most films are referred to a person",
    "warning: Films of a source are unlike those of all known hospitals",
    "resolved: Films of a source are unlike those of all known hospitals",
    "warning: A retraining failed",
    "resolved: A retraining failed",
    "warning: Films crash or stop the processes that read them",
    "resolved: Films crash or stop the processes that read them",
    "warning: The classes that are answered are others than in the week before",
    "critical: A serving process gives no sign of life",
    "resolved: A serving process gives no sign of life",
    "resolved: The classes that are answered are others than in the week before",
    "info: No film was sent for a day",
    "resolved: No film was sent for a day",
]


class Week:
    """What happens when; each hour of a day is a number from 0 to 24."""

    def __init__(self, server: SimulatedServer, folder: Path) -> None:
        self.server, self.alias = server, Alias(folder)
        self.crashes = 0
        # Things that happen once, by the moment from which on they have.
        self.once: list[tuple[datetime, Callable[[], object]]] = [
            (server.at(days=3, hours=6), lambda: server.sources(shifted=True)),
            (server.at(days=3, hours=9), lambda: server.sources(shifted=False)),
            (server.at(days=3, hours=12), lambda: server.retrained("one", JobState.FAILED)),
            (server.at(days=3, hours=16), lambda: server.retrained("two", JobState.KEPT)),
            (server.at(days=3, hours=17), lambda: self.promote("v2")),
            (server.at(days=4, hours=10), self.crash),
        ]

    def promote(self, version: str) -> None:
        self.alias.move(version, by="admin", reason="better here", previous="v1")

    def crash(self) -> None:
        self.crashes = 6

    def moments(self) -> list[datetime]:
        """Every hour, and every five minutes where something short happens."""
        steps = {START + timedelta(hours=1) * number for number in range(7 * 24)}
        for day, hour in ((1, 10), (2, 14), (2, 15), (4, 10), (4, 17.75)):
            begin = self.server.at(days=day, hours=hour)
            steps |= {begin + timedelta(minutes=5) * number for number in range(12)}
        return sorted(steps)

    def happen(self, moment: datetime) -> None:
        """All that is so at a moment."""
        server = self.server
        server.moment = moment
        while self.once and self.once[0][0] <= moment:
            self.once.pop(0)[1]()
        is_silent = self.within(4, 18, 18.2)
        if not is_silent:
            server.beat(decoder_crashes=self.crashes)
        if self.within(1, 10, 10.7):
            server.fail(10)
        # Errors of clients are none of ours.
        server.fail(1, status=422)
        nobody_sends = server.at(days=5, hours=6) <= moment < server.at(days=6, hours=12)
        if (moment.minute in (0, 30) and not nobody_sends) or self.within(2, 14, 15):
            self.answer()

    def answer(self) -> None:
        in_wave = self.server.at(days=4) <= self.server.moment < self.server.at(days=5)
        self.server.answer(
            COVID_WAVE if in_wave else USUAL,
            referred=0.8 if self.within(2, 18, 24) else 0.1,
            ms=5000 if self.within(2, 14, 15) else 15,
        )

    def within(self, day: int, begin: float, end: float) -> bool:
        at = self.server.at
        return at(days=day, hours=begin) <= self.server.moment < at(days=day, hours=end)


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedServer]:
    """The server after the week, which was restarted three times a day."""
    folder = tmp_path_factory.mktemp("week")
    database = open_database(f"sqlite:///{folder / 'records.db'}", timeout_s=1)
    with receiving() as receiver:
        server = SimulatedServer(database, folder / "models", receiver)
        server.look()
        passing = Week(server, folder / "models")
        for number, moment in enumerate(passing.moments()):
            passing.happen(moment)
            if number % 17 == 0:
                server.restart()
            server.look()
        yield server
    database.dispose()


class TestAWeek:
    def test_people_are_told_of_each_incident_once_and_of_nothing_else(
        self, week: SimulatedServer
    ) -> None:
        assert week.delivered() == EXPECTED

    def test_webhooks_are_sent_the_same_alarms_and_what_else_happened(
        self, week: SimulatedServer
    ) -> None:
        alarms = [(each["data"]["status"], each["data"]["says"]) for each in week.posted("alarm")]

        assert len(alarms) == len(EXPECTED)
        assert {says for _, says in alarms} == {line.partition(": ")[2] for line in EXPECTED}
        assert [each["data"]["job"] for each in week.posted("job_ended")] == ["one", "two"]
        assert [each["data"]["state"] for each in week.posted("refused")] == ["kept"]
        (promoted,) = week.posted("promoted")
        assert promoted["data"] == {
            "version": "v2",
            "previous": "v1",
            "by": "admin",
            "reason": "better here",
            "overrides": [],
            "site": None,
        }

    def test_no_event_is_sent_twice(self, week: SimulatedServer) -> None:
        ids = Counter(each.json["id"] for each in week.receiver.at("/hook"))

        assert set(ids.values()) == {1}

    def test_the_history_has_the_same(self, week: SimulatedServer) -> None:
        changes = [change for _, change in alerts.history(week.database, limit=500)]

        assert len(changes) == len(EXPECTED)
        assert Counter(change.kind for change in changes) == {"firing": 9, "resolved": 9}
