"""Results of DICOM instances on their way to the destinations, in one process of all that share the
state folder."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from api.clock import now
from api.monitoring.sending.delivery import Delivery
from api.pacs.destinations import DICOM
from api.pacs.stow import StowSender
from api.records.locks import server_lock
from api.served_tasks import ServedTasks
from api.worker.built_once import BuiltOnce
from api.worker.duty import Duty
from api.worker.result_instances import result_instances

RESULTS_LOCK = "results.lock"
# What is tidied is an hour old, and looking for it is a list of all that a shared store holds.
TIDY_EVERY = timedelta(minutes=10)


class Results:
    """What a worker does for results; each method is called again and again."""

    def __init__(self, tasks: ServedTasks) -> None:
        settings, shared = tasks.settings, tasks.shared
        self._outgoing = shared.outgoing
        self._tidied_at: datetime | None = None
        self._sends = Duty(server_lock(shared.database, settings.state_dir / RESULTS_LOCK))
        self._built: BuiltOnce[Sequence[bytes]] = BuiltOnce()
        instances = partial(result_instances, tasks, self._built)
        sender = StowSender(shared.dicom_destinations, instances)
        self._delivery = Delivery(
            shared.database,
            None,
            {DICOM: sender},
            give_up_after=timedelta(hours=settings.send_hours),
            finished=shared.outgoing.finished,
        )

    def deliver(self, is_closing: Callable[[], bool]) -> None:
        """Send what is to be sent. Raises: StoreBusy, StorageFailed."""
        if self._sends.is_ours():
            try:
                self._delivery.deliver(is_closing=is_closing)
            finally:
                self._built.clear()
            self._tidy(now())

    def _tidy(self, moment: datetime) -> None:
        if self._tidied_at is None or moment - self._tidied_at >= TIDY_EVERY:
            self._tidied_at = moment
            self._outgoing.tidy(moment)

    def close(self) -> None:
        """Leave it to another process."""
        self._sends.leave()
