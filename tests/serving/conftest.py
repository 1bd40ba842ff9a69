"""What tests of promotion and of the live model begin with."""

from pathlib import Path

import pytest

from api.serving.promotion import Promoter
from tests.registry.stores import a_store
from tests.serving.live_models import Setting
from tests.serving.promoters import VERSIONS
from tests.serving.servers import a_server
from tests.support.checkpoints import TinyCheckpoint


@pytest.fixture
def setting(tmp_path: Path, tiny: TinyCheckpoint, default_model: Path) -> Setting:
    return Setting(tmp_path / "models", tiny, default_model)


@pytest.fixture
def server(tmp_path: Path) -> Promoter:
    """v1 is the default and serves; there are v2 to v4."""
    a_store(tmp_path, *VERSIONS)
    return a_server(tmp_path)
