"""A small server to ask, and a folder of films."""

from collections.abc import Iterator
from pathlib import Path

import pytest

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
