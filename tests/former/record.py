"""Records what a release of Roentgen left behind: `python -m tests.former.record COMMIT FOLDER`.

The release's own code, taken out of the repository's history, trains a small checkpoint, serves it,
and is asked what `filling.py` says, a retraining among it. Into the folder go its records as SQL,
what it answered, and the files of its models, films and sites. They are records and never change.
"""

import contextlib
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

import requests

from api.settings import ROOT
from tests.former import former_release
from tests.former.filling import DEADLINE_S, Former, fill, questions
from tests.support import postgres
from tests.support.waiting import wait_until

# A path that says nothing of the machine: settings are in the audit log.
HOME = Path("/tmp/roentgen")
APP = "tests.e2e.gentle_app:app"
FROM_THE_RELEASE = ("mlp_iris.h5", "mlp_iris.json", "mlp_iris.holdout.npz", "mlp_iris.replay.npz",
                    "mlp_iris.tflite")  # fmt: skip


def main(commit: str, target: Path) -> None:
    """Write the records of a commit into a folder."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        code = _code_of(commit, place / "code")
        _run(code, "-P", str(Path(__file__).with_name("checkpoint.py")), str(place / "tiny"))
        home = _home(HOME, place / "tiny", code)
        with _serving(code, home) as url:
            former = Former(url)
            fill(former)
            answers = {path: former.ask("GET", path) for path in questions(former)}
        target.mkdir(parents=True)
        _write(target, commit, home, answers)
        if (code / "tests" / "support" / "postgres.py").exists():
            _write_postgresql(target, code, home)
        shutil.rmtree(home)


def _code_of(commit: str, folder: Path) -> Path:
    folder.mkdir()
    archive = subprocess.Popen(["git", "archive", commit], cwd=ROOT, stdout=subprocess.PIPE)
    subprocess.run(["tar", "x", "-C", str(folder)], stdin=archive.stdout, check=True)
    assert archive.wait() == 0
    return folder


def _run(code: Path, *arguments: str) -> None:
    environment = os.environ | {"PYTHONPATH": str(code)}
    subprocess.run([sys.executable, *arguments], cwd=code, env=environment, check=True)


def _home(home: Path, tiny: Path, code: Path) -> Path:
    """The release's folders, with the checkpoint in them and a recipe that changes little."""
    (home / "models").mkdir(parents=True)
    for path in tiny.glob("default.*"):
        shutil.copyfile(path, home / "models" / path.name)
    for name in FROM_THE_RELEASE:
        shutil.copyfile(code / "models" / name, home / "models" / name)
    shutil.copytree(tiny / "compiled", home / "state" / "compiled")
    write = "from tests.streamlit_app.gentle_trainer import write_gentle_task as write"
    _run(code, "-c", f"{write}; from pathlib import Path; write(Path({str(home / 'tasks')!r}),"
                     " epochs=1)")  # fmt: skip
    return home


@contextlib.contextmanager
def _serving(code: Path, home: Path) -> Iterator[str]:
    """The release's server; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | former_release.environment(home) | {
        "PYTHONPATH": str(code), "GENTLE_TASKS": str(home / "tasks"),
    }  # fmt: skip
    command = [sys.executable, "-m", "uvicorn", APP, "--port", str(port)]
    with (home / "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=code, env=environment, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: _is_ready(url), "the release is ready", wait_limit_s=DEADLINE_S)
        yield url
    finally:
        process.terminate()
        process.wait(60)


def _is_ready(url: str) -> bool:
    try:
        return requests.get(f"{url}/health/ready", timeout=5).ok
    except requests.RequestException:
        return False


def _write(target: Path, commit: str, home: Path, answers: dict[str, object]) -> None:
    with contextlib.closing(sqlite3.connect(home / "state" / "roentgen.db")) as connection:
        dump = "\n".join(connection.iterdump()).replace(socket.gethostname(), "recorder")
    head = f"-- Made by the code at commit {commit}; `tests/former/record.py` wrote it.\n"
    (target / former_release.RECORDS).write_text(f"{head}{dump}\n", encoding="utf-8")
    text = json.dumps(answers, indent=1, ensure_ascii=False)
    (target / former_release.ANSWERS).write_text(f"{text}\n", encoding="utf-8")
    with tarfile.open(target / former_release.FILES, "w:xz", preset=9) as archive:
        for name in former_release.KEPT_FOLDERS:
            if (home / name).exists():
                archive.add(home / name, arcname=name, filter=_anonymous)


def _write_postgresql(target: Path, code: Path, home: Path) -> None:
    """The same rows as the release keeps them in PostgreSQL."""
    with postgres.running() as server:
        url = server.create()
        copy = str(Path(__file__).with_name("to_postgresql.py"))
        _run(code, "-P", copy, f"sqlite:///{home / 'state' / 'roentgen.db'}", url)
        dump = server.dump(url)
    text = dump.replace(socket.gethostname(), "recorder")
    (target / former_release.POSTGRESQL).write_text(text, encoding="utf-8")


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Without the person and the moment of the recording."""
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    return member


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
