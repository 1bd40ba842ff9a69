"""What a worker does beside sending results."""

from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import Engine

from api.clock import now
from api.records.alerting.outbox import Message
from api.served_tasks import ServedTasks
from api.settings import Settings
from api.worker import results
from api.worker.results import TIDY_EVERY, Results


class Outgoing:
    """Counts when it is tidied: each time lists a shared store."""

    def __init__(self) -> None:
        self.tidied: list[datetime] = []

    def tidy(self, moment: datetime) -> int:
        self.tidied.append(moment)
        return 0

    def finished(self, message: Message) -> None:
        """Nothing."""


def test_what_is_left_behind_is_looked_for_now_and_then(
    database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outgoing, start = Outgoing(), now()
    shared: Any = SimpleNamespace(database=database, outgoing=outgoing, dicom_destinations=())
    tasks = SimpleNamespace(settings=Settings(state_dir=tmp_path), shared=shared)
    work = Results(cast(ServedTasks, tasks))

    for seconds in (0, 2, 4, TIDY_EVERY.total_seconds(), TIDY_EVERY.total_seconds() + 2):
        moment = start + timedelta(seconds=seconds)
        monkeypatch.setattr(results, "now", lambda moment=moment: moment)
        work.deliver(lambda: False)

    assert outgoing.tidied == [start, start + TIDY_EVERY]
    work.close()
