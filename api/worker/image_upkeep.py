"""Films whose time is over, and what was cut off: removed by one process of all that have them."""

import logging
import time
from collections.abc import Callable

from api.records.locks import FolderLock, ServerLock, server_lock
from api.samples.erasing import set_aside, unregistered
from api.samples.erasing.erasure import finish_erasures
from api.served_tasks import ServedTasks
from api.services import Services
from api.worker.duty import Duty
from api.worker.logged import each_task

logger = logging.getLogger(__name__)

LOCK = "images.lock"
# Deletions that were cut off, and those whose day is over: a few names below prefixes of their own.
DELETED_S = 600.0
# All films, kept ones too: a store of several machines takes a request for each thousand.
ALL_S = 3600.0
# The same in a folder of this machine.
FOLDER_S = 600.0
# After one that failed.
AGAIN_S = 60.0
OfTask = Callable[[Services], None]


class ImageUpkeep:
    """Looks after the films of all tasks, now and then.

    Args:
        is_closing: asked while a long list is gone through.
    """

    def __init__(
        self,
        tasks: ServedTasks,
        is_closing: Callable[[], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tasks, self._clock = tasks, clock
        self._duty = Duty(_lock(tasks))
        self._due: dict[tuple[str, str], float] = {}
        self._goes_on = lambda: not is_closing()

    def look(self) -> None:
        """Do what is due, if that is this process's duty."""
        if self._tasks.settings.state_dir.is_dir() and self._duty.is_ours():
            each_task(self._tasks, self._tend)

    def close(self) -> None:
        """Leave it to another process."""
        self._duty.leave()

    def _tend(self, services: Services) -> None:
        is_shared = services.storage.collection.store is not None
        self._when_due(services, self._end_deletions, DELETED_S)
        self._when_due(services, self._look_at_all, ALL_S if is_shared else FOLDER_S)

    def _end_deletions(self, services: Services) -> None:
        collection = services.storage.collection
        set_aside.drop_old(collection)
        # In a folder that is done before something is picked up there.
        for label in services.task.known_labels if collection.store is not None else ():
            finish_erasures(collection, label)

    def _look_at_all(self, services: Services) -> None:
        if dropped := services.storage.retained_images.drop_old(self._goes_on):
            logger.info("kept films dropped for their age n=%d", dropped)
        unregistered.sweep(services.storage.collection, goes_on=self._goes_on)

    def _when_due(self, services: Services, work: OfTask, every_s: float) -> None:
        """Do it; where it fails, as the store is away, it is due again sooner."""
        key, moment = (services.task.name, work.__name__), self._clock()
        if moment < self._due.get(key, moment):
            return
        self._due[key] = moment + AGAIN_S
        work(services)
        self._due[key] = moment + every_s


def _lock(tasks: ServedTasks) -> ServerLock:
    """Of all machines where films are in one store; else of this one, whose folder it is."""
    path = tasks.settings.state_dir / LOCK
    if tasks.settings.storage_url:
        return server_lock(tasks.shared.database, path)
    return FolderLock(path)
