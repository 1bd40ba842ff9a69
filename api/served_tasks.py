"""The tasks of this process, each with its services; a model is loaded once it is asked for."""

import logging
import threading
from collections.abc import Callable, Iterator

from sqlalchemy import Engine

from api.champions import open_alias
from api.errors import AppError, InvalidTask
from api.model_card.task_sections import load_whole_task
from api.monitoring.metrics.observers import publish_process
from api.monitoring.status import memory_mb
from api.open_services import open_services, open_shared
from api.services import Services, Shared
from api.settings import Settings
from api.tasks.task import Task
from api.tasks.task_files import task_files
from api.tasks.task_settings import settings_of

logger = logging.getLogger(__name__)

Added = Callable[[Services], None]


class ServedTasks:
    """Services by task. Those that the settings name are there from the start; where they name
    none, every task that has a model is, also one whose first model is trained meanwhile."""

    def __init__(self, settings: Settings, shared: Shared) -> None:
        """Open the default task's. Raises: InvalidTask."""
        self.settings, self.shared = settings, shared
        self._lock = threading.Lock()
        self._requested: set[str] = set()
        self._added: list[Added] = []
        self.default = self._opened(load_whole_task(settings.task), is_default=True)
        self._services = {self.default.task.name: self.default}
        self.request(self.default)
        for name in settings.tasks:
            self._services.setdefault(name, self._opened(load_whole_task(name)))
        self.look_around()
        if settings.preload:
            for services in self:
                self.request(services)

    def __iter__(self) -> Iterator[Services]:
        """The default one first, the others in the order of their names."""
        others = (self._services[name] for name in sorted(self._services))
        return iter([self.default, *(each for each in others if each is not self.default)])

    def find(self, name: str) -> Services | None:
        """A task's services, if it is known to be served; reads no files."""
        return self._services.get(name)

    def look_around(self) -> None:
        """Serve tasks too that have got a model meanwhile, unless the settings name some."""
        if self.settings.tasks:
            return
        for name in task_files():
            if name in self._services:
                continue
            try:
                task = load_whole_task(name)
                if has_model(self.settings, task, self.shared.database):
                    self._add(task)
            except AppError as exc:
                logger.warning("task not served task=%s reason=%r", name, exc.message)

    def without_model(self) -> list[Task]:
        """Tasks that have a file here and no model, in the order of their names; none where the
        settings name those that are served."""
        return [found for found in self._unserved().values() if isinstance(found, Task)]

    def unreadable(self) -> dict[str, str]:
        """What is wrong with task files by the tasks' names; none where the settings name those
        that are served."""
        found = self._unserved().items()
        return {name: wrong.message for name, wrong in found if isinstance(wrong, InvalidTask)}

    def _unserved(self) -> dict[str, Task | InvalidTask]:
        found: dict[str, Task | InvalidTask] = {}
        # Where the settings name tasks, the others are nobody's business.
        for name in () if self.settings.tasks else task_files():
            if name in self._services:
                continue
            try:
                found[name] = load_whole_task(name)
            except InvalidTask as exc:
                found[name] = exc
        return found

    def request(self, services: Services) -> None:
        """Somebody asks for this task: its model is to be there, and followed from now on."""
        self._requested.add(services.task.name)

    def is_requested(self, services: Services) -> bool:
        """Whether anybody asked for this task yet."""
        return services.task.name in self._requested

    def on_added(self, added: Added) -> None:
        """Call this for each task that is served from now on, and for those that are already."""
        with self._lock:
            self._added.append(added)
            known = list(self)
        for services in known:
            added(services)

    def publish_metrics(self) -> None:
        """Say how this process is, for whoever is asked for metrics."""
        shared = self.shared
        if shared.worker_metrics is None:
            return
        publish_process(
            shared.worker_metrics.counters,
            waiting=shared.compute.waiting,
            crashes=shared.backend.counts.crashes,
            timeouts=shared.backend.counts.timeouts,
            restarts=shared.backend.counts.restarts,
            compute_pids=shared.backend.pids,
        )

    def close(self) -> None:
        """Stop computing, and keep what waits for its commit."""
        for services in self:
            services.serving.site_models.close()
            services.serving.shadow.close()
        self.shared.compute.close()
        self.shared.prediction_writer.close()
        self.shared.backend.close()
        self.shared.errors.close()
        self.shared.database.dispose()
        if self.shared.worker_metrics is not None:
            self.shared.worker_metrics.close()

    def _add(self, task: Task) -> None:
        with self._lock:
            if task.name in self._services:
                return
            services = self._services[task.name] = self._opened(task)
            listeners = list(self._added)
        for added in listeners:
            added(services)

    def _opened(self, task: Task, *, is_default: bool = False) -> Services:
        own = settings_of(self.settings, task)
        return open_services(own, task, self.shared, is_default=is_default)


def open_tasks(settings: Settings) -> ServedTasks:
    """Open what serves all tasks. Raises: AppError."""
    # Before anything is started: a misspelt name stops the start.
    for name in (settings.task, *settings.tasks, settings.diagnosis_task):
        load_whole_task(name)
    return ServedTasks(settings, open_shared(settings))


def has_model(settings: Settings, task: Task, database: Engine) -> bool:
    """Whether a task has a checkpoint that serves, or one that was promoted, sound or not.

    Raises: StoreBusy, StorageFailed, InvalidCheckpoint.
    """
    if settings_of(settings, task).default_model.is_file():
        return True
    alias = open_alias(settings, settings.models_dir / task.name, database)
    return alias.stamp() is not None


def task_memory_mb(services: Services) -> float | None:
    """What a task's compute processes have in memory for themselves alone; None if its model is
    not loaded, or in the server itself."""
    live = services.serving.live
    return memory_mb(live.current().pids) if live.version else None
