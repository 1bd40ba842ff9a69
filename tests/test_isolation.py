"""Serving needs no TensorFlow, a trainer not before it has its job, a check no scikit-learn before
something can be measured, and training no web server."""

import pytest

from api.settings import Settings
from tests.support.checkpoints import run_python

HEAVY = ("tensorflow", "keras", "sklearn", "scipy", "streamlit", "ai_edge_litert")
# A compute process has no network, no records, no routes and takes no lock: each would be there
# once a core.
SERVERS_ONLY = ("asyncio", "fastapi", "filelock", "sqlalchemy", "sqlite3", "ssl")
# What reading cards takes, in MB of memory that is this process's alone, and none of its files'.
CARD = """
def used_mb():
    with open("/proc/self/statm") as file:
        pages = file.read().split()
    return (int(pages[1]) - int(pages[2])) * 4096 / 1e6

import api.inputs.images.quality, api.model_card.metrics, api.tasks.task
before = used_mb()
import api.model_card.card
print(used_mb() - before)
"""
# A server that has answered, explained and judged.
SERVED = f"""
import sys
from starlette.testclient import TestClient
from api.main import app
from tests.support import images
from tests.support.waiting import wait_until_ready

with TestClient(app) as client:
    wait_until_ready(client)
    film = client.post("/predict", files={{"file": images.png()}}, params={{"explain": True}})
    drawn = client.get(film.json()["explanation"]["heatmap"])
    checked = client.post("/evaluate", files={{"file": images.zipped({{"NORMAL/a.png": b"text"}})}})
    print(film.status_code, drawn.status_code, checked.status_code)
    print([m for m in {HEAVY!r} if m in sys.modules])
"""


class TestImports:
    @pytest.mark.parametrize(
        "start",
        [
            "from api.cli.commands import CommandGroup; dict(CommandGroup().commands)",
            "import api.training.run",
            "import api.evaluation_runs.folder_evaluation, api.evaluation_runs.row_evaluation",
        ],
        ids=["commands", "trainer", "checks that may be refused"],
    )
    def test_programs_start_without_what_is_heavy(self, start: str) -> None:
        program = f"import sys; {start}; print([m for m in {HEAVY!r} if m in sys.modules])"

        assert run_python("-c", program).strip() == "[]"

    def test_compute_processes_have_nothing_that_only_the_server_needs(self) -> None:
        start = "import api.serving.processes.fork_server"
        names = f"[m for m in {(*HEAVY[:-1], *SERVERS_ONLY)!r} if m in sys.modules]"

        assert run_python("-c", f"import sys; {start}; print({names})").strip() == "[]"

    def test_cards_take_little_memory(self) -> None:
        """A pattern with a bound, of all letters there are, was 7 MB in each process."""
        assert float(run_python("-c", CARD)) < 5

    def test_the_server_does_its_whole_work_without_what_is_heavy(self, settings: Settings) -> None:
        environment = settings.model_copy(update={"compute": "processes"}).as_environment()

        printed = run_python("-c", SERVED, environment=environment)

        assert printed.splitlines() == ["200 200 422", "[]"]

    def test_importing_the_server_touches_no_file_and_nothing_that_is_heavy(
        self, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        state = tmp_path_factory.mktemp("untouched")

        program = f"import sys, api.main; print([m for m in {HEAVY!r} if m in sys.modules])"
        printed = run_python("-c", program, environment={"ROENTGEN_STATE_DIR": str(state)})

        assert printed.strip() == "[]"
        assert list(state.iterdir()) == []
