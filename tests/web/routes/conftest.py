"""A second version, and images to retrain on."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.settings import Settings
from tests.support.checkpoints import TinyCheckpoint, add_version
from tests.web.routes.retrainings import upload


@pytest.fixture
def second(settings: Settings, tiny: TinyCheckpoint) -> Path:
    """The weights of a sound version v2."""
    return add_version(settings.models_dir, tiny, "v2")


@pytest.fixture
def filled(client: TestClient) -> TestClient:
    """With just enough films to retrain on."""
    upload(client, "Normal", range(6))
    upload(client, "COVID-19", range(6, 12))
    return client
