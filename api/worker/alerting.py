"""Alerts and messages to other systems, in one process of all that share the state folder."""

import logging
from collections.abc import Callable
from datetime import timedelta

from api.errors import AppError
from api.monitoring.alerting.signals import Observed
from api.monitoring.alerting.watch import AlertWatch
from api.monitoring.champion_events import ChampionEvents
from api.monitoring.quality import accuracy_of
from api.monitoring.sending.delivery import Delivery
from api.monitoring.sending.senders import senders_of
from api.records.locks import server_lock
from api.served_tasks import ServedTasks
from api.services import Services
from api.worker.duty import Duty

logger = logging.getLogger(__name__)

ALERTS_LOCK, OUTBOX_LOCK = "alerts.lock", "outbox.lock"


class Alerting:
    """What a worker does for alerts and messages; each method is called again and again."""

    def __init__(self, tasks: ServedTasks) -> None:
        settings, shared = tasks.settings, tasks.shared
        self._tasks, self._database = tasks, shared.database
        self._evaluates = Duty(server_lock(shared.database, settings.state_dir / ALERTS_LOCK))
        self._sends = Duty(server_lock(shared.database, settings.state_dir / OUTBOX_LOCK))
        senders = senders_of(shared.destinations, secret=settings.webhook_secret)
        self._watch = AlertWatch(
            shared.database,
            shared.alert_rules,
            Observed(
                shared.database,
                (settings.state_dir, settings.models_dir, settings.retrain_dir),
                lambda: shared.write_health.problem,
                self._accuracy,
            ),
            lambda: [services.task.name for services in tasks],
            addresses_of=shared.destinations.addresses_of,
            senders=senders,
        )
        self._delivery = Delivery(
            shared.database,
            shared.destinations.addresses_of,
            senders,
            give_up_after=timedelta(hours=settings.send_hours),
        )
        self._champion_events: dict[str, ChampionEvents] = {}

    def look(self) -> None:
        """Evaluate the alert rules. Raises: StoreBusy, StorageFailed."""
        if self._evaluates.is_ours():
            self._watch.look()

    def deliver(self, is_closing: Callable[[], bool]) -> None:
        """Send what is to be sent. Raises: StoreBusy, StorageFailed."""
        if not self._sends.is_ours():
            return
        for services in self._tasks:
            try:
                self._events_of(services).look()
            except AppError as exc:
                logger.warning("moves not read task=%s reason=%r", services.task.name, exc.message)
        self._delivery.deliver(is_closing=is_closing)

    def close(self) -> None:
        """Leave both to another process."""
        self._evaluates.leave()
        self._sends.leave()

    def _accuracy(self, task: str) -> float | None:
        """Raises: StoreBusy, StorageFailed."""
        services = next((each for each in self._tasks if each.task.name == task), None)
        checkpoint = services.serving.live.checkpoint if services else None
        return accuracy_of(
            self._database,
            checkpoint.card if checkpoint else None,
            prevalence=self._tasks.settings.prevalence,
            task=task,
        )

    def _events_of(self, services: Services) -> ChampionEvents:
        name = services.task.name
        if name not in self._champion_events:
            found = ChampionEvents(self._database, name, services.storage.alias)
            self._champion_events[name] = found
        return self._champion_events[name]
