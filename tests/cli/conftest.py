"""A small server to ask, and a folder of films."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.settings import PREFIX, Settings
from tests.cli.small_server import SmallServer, small_server


@pytest.fixture
def server() -> Iterator[SmallServer]:
    with small_server() as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six files, some of them in a folder within."""
    folder = tmp_path / "films"
    (folder / "ward 3").mkdir(parents=True)
    for number in range(6):
        inside = folder / "ward 3" if number > 3 else folder
        (inside / f"{number}.png").write_bytes(bytes(number + 1))
    return folder


@pytest.fixture
def environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The command line works in the test's folders."""
    for name, value in settings.as_environment().items():
        if name.startswith(PREFIX):
            monkeypatch.setenv(name, value)
    return settings
