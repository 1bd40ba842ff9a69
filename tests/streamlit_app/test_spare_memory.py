"""Memory that nothing uses any more: looked for now and then, and not after each run of a page."""

import gc
import threading
import tomllib
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

from session import spare_memory

CONFIG = Path(__file__).parents[2] / ".streamlit" / "config.toml"


class Ring:
    """What is garbage only for whoever looks for rings."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def no_look_of_pythons_own() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_look_of_pythons_own")
class TestALook:
    def test_what_a_run_left_over_goes(self) -> None:
        left_over = weakref.ref(Ring())

        made = spare_memory.look(made=-1)

        assert left_over() is None
        assert made == spare_memory.young_collections()

    def test_where_nothing_ran_nothing_is_looked_for(self) -> None:
        left_over = weakref.ref(Ring())

        spare_memory.look(spare_memory.young_collections())

        assert left_over() is not None

    def test_a_run_counts(self) -> None:
        before = spare_memory.young_collections()

        gc.enable()
        assert len([Ring() for _ in range(5000)]) == 5000

        assert spare_memory.young_collections() > before


class TestThisProcess:
    def test_one_thread_looks_however_many_pages_are_opened(self) -> None:
        spare_memory.give_back()
        spare_memory.give_back()

        names = [thread.name for thread in threading.enumerate()]
        assert names.count(spare_memory.NAME) == 1

    def test_streamlit_does_not_look_after_each_run(self) -> None:
        config = tomllib.loads(CONFIG.read_text(encoding="utf-8"))

        assert config["runner"]["postScriptGC"] is False
