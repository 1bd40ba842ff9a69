"""What a worker does beside answering: for each task follow the champion, watch the job, begin one
when it is time; for all of them say that it lives."""

import logging
import os
import threading
import uuid
from collections.abc import Callable
from functools import partial

import psutil

from api.clock import now
from api.errors import AppError
from api.records.answers import predictions
from api.records.audit_log import audit
from api.records.audit_log.audit import AuditEntry
from api.records.locks import held
from api.records.retrainings.job_holder import HOST
from api.records.servers import workers
from api.records.servers.clocks import warn_if_apart
from api.records.servers.workers import WorkerRecord, WorkerState
from api.samples.folder_import import import_folder
from api.served_tasks import ServedTasks
from api.services import Services
from api.storage.places import cache_of
from api.worker import automatic_retraining
from api.worker.alerting import Alerting
from api.worker.automatic_rollback import automatic_rollback
from api.worker.image_upkeep import ImageUpkeep
from api.worker.logged import each_task, logged
from api.worker.node_reports import NodeReports
from api.worker.results import Results
from api.worker.shared_images import SharedImages
from api.worker.shared_models import SharedModels
from api.worker.upkeep import Upkeep

logger = logging.getLogger(__name__)

HEARTBEAT_S = 2.0
# How often somebody looks whether the records need something.
UPKEEP_S = 10.0
# How often the shared store is asked whether it answers; its pause after a failure is as long.
STORE_S = 2.0
STREAMS_LOCK = "streams.lock"
# How often streams of answers are tested, and triggers of a retraining looked at: both are about
# dozens of films.
WATCH_S = 2.0
# Films put into the training folder by hand are samples soon after.
IMPORT_EVERY_S = 10.0
# Nodes follow a shared champion within two seconds.
MAX_POLL_S = 1.0
# A profile that another machine made decides here two to three seconds later.
SITES_S = 2.0
# How often alert rules are evaluated, and how often somebody looks for messages to send.
ALERTS_S = 10.0
DELIVER_S = 2.0
# How often the newest promotion is looked at, where that is wanted.
WATCH_PROMOTION_S = 5.0


OfTask = Callable[[Services], None]


