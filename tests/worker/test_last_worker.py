"""What a worker that is stopped does with its machine's retraining."""

import os

import pytest
from fastapi.testclient import TestClient

from api.main import create_app
from api.records.database import open_database
from api.records.retrainings import jobs
from api.records.retrainings.job_holder import HOST
from api.records.servers import workers
from api.settings import Settings


@pytest.mark.parametrize(
    ("others", "state"),
    [([], "interrupted"), (["elsewhere"], "waiting"), (["elsewhere", HOST], "running")],
    ids=["alone", "another machine goes on", "another one of its own goes on"],
)
def test_the_last_one_of_a_machine_leaves_it_to_another_machine(
    settings: Settings, others: list[str], state: str
) -> None:
    database = open_database(settings.records_url, timeout_s=10)
    with TestClient(create_app(settings)):
        jobs.create(database, job_id="job", task="pneumonia", samples={})
        jobs.start(database, "job", task="pneumonia")
        for host in others:
            workers.register(database, worker_id=host, host=host, pid=os.getpid())

    assert jobs.get(database, "job", task="pneumonia").state == state
    database.dispose()
