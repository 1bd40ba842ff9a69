"""The trainer with a recipe that changes next to nothing: the gate promotes what it makes.

It stands in for `api.training.run` while answers are recorded; the task file that it reads is in
the folder of the environment variable `GENTLE_TASKS`.
"""

import os
import sys
from pathlib import Path

from api.settings import ROOT
from api.tasks import task
from api.training import run

NAME = "tests.streamlit_app.gentle_trainer"
TASKS = "GENTLE_TASKS"


def write_gentle_task(folder: Path) -> None:
    """The `pneumonia` task with a learning rate of almost nothing."""
    source = (ROOT / "api/tasks/pneumonia.toml").read_text(encoding="utf-8")
    before, retraining = source.split("[retraining]", 1)
    gentle = retraining.replace("tail_learning_rate = 5e-4", "tail_learning_rate = 1e-12", 1)
    if gentle == retraining:
        raise ValueError("The task file has another learning rate; change this trainer too.")
    folder.mkdir(parents=True)
    (folder / "pneumonia.toml").write_text(f"{before}[retraining]{gentle}", encoding="utf-8")


if __name__ == "__main__":
    task.FOLDER = Path(os.environ[TASKS])
    sys.exit(run.main(sys.argv[1:]))
