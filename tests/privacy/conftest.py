"""A server that keeps every film, for the tests of what is kept."""

import shutil
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from tests.conftest import ready_client, settings_below
from tests.support.checkpoints import TinyCheckpoint, copy_checkpoint
from tests.web.response_checks import Documented


@pytest.fixture(scope="module")
def keeping(
    tiny: TinyCheckpoint, documented: Documented, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    """One a module: starting it takes longer than all of a module's tests."""
    folder = tmp_path_factory.mktemp("keeping")
    copy_checkpoint(tiny.weights, folder / "models" / "default.h5")
    settings = settings_below(folder, tiny).model_copy(update={"keep_images": "all"})
    with ready_client(settings, documented) as client:
        yield client
    shutil.rmtree(folder, ignore_errors=True)
