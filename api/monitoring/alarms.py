"""What speaks against the champion since a moment: errors, referrals, scores unlike known ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from sqlalchemy import Engine

from api.clock import now
from api.decision.shares import Proportion, p_of_rise
from api.decision.stream_shift.detect import SCORES
from api.monitoring.alerting.rules import AlertRule
from api.monitoring.sending.texts import shown
from api.monitoring.stream_watch import reason_in_words
from api.records.alerting import alerts
from api.records.alerting.alerts import AlertChange, AlertKey
from api.records.answers import answer_counts
from api.records.watching import streams

# A rise is an alarm where it is so unlikely by chance. It is looked at after each answer, so this
# is far below the usual level: over a thousand answers of the same kind one in a thousand
# promotions is taken back by chance (simulated in the tests).
MAX_P = 1e-6
# A rise of fewer points is no alarm, however sure it is; nor is one of fewer answers.
MIN_REFERRAL_RISE, MIN_ERROR_RISE = 0.10, 0.05
MIN_ANSWERS = 30
# What went before: at most so many answers of the former champion, and so long.
MAX_BEFORE = 1000
ERRORS_BEFORE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that a person would be called for; `detail` is a sentence."""

    name: str
    at: datetime
    detail: str


class AlarmSource(Protocol):
    """Whatever raises alarms about what serves."""

    def alarms_since(self, at: datetime) -> Sequence[Alarm]:
        """Those that rose after a moment, the oldest first. Raises: StoreBusy, StorageFailed."""


@dataclass(frozen=True, slots=True)
class ChampionAlarms:
    """Alarms about the champion's own answers since it began to serve.

    A source whose films themselves have changed is none: the version before would be asked about
    the same films.
    """

    database: Engine
    task: str
    champion: str
    former: str

    def alarms_since(self, at: datetime) -> list[Alarm]:
        """See `AlarmSource`; `at` is when the champion began to serve."""
        found = [self._referrals(at), self._errors(at)]
        alarms = [*self._streams(at), *(alarm for alarm in found if alarm)]
        return sorted(alarms, key=lambda alarm: alarm.at)

    def _streams(self, at: datetime) -> list[Alarm]:
        return [
            Alarm("scores", record.since, reason_in_words(record))
            for record in streams.all_streams(self.database, task=self.task)
            if record.since is not None
            and record.since > at
            and record.test == SCORES
            and record.model_version == self.champion
        ]

    def _referrals(self, at: datetime) -> Alarm | None:
        counted = partial(answer_counts.referred, self.database, task=self.task)
        before = Proportion(*counted(self.former, until=at, limit=MAX_BEFORE))
        after = Proportion(*counted(self.champion, since=at))
        if not rose(before, after, by=MIN_REFERRAL_RISE):
            return None
        return Alarm(
            "referrals",
            now(),
            f"{self.champion} refers {after.value:.0%} of {after.n} films to a person; before, "
            f"{self.former} referred {before.value:.0%} of {before.n}.",
        )

    def _errors(self, at: datetime) -> Alarm | None:
        counted = partial(answer_counts.failed, self.database, task=self.task)
        before = Proportion(*counted(since=at - ERRORS_BEFORE, until=at))
        after = Proportion(*counted(since=at))
        # Without a past, none failed then.
        if not rose(before if before.n else Proportion(0, MIN_ANSWERS), after, by=MIN_ERROR_RISE):
            return None
        return Alarm(
            "errors",
            now(),
            f"{after.hits} of {after.n} requests ended in an error of the server since "
            f"{self.champion} serves; the day before {before.hits} of {before.n}.",
        )


@dataclass(frozen=True, slots=True)
class RuleAlarms:
    """Alert rules that take a promotion back (`rollback = true`), of a task and of the server.

    What began to hold before the promotion, and fired after it, is not the new version's doing. One
    that is silenced is known to somebody, who decides.
    """

    database: Engine
    task: str
    rules: Sequence[AlertRule]

    def alarms_since(self, at: datetime) -> list[Alarm]:
        """See `AlarmSource`."""
        rules = {rule.name: rule for rule in self.rules if rule.rollback}
        if not rules:
            return []
        silences = alerts.silences(self.database, now())
        return [
            Alarm(change.name, change.at, _in_words(rules[change.name], change))
            for change in alerts.firings_since(self.database, at, names=rules, task=self.task)
            if change.at - rules[change.name].holds_for >= at
            and alerts.silence_of(silences, AlertKey(change.name, change.task)) is None
        ]


@dataclass(frozen=True, slots=True)
class AllAlarms:
    """Of several sources."""

    sources: Sequence[AlarmSource]

    def alarms_since(self, at: datetime) -> list[Alarm]:
        """See `AlarmSource`."""
        found = [alarm for source in self.sources for alarm in source.alarms_since(at)]
        return sorted(found, key=lambda alarm: alarm.at)


def _in_words(rule: AlertRule, change: AlertChange) -> str:
    return f"{rule.says} ({rule.when}; it was {shown(change.value, rule.unit)})."


def rose(before: Proportion, after: Proportion, *, by: float) -> bool:
    """Whether a share rose by more than luck, and by enough to matter."""
    enough = min(before.n, after.n) >= MIN_ANSWERS and after.value - before.value >= by
    return enough and p_of_rise(before, after) < MAX_P
