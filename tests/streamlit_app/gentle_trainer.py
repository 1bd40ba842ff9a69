"""The trainer with a recipe that changes next to nothing: of the tests' small checkpoint it makes
one that the gate promotes.

It stands in for `api.training.run` where a retraining has to be there and need not learn; the task
file that it reads is in the folder of the environment variable `GENTLE_TASKS`.
"""

import os
import sys
from pathlib import Path

from api.settings import ROOT
from api.tasks import task_files

NAME = "tests.streamlit_app.gentle_trainer"
TASKS = "GENTLE_TASKS"


def write_gentle_task(folder: Path, *, epochs: int = 10) -> None:
    """The `pneumonia` task with a learning rate of almost nothing, and so many epochs."""
    source = (ROOT / "api/tasks/pneumonia.toml").read_text(encoding="utf-8")
    before, retraining = source.split("[retraining]", 1)
    for usual, gentle in {
        "tail_learning_rate = 5e-4\n": "tail_learning_rate = 1e-12\n",
        "tail_epochs = 10\n": f"tail_epochs = {epochs}\n",
    }.items():
        if usual not in retraining:
            raise ValueError(f"The task file no longer says '{usual.strip()}'; change this too.")
        retraining = retraining.replace(usual, gentle, 1)
    folder.mkdir(parents=True)
    (folder / "pneumonia.toml").write_text(f"{before}[retraining]{retraining}", encoding="utf-8")


if __name__ == "__main__":
    # Here, not above: servers that name this module as their trainer do without TensorFlow.
    from api.training import run

    task_files.FOLDER = Path(os.environ[TASKS])
    sys.exit(run.main(sys.argv[1:]))
