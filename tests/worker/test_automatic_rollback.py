"""A promotion is taken back by itself while an alarm rises soon after it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from api.clock import now
from api.monitoring.alarms import Alarm, AlarmSource
from api.registry.history import AliasChange
from api.serving.promotion import Promoter
from api.worker.automatic_rollback import AutomaticRollback
from tests.registry.stores import a_store
from tests.serving.promoters import VERSIONS, served
from tests.serving.servers import a_server

WITHIN = timedelta(hours=6)


@dataclass
class Alarms:
    """Those that a test raises."""

    raised: list[Alarm] = field(default_factory=list)
    asked: list[AliasChange] = field(default_factory=list)

    def of(self, promotion: AliasChange) -> AlarmSource:
        self.asked.append(promotion)
        return self

    def alarms_since(self, at: datetime) -> Sequence[Alarm]:
        return [alarm for alarm in self.raised if alarm.at > at]

    def rise(self, detail: str = "v2 refers 60% of 100 films.") -> None:
        self.raised.append(Alarm("referrals", now() + timedelta(seconds=2), detail))


@pytest.fixture
def server(tmp_path: Path) -> Promoter:
    a_store(tmp_path, *VERSIONS)
    return a_server(tmp_path)


@pytest.fixture
def alarms() -> Alarms:
    return Alarms()


@pytest.fixture
def watch(server: Promoter, alarms: Alarms) -> AutomaticRollback:
    return AutomaticRollback(server, alarms.of, WITHIN)


class TestAnAlarm:
    def test_soon_after_a_promotion_it_goes_back_with_the_reason(
        self, server: Promoter, watch: AutomaticRollback, alarms: Alarms
    ) -> None:
        server.promote("v2", reason="better")
        assert watch.look() is None
        alarms.rise()

        assert watch.look() == "v1"

        assert served(server) == "v1"
        newest = server.overview().history[-1]
        assert (newest.kind, newest.by) == ("rollback", "alarm")
        assert newest.reason == "Rolled back by itself (referrals): v2 refers 60% of 100 films."
        assert alarms.asked[-1].previous == "v1"

    def test_goes_back_one_step_only(
        self, server: Promoter, watch: AutomaticRollback, alarms: Alarms
    ) -> None:
        server.promote("v2", reason="better")
        server.promote("v3", reason="better still")
        alarms.rise()

        assert watch.look() == "v2"
        assert watch.look() is None
        assert served(server) == "v2"

    def test_too_long_after_it_nothing_is_done(self, server: Promoter, alarms: Alarms) -> None:
        server.promote("v2", reason="better")
        alarms.rise()

        assert AutomaticRollback(server, alarms.of, timedelta(seconds=-5)).look() is None
        assert served(server) == "v2"

    def test_without_a_promotion_nobody_is_asked(
        self, watch: AutomaticRollback, alarms: Alarms
    ) -> None:
        alarms.rise()

        assert watch.look() is None
        assert alarms.asked == []

    def test_of_two_processes_one_does_it(
        self, tmp_path: Path, server: Promoter, watch: AutomaticRollback, alarms: Alarms
    ) -> None:
        server.promote("v2", reason="better")
        server.promote("v3", reason="better still")
        other = AutomaticRollback(a_server(tmp_path), alarms.of, WITHIN)
        alarms.rise()

        assert [watch.look(), other.look()] == ["v2", None]
        assert len(server.overview().history) == 3
