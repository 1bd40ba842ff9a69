"""One fork server for the tests of a worker."""

from collections.abc import Iterator

import pytest

from api.serving.processes.forks import Forks


@pytest.fixture(scope="package")
def forks() -> Iterator[Forks]:
    forks = Forks()
    forks.start()
    yield forks
    forks.close()
