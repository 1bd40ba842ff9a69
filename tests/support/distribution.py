"""Which test process gets which files, and in what order.

Files that take longest begin first: several processes that are given files end at the same time
then. Those that run programs in `python`, the process that has TensorFlow imported, are one
process's: importing takes four seconds of a processor. So are those that mostly wait, for a bound
to pass or a database to come back: in several processes at once they would leave the cores idle.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler.loadfile import LoadFileScheduling

TESTS = Path(__file__).parents[1]
WARM = (
    "training/test_run.py",
    "former/test_serving.py",
    "e2e/test_own_task.py",
    "benchmarks/test_benchmarks.py",
)
WAITING = (
    "records/test_hanging_postgres.py",
    "storage/test_object_store.py",
    "web/server/test_hanging_records.py",
    "web/connections/test_held_connections.py",
    "web/server/test_hostile_bodies.py",
    "storage/test_application.py",
    "samples/test_stores.py",
    "storage/test_mirrored_folder.py",
)
UNITS = (WARM, WAITING)
LONGEST = (
    # The first needs the small checkpoint, which has to be trained where it is not yet there; the
    # next ones begin without it.
    "e2e/test_survival.py",
    *WAITING,
    "e2e/test_browser.py",
    "e2e/test_late_server.py",
    "e2e/test_screen_journeys.py",
    *WARM,
    "training/pipelines/test_train.py",
    "e2e/test_journey.py",
    "docs/test_commands_run.py",
    "training/pipelines/test_site_retraining.py",
    "notebooks/test_notebooks.py",
    "e2e/test_sample_journeys.py",
    "e2e/test_api_away.py",
    "training/assessment/test_assess_retrained.py",
    "web/test_route_rights.py",
    "web/routes/test_planted_names.py",
    "web/routes/test_evaluate.py",
    "e2e/test_load.py",
    "serving/test_compiled.py",
    "deploy/test_orthanc.py",
    "web/routes/test_retrain.py",
    "web/routes/test_models.py",
    "web/routes/test_unsound_models.py",
    "web/routes/test_samples.py",
    "web/routes/test_retrain_queue.py",
    "web/routes/test_predict.py",
    "web/middleware/test_host_check.py",
    "web/server/test_two_servers.py",
    "web/test_schemathesis.py",
    "records/statistics/test_growth.py",
    "jobs/test_waiting.py",
    "jobs/test_supervisor.py",
    "samples/test_crashing.py",
    "streamlit_app/views/test_intake.py",
    "cli/test_commands.py",
    "training/pipelines/test_train_table.py",
    "jobs/test_job_lifecycle.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {TESTS / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


# Without pytest-xdist, as in the environment of Ray's tests, nobody asks.
@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(
    config: pytest.Config, log: "Producer"
) -> "LoadFileScheduling | None":
    if config.getoption("dist") != "loadfile":
        return None

    from xdist.scheduler.loadfile import LoadFileScheduling

    class ByFile(LoadFileScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return unit_of(super()._split_scope(nodeid))

    return ByFile(config, log)


def unit_of(file: str) -> str:
    """The files that a file is given out with, by the name of the first."""
    name = file.removeprefix("tests/")
    return next((f"tests/{unit[0]}" for unit in UNITS if name in unit), file)
