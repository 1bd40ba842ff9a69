"""A server for the Python client, with a task of films and one of tables."""

import shutil
import threading
from collections.abc import Iterator

import pytest
import uvicorn

from api.main import create_app
from roentgen_client import Client
from tests.conftest import settings_below
from tests.support.checkpoints import TinyCheckpoint, copy_checkpoint
from tests.support.iris import WEIGHTS
from tests.support.waiting import wait_until


@pytest.fixture(scope="module")
def url(tiny: TinyCheckpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its address; it is ready."""
    folder = tmp_path_factory.mktemp("clients")
    copy_checkpoint(tiny.weights, folder / "models" / "default.h5")
    for file in WEIGHTS.parent.glob(f"{WEIGHTS.stem}.*"):
        shutil.copyfile(file, folder / "models" / file.name)
    settings = settings_below(folder, tiny).model_copy(
        update={"tasks": ("iris",), "keep_images": "all"}
    )
    app = create_app(settings)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", access_log=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    wait_until(lambda: server.started, "the server was there")
    address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    with Client(address) as client:
        wait_until(lambda: client.status().model_version is not None, "a model was there")
    yield address
    server.should_exit = True
    thread.join()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def client(url: str) -> Iterator[Client]:
    with Client(url) as client:
        yield client
