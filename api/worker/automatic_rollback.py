"""Takes a promotion back by itself, where an alarm rises soon after it (a setting)."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from api.clock import now
from api.errors import Conflict
from api.monitoring.alarms import AlarmSource, AllAlarms, ChampionAlarms, RuleAlarms
from api.monitoring.alerting.rules import AlertRule
from api.registry.history import AliasChange, MoveKind
from api.services import Services
from api.serving.promotion import Promoter

logger = logging.getLogger(__name__)

BY = "alarm"

# What is asked about a promotion.
SourceOf = Callable[[AliasChange], AlarmSource]


@dataclass(frozen=True, slots=True)
class AutomaticRollback:
    """Watches the newest promotion for so long."""

    promoter: Promoter
    source_of: SourceOf
    within: timedelta

    def look(self) -> str | None:
        """Roll back if it is to be; returns the version that serves again then.

        A rollback is no promotion, so one alarm goes back one step. One process at a time does it:
        of two that try at once one is refused.

        Raises: InvalidCheckpoint, NotFound, StoreBusy, StorageFailed.
        """
        promotion = self._promotion()
        if promotion is None:
            return None
        alarms = self.source_of(promotion).alarms_since(promotion.at)
        if not alarms:
            return None
        first = alarms[0]
        try:
            target = self.promoter.rollback(
                reason=f"Rolled back by itself ({first.name}): {first.detail}",
                from_version=promotion.version,
                by=BY,
            )
        except Conflict as exc:
            logger.warning("no automatic rollback reason=%r", exc.message)
            return None
        logger.error(
            "rolled back by itself from=%s to=%s alarm=%s detail=%r",
            promotion.version,
            target,
            first.name,
            first.detail,
        )
        return target

    def _promotion(self) -> AliasChange | None:
        """The promotion that could be taken back; None: there is none, or it is too long ago."""
        found = self.promoter.overview()
        newest = found.history[-1] if found.history else None
        if newest is None or newest.kind != MoveKind.PROMOTION or found.rollback_target is None:
            return None
        return newest if now() - newest.at <= self.within else None


def automatic_rollback(
    services: Services, alert_rules: Sequence[AlertRule]
) -> AutomaticRollback | None:
    """That of a task; None where the setting does not want it.

    Args:
        alert_rules: those of the server; of these, the ones that ask for it count.
    """
    hours = services.settings.rollback_after_alarm_hours
    if not hours:
        return None

    def source_of(promotion: AliasChange) -> AlarmSource:
        database, task = services.records.database, services.task.name
        return AllAlarms(
            (
                ChampionAlarms(database, task, promotion.version, promotion.previous or ""),
                RuleAlarms(database, task, alert_rules),
            )
        )

    return AutomaticRollback(services.serving.promoter, source_of, timedelta(hours=hours))
