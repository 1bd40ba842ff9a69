"""Records what the real API answers in a fixed session, for the tests of the pages.

`python -m tests.streamlit_app.record` takes about three minutes; it starts the application on the
tests' small checkpoint in a folder of its own and writes `tests/streamlit_app/recorded/*.json`.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from starlette.testclient import TestClient

from api.main import create_app
from api.settings import ROOT, Settings
from tests.streamlit_app.recorded_session import record_all
from tests.streamlit_app.recorder import Recorder
from tests.support.checkpoints import TinyCheckpoint, copy_checkpoint, tiny_checkpoint_of_this_code
from tests.support.waiting import wait_until_ready

FOLDER = Path(__file__).with_name("recorded")


@contextmanager
def running(tiny: TinyCheckpoint, folder: Path) -> Iterator[tuple[TestClient, Settings]]:
    """The application in a folder of its own, ready."""
    settings = Settings(
        default_model=folder / "models" / "default.h5",
        models_dir=folder / "models",
        retrain_dir=folder / "retrain_data",
        state_dir=folder / "state",
        keep_images="all",
        retrain_queue=True,
        compute="threads",
        compute_threads=2,
        poll_interval_s=0.05,
        log_level="WARNING",
        auth="off",
        auth_off_is_intended=True,
    )
    copy_checkpoint(tiny.weights, settings.default_model)
    settings.compiled_dir.mkdir(parents=True)
    shutil.copyfile(tiny.compiled, settings.compiled_dir / tiny.compiled.name)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        wait_until_ready(client)
        yield client, settings


def main() -> None:
    tiny = tiny_checkpoint_of_this_code(ROOT / ".pytest_cache" / "tiny")
    with tempfile.TemporaryDirectory() as folder, running(tiny, Path(folder)) as (client, settings):
        recorder = Recorder(client)
        record_all(recorder, settings)
        recorder.write(FOLDER)


if __name__ == "__main__":
    main()
