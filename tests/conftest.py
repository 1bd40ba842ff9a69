"""A real checkpoint a session, settings and a running application a test."""

import gc
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import pytest

from tests.support import one_thread  # noqa: F401 # before all that imports NumPy

# isort: split
from sqlalchemy import Engine
from starlette.testclient import TestClient

from api.main import create_app
from api.records.database import open_database
from api.settings import PREFIX, Settings
from api.tasks.task import Task
from api.tasks.task_files import load_task
from tests.support.checkpoints import TinyCheckpoint, copy_checkpoint, tiny_checkpoint_of_this_code
from tests.support.databases import records_settings, records_url
from tests.support.distribution import (  # noqa: F401 # what pytest calls
    pytest_collection_modifyitems,
    pytest_xdist_make_scheduler,
)
from tests.support.openapi_document import openapi_document
from tests.support.shared_work import shared_work
from tests.support.stores import store_settings
from tests.support.waiting import wait_until_ready
from tests.support.warm_python import WarmPython, warm_python
from tests.web.response_checks import Documented

# Each process that a test starts would compile the program anew where this is set.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


# Nothing that is imported for all tests goes away; looking for what does takes a sixth of the time.
gc.disable()


def pytest_collection_finish() -> None:
    """What was imported for all tests stays; no collection of garbage has to look at it again."""
    gc.collect()
    gc.freeze()
    gc.enable()


# Starlette's test client asks from "testclient" for "testserver", which is not this machine. Tests
# of who may what set `auth` themselves.
OPEN_TO_ALL = {"ROENTGEN_AUTH": "off", "ROENTGEN_AUTH_OFF_IS_INTENDED": "true"}
os.environ.update(OPEN_TO_ALL)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("ROENTGEN_") and name not in OPEN_TO_ALL:
            monkeypatch.delenv(name)


@pytest.fixture(scope="session", autouse=True)
def _shared_work() -> Iterator[None]:
    with shared_work():
        yield


@pytest.fixture(scope="session")
def task() -> Task:
    return load_task("pneumonia")


@pytest.fixture(scope="session")
def tiny(pytestconfig: pytest.Config) -> TinyCheckpoint:
    """The checkpoint that serves in tests: real, small to train, quick to check; never changed."""
    return tiny_checkpoint_of_this_code(pytestconfig.rootpath / ".pytest_cache" / "tiny")


@pytest.fixture(scope="session")
def base_weights(tiny: TinyCheckpoint) -> Path:
    """A backbone file as `--weights` takes it."""
    return tiny.base_weights


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WarmPython]:
    """Where programs that need TensorFlow run: each in a process of its own, which has it imported
    already. One for all files of a test process: importing takes five seconds of a processor."""
    with warm_python(tmp_path_factory.mktemp("python")) as python:
        yield python


@pytest.fixture
def default_model(tiny: TinyCheckpoint, tmp_path: Path) -> Iterator[Path]:
    """A copy of the checkpoint that a test may damage."""
    weights = tmp_path / "models" / "default.h5"
    copy_checkpoint(tiny.weights, weights)
    yield weights
    # Megabytes a test would otherwise stay in pytest's folder for three sessions.
    shutil.rmtree(weights.parent, ignore_errors=True)


@pytest.fixture
def settings(default_model: Path, tiny: TinyCheckpoint, tmp_path: Path) -> Iterator[Settings]:
    """A server of its own, with the compiled model already there."""
    settings = settings_below(tmp_path, tiny)
    yield settings
    shutil.rmtree(settings.compiled_dir, ignore_errors=True)


def settings_below(folder: Path, tiny: TinyCheckpoint) -> Settings:
    """A server in a folder in which the checkpoint is; the compiled model is put there."""
    settings = _usual_settings(_set_from_outside()).model_copy(
        update={
            "default_model": folder / "models" / "default.h5",
            "models_dir": folder / "models",
            "retrain_dir": folder / "retrain_data",
            "state_dir": folder / "state",
            **records_settings(folder / "state"),
            **store_settings(folder),
        }
    )
    settings.compiled_dir.mkdir(parents=True)
    shutil.copyfile(tiny.compiled, settings.compiled_dir / tiny.compiled.name)
    return settings


def _set_from_outside() -> frozenset[tuple[str, str]]:
    return frozenset(each for each in os.environ.items() if each[0].startswith(PREFIX))


@lru_cache(maxsize=4)
def _usual_settings(_environment: frozenset[tuple[str, str]]) -> Settings:
    """Read once for all tests that have the same environment: there are over a hundred settings."""
    return Settings(
        # On a busy machine others write for long; see `locked_database`.
        database_timeout_s=3.0,
        # Compute processes have tests of their own; here they would cost half a second a test.
        compute="threads",
        compute_threads=2,
        max_file_bytes=3_000_000,
        max_upload_bytes=12_000_000,
        max_upload_files=40,
        poll_interval_s=0.1,
        log_level="WARNING",
    )


@pytest.fixture(scope="session")
def documented() -> Documented:
    return Documented(openapi_document())


@pytest.fixture
def client(settings: Settings, documented: Documented) -> Iterator[TestClient]:
    """The application, running and ready."""
    with ready_client(settings, documented) as client:
        yield client


@pytest.fixture(scope="session")
def shared_client(
    tiny: TinyCheckpoint, documented: Documented, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    """One application for tests that neither change what is served nor count what is stored."""
    folder = tmp_path_factory.mktemp("shared")
    copy_checkpoint(tiny.weights, folder / "models" / "default.h5")
    # It is there to the end of the session: what it looks for all the time would take a sixth of a
    # processor.
    calm = settings_below(folder, tiny).model_copy(update={"poll_interval_s": 1.0})
    with ready_client(calm, documented) as client:
        yield client
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def module_settings(
    tiny: TinyCheckpoint, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """See `module_client`."""
    folder = tmp_path_factory.mktemp("module")
    copy_checkpoint(tiny.weights, folder / "models" / "default.h5")
    # See `shared_client`.
    yield settings_below(folder, tiny).model_copy(update={"poll_interval_s": 1.0})
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def module_client(module_settings: Settings, documented: Documented) -> Iterator[TestClient]:
    """One application a module, for tests that know what is in it. A class whose tests leave
    nothing behind has it as its `client`, and its settings as `settings`."""
    with ready_client(module_settings, documented) as client:
        yield client


@contextmanager
def ready_client(settings: Settings, documented: Documented) -> Iterator[TestClient]:
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        wait_until_ready(client)
        client.event_hooks = {"response": [documented]}
        yield client


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    """Empty records."""
    engine = open_database(records_url(tmp_path), timeout_s=3)
    yield engine
    engine.dispose()
