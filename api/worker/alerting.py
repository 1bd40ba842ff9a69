"""Alerts and messages to other systems, in one process of all that share the state folder."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from filelock import FileLock, Timeout

from api.errors import AppError
from api.monitoring.alerting.signals import Observed
from api.monitoring.alerting.watch import AlertWatch
from api.monitoring.champion_events import ChampionEvents
from api.monitoring.sending.delivery import Delivery
from api.monitoring.sending.senders import senders_of
from api.served_tasks import ServedTasks
from api.services import Services

logger = logging.getLogger(__name__)

ALERTS_LOCK, OUTBOX_LOCK = "alerts.lock", "outbox.lock"


class Alerting:
    """What a worker does for alerts and messages; each method is called again and again."""

    def __init__(self, tasks: ServedTasks) -> None:
        settings, shared = tasks.settings, tasks.shared
        self._tasks, self._database = tasks, shared.database
        self._state_dir = settings.state_dir
        senders = senders_of(shared.destinations, secret=settings.webhook_secret)
        self._watch = AlertWatch(
            shared.database,
            shared.alert_rules,
            Observed(
                shared.database,
                (settings.state_dir, settings.models_dir, settings.retrain_dir),
                lambda: shared.write_health.predictions or shared.write_health.heartbeat,
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
        with _alone(self._state_dir / ALERTS_LOCK) as is_alone:
            if is_alone:
                self._watch.look()

    def deliver(self, is_closing: Callable[[], bool]) -> None:
        """Send what is to be sent. Raises: StoreBusy, StorageFailed."""
        with _alone(self._state_dir / OUTBOX_LOCK) as is_alone:
            if not is_alone:
                return
            for services in self._tasks:
                try:
                    self._events_of(services).look()
                except AppError as exc:
                    task = services.task.name
                    logger.warning("moves not read task=%s reason=%r", task, exc.message)
            self._delivery.deliver(is_closing=is_closing)

    def _events_of(self, services: Services) -> ChampionEvents:
        name = services.task.name
        if name not in self._champion_events:
            found = ChampionEvents(self._database, name, services.storage.store)
            self._champion_events[name] = found
        return self._champion_events[name]


@contextmanager
def _alone(path: Path) -> Iterator[bool]:
    """Whether no other process is at it; a disk that takes no lock must not keep alarms back."""
    # The lock would make a folder that somebody has removed, and hide that.
    lock = FileLock(path, blocking=False) if path.parent.is_dir() else None
    if lock is not None:
        try:
            lock.acquire()
        except Timeout:
            yield False
            return
        except OSError as exc:
            logger.warning("no lock path=%s reason=%r", path.name, exc.strerror)
    try:
        yield True
    finally:
        if lock is not None and lock.is_locked:
            lock.release()
