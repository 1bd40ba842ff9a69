"""Keeping the records small and within their times: count, prune and tidy."""

from collections.abc import Callable
from datetime import timedelta

from api.clock import now
from api.inputs.discovery import patient_in
from api.privacy.file_retention import tidy_files
from api.records.audit_log import audit
from api.records.database import empty_log
from api.records.locks import held
from api.records.upkeep import filename_retention, schedule
from api.records.upkeep.prediction_retention import Retention
from api.served_tasks import ServedTasks
from api.services import Services
from api.worker.logged import each_task, logged

# How long others have between two steps of it.
PAUSE_S = 0.05
LOCK = "upkeep.lock"
# Addresses that are forgotten in one transaction.
ADDRESSES = 100


class Upkeep:
    """What has to be done to the records now and then.

    Args:
        waits: waits so many seconds; True if the process ends meanwhile.
    """

    def __init__(self, tasks: ServedTasks, waits: Callable[[float], bool]) -> None:
        self._tasks, self._waits = tasks, waits
        # A process before this one may have ended in between.
        self._log_holds_names = True

    def look(self) -> None:
        """Do what is to be done, in one process of all that share the state folder."""
        settings = self._tasks.settings
        # The lock would make a folder that somebody has removed, and hide that.
        if not settings.state_dir.is_dir():
            return
        with held(self._tasks.shared.database, settings.state_dir / LOCK) as is_ours:
            if is_ours:
                each_task(self._tasks, self._tend)
                logged(self._forget)

    def _tend(self, services: Services) -> None:
        settings, database = services.settings, services.records.database
        retention = Retention(settings.keep_predictions_days, settings.keep_heatmaps_days)
        while schedule.step(database, retention, now(), task=services.task.name):
            if self._waits(PAUSE_S):
                return
        while filenames_step(services):
            self._log_holds_names = True
            if self._waits(PAUSE_S):
                return

    def _forget(self) -> None:
        """What is kept for a time only, of all tasks: addresses, files, what the log still has."""
        settings, database = self._tasks.settings, self._tasks.shared.database
        limit = now() - timedelta(days=settings.keep_addresses_days)
        while audit.drop_addresses(database, limit, rows=ADDRESSES):
            self._log_holds_names = True
            if self._waits(PAUSE_S):
                return
        tidy_files(settings, self._tasks.default.storage.collection.names, now())
        if self._log_holds_names and empty_log(database):
            self._log_holds_names = False


def filenames_step(services: Services) -> int:
    """Drop or hash some file names of a task whose time is over; 0: none is left."""
    task = services.task
    return filename_retention.step(
        services.records.database,
        services.storage.collection.names,
        now(),
        task=task.name,
        patient_of=lambda filename, label: patient_in(filename, task, label=label),
    )
