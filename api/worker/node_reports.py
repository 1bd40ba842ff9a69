"""Says in the records what this process serves, where several nodes share them."""

import threading
from dataclasses import replace

from api.clock import now
from api.records.champions import nodes
from api.records.champions.nodes import NodeReport, NodeState
from api.served_tasks import ServedTasks
from api.services import Services
from api.serving.live import LiveModel


class NodeReports:
    """The reports of one process. Thread-safe."""

    def __init__(self, tasks: ServedTasks, worker: str) -> None:
        self._tasks, self._worker = tasks, worker
        self._is_shared = tasks.settings.champion_in_records
        self._lock = threading.Lock()
        # The newest one of each task.
        self._reports: dict[str, NodeReport] = {}

    def write(self) -> None:
        """Report all tasks that somebody asked for. Raises: StoreBusy, StorageFailed."""
        if not self._is_shared:
            return
        with self._lock:
            for services in self._tasks:
                if self._tasks.is_requested(services):
                    self._reports[services.task.name] = self._of(services)
            nodes.report(
                self._tasks.shared.database,
                list(self._reports.values()),
                node=self._tasks.settings.node_name,
                worker=self._worker,
            )

    def write_change(self, services: Services) -> None:
        """Report at once where a task is served otherwise than the records have it.

        Raises: StoreBusy, StorageFailed.
        """
        if self._is_shared and self._reports.get(services.task.name) != self._of(services):
            self.write()

    def close(self) -> None:
        """The process stops. Raises: StoreBusy, StorageFailed."""
        if self._is_shared:
            nodes.remove(self._tasks.shared.database, self._worker)

    def _of(self, services: Services) -> NodeReport:
        live, sites = services.serving.live, services.serving.site_models
        version = live.version
        reasons = [live.problem or ""]
        reasons += [f"{each.site}: {each.problem}" for each in sites.standings() if each.problem]
        found = NodeReport(
            task=services.task.name,
            version=version,
            sequence=live.sequence,
            loaded=tuple(sorted({*sites.loaded(), *([version] if version else [])})),
            state=state_of(live),
            reason=" ".join(filter(None, reasons)),
            since=now(),
        )
        former = self._reports.get(found.task)
        is_as_before = former and (former.version, former.state) == (found.version, found.state)
        return replace(found, since=former.since) if former and is_as_before else found


def state_of(live: LiveModel) -> NodeState:
    """How a process is about its champion."""
    if live.is_loading:
        return NodeState.LOADING
    if live.version is not None:
        return NodeState.SERVING
    return NodeState.REFUSED if live.problem else NodeState.LOADING
