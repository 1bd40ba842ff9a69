"""Alerts are told once: through silences, crashes, and records that cannot be written."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from api.errors import NotFound, StoreBusy
from api.monitoring.alerting.rules import load_rules
from api.records.alerting import alerts, events, outbox
from api.records.alerting.alerts import AlertKey, Silence
from api.records.database import reading
from tests.monitoring.alerting.simulated import TASK, SimulatedServer
from tests.monitoring.sending.receiver import Receiver, receiving
from tests.support.locked_database import locked

SHIFT = "warning: Films of a source are unlike those of all known hospitals"
KEY = AlertKey("stream_shift", TASK)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def server(database: Engine, tmp_path: Path, receiver: Receiver) -> SimulatedServer:
    server = SimulatedServer(database, tmp_path / "models", receiver)
    server.look()
    return server


def passes(server: SimulatedServer, minutes: float) -> None:
    server.moment += timedelta(minutes=minutes)
    server.look()


def silence(server: SimulatedServer, hours: float) -> None:
    until = server.moment + timedelta(hours=hours)
    asked = Silence(KEY.name, KEY.task, server.moment, until, "ann", "known")
    alerts.silence(server.database, asked)


class TestSilence:
    def test_nobody_is_told_but_the_state_is_kept(self, server: SimulatedServer) -> None:
        silence(server, 4)
        server.sources(shifted=True)
        passes(server, 1)

        assert server.delivered() == []
        assert alerts.read_all(server.database)[KEY].status == "firing"

    def test_what_still_fires_when_it_is_over_is_told_of_then(
        self, server: SimulatedServer
    ) -> None:
        silence(server, 4)
        server.sources(shifted=True)
        passes(server, 1)
        passes(server, 241)
        passes(server, 1)

        assert server.delivered() == [SHIFT]

    def test_of_what_nobody_was_told_nobody_is_told_that_it_is_over(
        self, server: SimulatedServer
    ) -> None:
        silence(server, 4)
        server.sources(shifted=True)
        passes(server, 1)
        server.sources(shifted=False)
        passes(server, 1)
        passes(server, 241)

        assert server.delivered() == []

    def test_it_can_be_ended_once(self, server: SimulatedServer) -> None:
        silence(server, 4)
        alerts.unsilence(server.database, KEY, by="ann", moment=server.moment)

        with pytest.raises(NotFound, match="'stream_shift' is not silenced"):
            alerts.unsilence(server.database, KEY, by="ann", moment=server.moment)
        kinds = [change.kind for _, change in alerts.history(server.database, limit=9)]
        assert kinds == ["unsilenced", "silenced"]

    def test_one_of_all_tasks_holds_for_each(self, server: SimulatedServer) -> None:
        found = {AlertKey("x", ""): Silence("x", "", server.moment, server.moment, "a", "b")}

        assert alerts.silence_of(found, AlertKey("x", "iris")) is not None
        assert alerts.silence_of(found, AlertKey("y", "iris")) is None


class TestResolved:
    def test_it_is_not_told_where_the_rule_does_not_want_it(
        self, database: Engine, tmp_path: Path, receiver: Receiver
    ) -> None:
        rules = [rule.model_copy(update={"send_resolved": False}) for rule in load_rules()]
        server = SimulatedServer(database, tmp_path, receiver, rules=rules)
        server.sources(shifted=True)
        passes(server, 1)
        server.sources(shifted=False)
        passes(server, 1)

        assert server.delivered() == [SHIFT]
        kinds = [change.kind for _, change in alerts.history(database, limit=9)]
        assert kinds == ["resolved", "firing"]


class Killed(BaseException):
    """The process ends here."""


class TestCrashes:
    """A process that ends between two steps; the next one knows only what the records hold."""

    def test_after_the_state_was_stored_the_message_is_sent_by_the_next(
        self, server: SimulatedServer
    ) -> None:
        server.sources(shifted=True)
        server.moment += timedelta(minutes=1)
        server.watch.look()
        server.restart()

        server.look()
        server.look()

        assert server.delivered() == [SHIFT]

    def test_while_messages_are_made_nothing_is_lost_or_doubled(
        self, server: SimulatedServer
    ) -> None:
        server.sources(shifted=True)
        server.watch.look()

        def killed(_: object) -> list[outbox.Address]:
            raise Killed

        with pytest.raises(Killed):
            outbox.dispatch(server.database, killed, server.moment)
        server.restart()
        server.look()

        assert server.delivered() == [SHIFT]
        assert len(server.posted("alarm")) == 1

    def test_after_it_was_sent_it_is_sent_again_with_the_same_id(
        self, server: SimulatedServer, receiver: Receiver
    ) -> None:
        """At least once: nobody can send and remember it in one step."""
        server.sources(shifted=True)
        server.watch.look()
        outbox.dispatch(server.database, server.addresses_of, server.moment)
        (webhook,) = [m for m in outbox.due(server.database, server.moment) if m.kind == "webhook"]
        server.senders["webhook"](webhook.destination, webhook.payload)
        server.restart()
        server.look()

        first, second = receiver.at("/hook")
        assert first.json == second.json
        assert first.json["id"] == webhook.event_id


class TestUnwritableRecords:
    def test_people_are_told_past_the_outbox_once(self, server: SimulatedServer) -> None:
        server.beat()
        server.write_problem = StoreBusy("The records are locked.")
        passes(server, 1)
        assert server.delivered() == []
        with locked(server.database):
            for _ in range(3):
                server.moment += timedelta(minutes=1)
                with pytest.raises(StoreBusy):
                    server.watch.look()
        server.write_problem = None
        server.beat()
        passes(server, 1)
        passes(server, 1)

        # That no heart-beat could be written meanwhile is not told too.
        sentence = "Answers cannot be stored, so no film is answered"
        assert server.delivered() == [f"critical: {sentence}", f"resolved: {sentence}"]
        assert len(server.posted("alarm")) == 2
        kinds = [change.kind for _, change in alerts.history(server.database, limit=9)]
        assert kinds == ["resolved", "firing"]

    def test_whom_it_did_not_reach_is_told_by_the_outbox(
        self, server: SimulatedServer, receiver: Receiver
    ) -> None:
        server.write_problem = StoreBusy("The records are locked.")
        passes(server, 1)
        receiver.statuses = [503, 503]
        server.moment += timedelta(minutes=1)
        with locked(server.database), pytest.raises(StoreBusy):
            server.watch.look()
        assert [each.json["id"] for each in receiver.at("/hook")]
        receiver.received.clear()
        server.look()

        assert len(server.posted("alarm")) == len(server.delivered()) == 1
        with reading(server.database) as connection:
            assert events.undispatched(connection, limit=9) == []


class TestDrift:
    def test_figures_that_drifted_for_an_hour_are_told_of(self, server: SimulatedServer) -> None:
        server.drift("score", "classes")
        passes(server, 1)
        passes(server, 30)
        assert server.delivered() == []
        passes(server, 31)
        assert server.delivered() == ["warning: The newest answers no longer look as known"]
        assert alerts.read_all(server.database)[AlertKey("drift", TASK)].value == 2

        server.drift()
        passes(server, 1)
        assert server.delivered()[1:] == ["resolved: The newest answers no longer look as known"]


class TestEstimate:
    def test_a_low_one_is_told_of_and_none_is_no_low_one(self, server: SimulatedServer) -> None:
        low = "warning: Fewer decisions are right than usual, by an estimate without labels"
        server.accuracy = None
        passes(server, 1)
        passes(server, 61)
        assert server.delivered() == []

        server.accuracy = 0.8
        passes(server, 1)
        passes(server, 61)
        assert server.delivered() == [low]
