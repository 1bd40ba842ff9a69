"""Many promotions and rollbacks at the same time, in threads and processes."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from hypothesis import strategies as st

from api.registry.champion import Alias
from api.registry.champion_file import Standing
from api.registry.store import Store
from api.serving.live import LiveModel
from api.serving.promotion import Promoter
from api.settings import ROOT
from tests.registry.stores import a_store
from tests.serving.promoters import VERSIONS, check, served, walked
from tests.serving.servers import a_server, engine_of, hammer


class TestManyAtOnce:
    @given(
        bursts=st.lists(
            st.lists(st.sampled_from([*VERSIONS, None]), min_size=1, max_size=20),
            min_size=1,
            max_size=3,
        )
    )
    @profile(
        derandomize=True, database=None, deadline=None, max_examples=12,
        suppress_health_check=[HealthCheck.too_slow],
    )  # fmt: skip
    def test_twenty_threads_and_two_servers_lose_nothing(
        self, bursts: list[list[str | None]]
    ) -> None:
        """Each burst is asked for at once; a version: promote it, None: roll back."""
        with tempfile.TemporaryDirectory() as folder:
            a_store(Path(folder), *VERSIONS)
            servers = [a_server(Path(folder)) for _ in range(2)]
            moved = 0
            for burst in bursts:
                moved += hammer(servers, burst)

                history = servers[0].overview().history
                assert len(history) == moved
                for server in servers:
                    server.live.refresh()
                    assert served(server) == check(history)
                one_rollback_goes_back(servers[0])
                moved = len(servers[0].overview().history)

    def test_two_processes_lose_nothing(self, tmp_path: Path) -> None:
        a_store(tmp_path, *VERSIONS)
        go = tmp_path / "go"
        processes = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.serving.servers", str(tmp_path), str(go), str(seed)],
                cwd=ROOT,
                stdout=subprocess.PIPE,
            )
            for seed in (1, 2)
        ]
        go.touch()
        counts = [json.loads(process.communicate(timeout=200)[0]) for process in processes]

        assert [process.returncode for process in processes] == [0, 0]
        server = a_server(tmp_path)
        history = server.overview().history
        assert len(history) == sum(counts) > 0
        assert served(server) == check(history)
        one_rollback_goes_back(server)


class TestBetweenLookingAndLoading:
    def test_a_version_that_was_loaded_in_between_does_not_stay(self, tmp_path: Path) -> None:
        """The champion is v2, v3 as it is loaded, and v2 again at the next look."""
        store, alias = a_store(tmp_path, *VERSIONS), Alias(tmp_path)
        promote(alias, store, "v2")
        live = LiveModel(store, Overtaken(tmp_path, lambda: promote(alias, store, "v3")), engine_of)
        live.refresh()
        assert live.version == "v3"

        promote(alias, store, "v2")
        live.refresh()

        assert live.version == "v2"


class Overtaken(Alias):
    """Somebody else moves it right after it was looked at for the first time."""

    moves: list[Callable[[], object]]

    def __init__(self, folder: Path, move: Callable[[], object]) -> None:
        super().__init__(folder)
        object.__setattr__(self, "moves", [move])

    def standing(self) -> Standing:
        found = super().standing()
        if self.moves:
            self.moves.pop()()
        return found


def promote(alias: Alias, store: Store, version: str) -> None:
    alias.move(version, by="somebody", reason="asked", store=store)


def one_rollback_goes_back(server: Promoter) -> None:
    """To the version that served before, as far as it was not undone."""
    way = walked(server.overview().history)
    if len(way) > 1:
        assert server.overview().rollback_target == way[-2]
        assert server.rollback(reason="one step") == way[-2]
        assert served(server) == way[-2]
    else:
        assert server.overview().rollback_target is None
