"""Many promotions and rollbacks at the same time, in threads and processes."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from hypothesis import strategies as st

from api.serving.promotion import Promoter
from api.settings import ROOT
from tests.registry.stores import a_store
from tests.serving.promoters import VERSIONS, check, served, walked
from tests.serving.servers import a_server, hammer


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


def one_rollback_goes_back(server: Promoter) -> None:
    """To the version that served before, as far as it was not undone."""
    way = walked(server.overview().history)
    if len(way) > 1:
        assert server.overview().rollback_target == way[-2]
        assert server.rollback(reason="one step") == way[-2]
        assert served(server) == way[-2]
    else:
        assert server.overview().rollback_target is None
