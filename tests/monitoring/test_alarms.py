"""What speaks against a new champion, and what does not."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import Engine

from api.clock import now
from api.decision.shares import Proportion
from api.monitoring.alarms import (
    MIN_REFERRAL_RISE,
    AllAlarms,
    ChampionAlarms,
    RuleAlarms,
    rose,
)
from api.monitoring.alerting.rules import load_rules
from api.records.alerting import alerts
from api.records.alerting.alerts import NO_TASK, AlertChange, AlertChangeKind, Silence
from api.records.database import writing
from api.records.servers import request_errors
from api.records.servers.request_errors import RequestErrorRecord
from api.records.watching import streams
from api.records.watching.streams import StreamRecord
from tests.monitoring.answers import TASK, Answers

HOUR = timedelta(hours=1)


@pytest.fixture
def alarms(database: Engine) -> ChampionAlarms:
    return ChampionAlarms(database, TASK, champion="v2", former="v1")


@pytest.fixture
def promoted_at(answers: Answers) -> datetime:
    """A moment before which v1 referred a tenth of 300 films."""
    moment = now() - HOUR
    answers.store(300, version="v1", referred=0.1, until=moment)
    return moment


def names(alarms: ChampionAlarms, at: datetime) -> list[str]:
    return [alarm.name for alarm in alarms.alarms_since(at)]


def fail(database: Engine, n: int, *, status: int = 500, at: datetime | None = None) -> None:
    for number in range(n):
        record = RequestErrorRecord(
            at=at or now(),
            status=status,
            title="t",
            detail="d",
            path="/predict",
            request_id=str(number),
        )
        request_errors.add(database, record, task=TASK)


class TestReferrals:
    def test_a_rise_is_said_with_its_numbers(
        self, alarms: ChampionAlarms, answers: Answers, promoted_at: datetime
    ) -> None:
        answers.store(100, version="v2", referred=0.5)

        (alarm,) = alarms.alarms_since(promoted_at)

        assert alarm.name == "referrals"
        assert alarm.detail.startswith("v2 refers ")
        assert "of 100 films" in alarm.detail
        assert alarm.detail.endswith("of 300.")

    def test_as_many_as_before_are_none(
        self, alarms: ChampionAlarms, answers: Answers, promoted_at: datetime
    ) -> None:
        answers.store(200, version="v2", referred=0.1)

        assert names(alarms, promoted_at) == []

    def test_a_few_answers_are_none(
        self, alarms: ChampionAlarms, answers: Answers, promoted_at: datetime
    ) -> None:
        answers.store(20, version="v2", referred=1.0)

        assert names(alarms, promoted_at) == []

    def test_by_chance_it_rises_in_hardly_any_promotion(self) -> None:
        """Looked at after each of a thousand answers of the same kind."""
        rng = np.random.default_rng(0)
        false_alarms = 0
        for _ in range(100):
            before = Proportion(int(rng.binomial(1000, 0.15)), 1000)
            referred = np.cumsum(rng.random(1000) < 0.15)
            false_alarms += any(
                rose(before, Proportion(int(referred[n - 1]), n), by=MIN_REFERRAL_RISE)
                for n in range(30, 1001)
                if referred[n - 1] / n - before.value >= MIN_REFERRAL_RISE
            )

        assert false_alarms == 0


class TestErrors:
    def test_errors_of_the_server_are_counted_since_the_promotion(
        self, alarms: ChampionAlarms, answers: Answers, promoted_at: datetime, database: Engine
    ) -> None:
        fail(database, 40, at=promoted_at - HOUR / 2)
        answers.store(100, version="v2")
        assert names(alarms, promoted_at) == []

        fail(database, 60)

        (alarm,) = alarms.alarms_since(promoted_at)
        assert alarm.name == "errors"
        assert alarm.detail.startswith("60 of 160 requests")
        assert "the day before 40 of 340" in alarm.detail

    def test_errors_of_clients_are_none(
        self, alarms: ChampionAlarms, answers: Answers, promoted_at: datetime, database: Engine
    ) -> None:
        answers.store(50, version="v2")
        fail(database, 100, status=422)

        assert names(alarms, promoted_at) == []


class TestScores:
    def stream(
        self, database: Engine, *, since: datetime, test: str = "ks_score", version: str = "v2"
    ) -> None:
        record = StreamRecord(
            None,
            300,
            n=200,
            shifted=True,
            since=since,
            test=test,
            window=100,
            excess=1.5,
            model_version=version,
        )
        streams.save(database, [record], task=TASK)

    def test_scores_unlike_known_ones_are_an_alarm(
        self, alarms: ChampionAlarms, promoted_at: datetime, database: Engine
    ) -> None:
        self.stream(database, since=promoted_at + HOUR / 2)

        (alarm,) = alarms.alarms_since(promoted_at)

        assert (alarm.name, alarm.at) == ("scores", promoted_at + HOUR / 2)
        assert "unlike those of every hospital" in alarm.detail

    def test_images_that_changed_are_not_the_champions_fault(
        self, alarms: ChampionAlarms, promoted_at: datetime, database: Engine
    ) -> None:
        self.stream(database, since=promoted_at + HOUR / 2, test="mmd")

        assert names(alarms, promoted_at) == []

    def test_nor_what_was_so_before_or_of_another_version(
        self, alarms: ChampionAlarms, promoted_at: datetime, database: Engine
    ) -> None:
        self.stream(database, since=promoted_at - HOUR)
        assert names(alarms, promoted_at) == []

        self.stream(database, since=promoted_at + HOUR / 2, version="v1")
        assert names(alarms, promoted_at) == []


class TestRules:
    @pytest.fixture
    def fired(self, database: Engine, promoted_at: datetime) -> None:
        """Since the promotion two rules fire, one of which takes promotions back."""
        after = promoted_at + timedelta(minutes=5)
        soon = promoted_at + timedelta(minutes=4)
        with writing(database) as connection:
            alerts.save(
                connection,
                [],
                [
                    AlertChange(
                        "estimated_accuracy", TASK, AlertChangeKind.FIRING, promoted_at - HOUR, 0.7
                    ),
                    AlertChange("class_mix", TASK, AlertChangeKind.FIRING, after, 0.4),
                    # It holds for five minutes before it fires: since before the promotion.
                    AlertChange("error_rate", NO_TASK, AlertChangeKind.FIRING, soon, 0.3),
                    AlertChange("error_rate", NO_TASK, AlertChangeKind.FIRING, after, 0.2),
                    AlertChange("estimated_accuracy", TASK, AlertChangeKind.RESOLVED, after, 0.9),
                    AlertChange("estimated_accuracy", "iris", AlertChangeKind.FIRING, now(), 0.6),
                    AlertChange("estimated_accuracy", TASK, AlertChangeKind.FIRING, now(), 0.625),
                ],
            )

    @pytest.mark.usefixtures("fired")
    def test_what_rose_since_counts_where_the_rule_says_so(
        self, database: Engine, promoted_at: datetime
    ) -> None:
        first, second = RuleAlarms(database, TASK, load_rules()).alarms_since(promoted_at)

        assert (first.name, second.name) == ("error_rate", "estimated_accuracy")
        assert first.at == promoted_at + timedelta(minutes=5)
        assert second.detail == (
            "Fewer decisions are right than usual, by an estimate without labels "
            "(estimated_accuracy < 0.85; it was 62.5 %)."
        )

    @pytest.mark.usefixtures("fired")
    def test_what_somebody_silenced_does_not(self, database: Engine, promoted_at: datetime) -> None:
        until = now() + HOUR
        known = Silence("estimated_accuracy", NO_TASK, now(), until, "ann", "known")
        alerts.silence(database, known)

        (alarm,) = RuleAlarms(database, TASK, load_rules()).alarms_since(promoted_at)

        assert alarm.name == "error_rate"

    @pytest.mark.usefixtures("fired")
    def test_alarms_of_several_sources_come_by_time(
        self, database: Engine, alarms: ChampionAlarms, answers: Answers, promoted_at: datetime
    ) -> None:
        answers.store(100, version="v2", referred=0.5)
        both = AllAlarms((alarms, RuleAlarms(database, TASK, load_rules())))

        names = [alarm.name for alarm in both.alarms_since(promoted_at)]

        assert names == ["error_rate", "estimated_accuracy", "referrals"]