class BackgroundWorker:
    """Threads that tick from `start` to `close`."""

    def __init__(self, tasks: ServedTasks) -> None:
        self._tasks, self._shared = tasks, tasks.shared
        self._id = uuid.uuid4().hex
        self._closing = threading.Event()
        self._started = now()
        self._shared_models = SharedModels()
        self._shared_images = SharedImages(cache_of(tasks.settings))
        self._alerting, self._results = Alerting(tasks), Results(tasks)
        self._upkeep = Upkeep(tasks, self._closing.wait)
        self._image_upkeep = ImageUpkeep(tasks, self._closing.is_set)
        self._nodes = NodeReports(tasks, self._id)
        poll_s = tasks.settings.poll_interval_s
        # Loading a new champion can take long (it may have to be compiled): neither the heart-beat
        # nor another task must wait for it, so each task is followed by a thread of its own.
        self._threads = [
            self._thread(name, work, every)
            for name, work, every in (
                ("heartbeat", self._beat, HEARTBEAT_S),
                ("errors", self._shared.errors.write, HEARTBEAT_S),
                ("store", self._shared.store_health.look, STORE_S),
                ("pick up", self._each(self._import_folder), IMPORT_EVERY_S),
                ("triggers", self._each(self._start_retraining), max(poll_s, WATCH_S)),
                ("upkeep", self._upkeep.look, UPKEEP_S),
                # By itself: a store that holds millions of films takes minutes to list.
                ("images", self._image_upkeep.look, UPKEEP_S),
                ("streams", self._each(self._watch_streams), max(poll_s, WATCH_S)),
                ("alerts", self._alerting.look, ALERTS_S),
                ("messages", partial(self._alerting.deliver, self._closing.is_set), DELIVER_S),
                ("results", partial(self._results.deliver, self._closing.is_set), DELIVER_S),
                ("shadow", self._each(self._follow_shadow), poll_s),
                ("rollback", self._each(self._watch_promotion), WATCH_PROMOTION_S),
            )
        ]

    def start(self) -> None:
        """Register this worker and begin to tick."""
        workers.register(self._shared.database, worker_id=self._id, host=HOST, pid=os.getpid())
        warn_if_apart(self._shared.database)
        for thread in self._threads:
            thread.start()
        self._tasks.on_added(self._begin_to_follow)

    def close(self) -> None:
        """Stop ticking; a running retraining ends as interrupted, or goes to another machine."""
        self._closing.set()
        for services in self._tasks:
            services.serving.compiler.close()
        for thread in self._threads:
            thread.join(timeout=3)
        self._alerting.close()
        self._results.close()
        self._image_upkeep.close()
        for step in (self._unregister, self._nodes.close, self._end_jobs):
            try:
                step()
            except AppError as exc:
                logger.warning("stop incomplete reason=%r", exc.message)

    def _begin_to_follow(self, services: Services) -> None:
        poll_s = services.settings.poll_interval_s
        if services.settings.champion_in_records:
            poll_s = min(poll_s, MAX_POLL_S)
        # A cluster that does not answer must not keep anybody from following a champion.
        work_of: list[tuple[str, OfTask, float]] = [
            ("follow", self._follow, poll_s),
            ("trainers", self._look_after_trainers, poll_s),
        ]
        if services.serving.sites.are_shared:
            # By itself: a store that does not answer must not keep a champion waiting.
            work_of.append(("sites", _follow_sites, SITES_S))
        for name, work, every_s in work_of:
            thread = self._thread(name, partial(work, services), every_s)
            self._threads.append(thread)
            thread.start()

    def _thread(self, name: str, work: Callable[[], None], every_s: float) -> threading.Thread:
        return threading.Thread(target=self._repeat, args=(work, every_s), name=name, daemon=True)

    def _repeat(self, work: Callable[[], None], every_s: float) -> None:
        while True:
            logged(work)
            if self._closing.wait(every_s):
                return

    def _each(self, work: OfTask) -> Callable[[], None]:
        """The same for every task; what fails for one is done for the others."""

        return partial(each_task, self._tasks, work)

    def _follow(self, services: Services) -> None:
        if not services.serving.sites.are_shared:
            services.serving.sites.refresh_quietly()
        if self._tasks.is_requested(services):
            try:
                services.serving.live.refresh()
                services.serving.site_models.refresh()
            finally:
                self._nodes.write_change(services)
        logged(partial(self._shared_models.look, services))

    def _look_after_trainers(self, services: Services) -> None:
        services.training.supervisor.reconcile()
        # The next server starts what waits; here it would be interrupted at once.
        if not self._shared.shutdown:
            services.training.supervisor.begin_waiting()

    def _follow_shadow(self, services: Services) -> None:
        if self._tasks.is_requested(services):
            services.serving.shadow.refresh()

    def _watch_promotion(self, services: Services) -> None:
        """Take the newest promotion back where an alarm speaks against it and the setting wants
        it."""
        watch = automatic_rollback(services, self._shared.alert_rules)
        if watch and self._tasks.is_requested(services):
            watch.look()

    def _import_folder(self, services: Services) -> None:
        if services.storage.collection.store is not None:
            self._shared_images.look(services)
        if counted := import_folder(services.storage.collection):
            logger.info("files picked up task=%s %s", services.task.name, dict(counted))
            entry = AuditEntry(
                audit.SERVER, "import", "training folder", after=counted, task=services.task.name
            )
            audit.append(self._shared.database, entry)

    def _watch_streams(self, services: Services) -> None:
        """Test streams of answers in one process of all that share the state folder; the others
        read what it found."""
        watch, state_dir = services.records.streams, services.settings.state_dir
        if not state_dir.is_dir():
            return
        with held(services.records.database, state_dir / STREAMS_LOCK) as is_ours:
            if is_ours:
                watch.look()
                services.records.drift.look()
            else:
                watch.refresh()

    def _start_retraining(self, services: Services) -> None:
        automatic_retraining.start_if_due(services, server_started=self._started)

    def _beat(self) -> None:
        self._tasks.publish_metrics()
        live, compute = self._tasks.default.serving.live, self._shared.compute
        write_health, counts = self._shared.write_health, self._shared.backend.counts
        condition = WorkerState(
            model_version=live.version,
            precision=live.precision,
            waiting=compute.waiting,
            films_per_s=round(compute.drain_rate, 1),
            p99_ms=self._shared.latencies.p99_ms(),
            decoder_crashes=counts.crashes,
            decoder_timeouts=counts.timeouts,
            process_restarts=counts.restarts,
        )
        with write_health.beating():
            workers.beat(self._shared.database, self._id, condition)
            self._nodes.write()
        if write_health.predictions is not None:
            self._probe_write()

    def _probe_write(self) -> None:
        """A server that is not ready is sent no film whose answer would show that it is again."""
        write_health = self._shared.write_health
        try:
            predictions.probe_write(self._shared.database, task=self._tasks.default.task.name)
        except AppError as exc:
            write_health.predictions = exc
            raise
        write_health.predictions = None

    def _end_jobs(self) -> None:
        """The last worker of a machine takes its retraining along: another machine begins it
        again, where there is one."""
        others = [*filter(_is_there, workers.alive(self._shared.database))]
        if any(worker.host == HOST for worker in others):
            return
        for services in self._tasks:
            supervisor = services.training.supervisor
            (supervisor.hand_over if others else supervisor.close)()

    def _unregister(self) -> None:
        workers.remove(self._shared.database, self._id)


def _follow_sites(services: Services) -> None:
    services.serving.sites.follow()


def _is_there(worker: WorkerRecord) -> bool:
    """A killed worker looks alive for some seconds; on this machine its process tells."""
    return worker.host != HOST or psutil.pid_exists(worker.pid)
