"""Where the commands of the pages run: a folder like a checkout, with the files that they speak of,
beside a real server.
"""

import base64
import contextlib
import csv
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from typer.testing import CliRunner

from api.cli import app
from api.settings import ROOT
from api.tasks.labels import Finding
from tests.e2e.conftest import Server
from tests.support import dicom_images, images
from tests.support.iris import SETOSA, VIRGINICA, WEIGHTS

# By which class a folder is read as: a finding of a kind that is not known, and none.
FOLDERS: dict[str, Finding] = {"PNEUMONIA": "reticular", "NORMAL": "clear"}
# A check takes fewer, and so less time, than a site profile needs of each.
FEW, PER_FOLDER = 2, 20
OURS, SITE = "ours.zip", "site.zip"
# Each answer's status goes to the errors; what the page says of curl stays as it is.
FUNCTIONS = (
    "curl() { command curl -sS --max-time 60 -w '%{stderr}\\n<<%{http_code}>>\\n' \"$@\"; }",
    'python() { .venv/bin/python "$@"; }',
)
STATUS = re.compile(r"^<<(\d+)>>$", re.MULTILINE)
PASSWORD = "seven green lamps"
TIMEOUT_S = 120


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended; `status` is that of the last answer that it got, if it got one."""

    code: int
    status: int | None
    words: str


@dataclass(frozen=True, slots=True)
class Installation:
    """The folder, and the server that its commands ask."""

    folder: Path
    server: Server

    def write(self) -> None:
        """The program as a checkout has it, and the files that pages name."""
        _write_checkout(self.folder)
        _write_images(self.folder)
        _write_rows(self.folder)

    def run(self, text: str, variables: Sequence[str] = ()) -> Ran:
        """Run a command in a shell as its page has it, after the variables that the page sets."""
        done = subprocess.run(
            ["bash", "-c", "\n".join([*FUNCTIONS, *variables, text])],
            cwd=self.folder,
            env=os.environ | self._settings(),
            input=f"{PASSWORD}\n".encode(),
            capture_output=True,
            timeout=TIMEOUT_S,
        )
        errors = done.stderr.decode(errors="replace")
        found = STATUS.findall(errors)
        words = f"{done.stdout[:300].decode(errors='replace')} {errors[-300:]}"
        return Ran(done.returncode, int(found[-1]) if found else None, words)

    def call(self, text: str) -> Ran:
        """Run a command of the program in this process, where all is imported already: its words
        as a shell divides them, in the folder of `run` and with its settings."""
        words = shlex.split(text, comments=True)
        begin = 1 if words[0] == "./roentgen" else words.index("api") + 1
        with contextlib.chdir(self.folder):
            result = CliRunner().invoke(
                app, words[begin:], input=f"{PASSWORD}\n", env=self._settings()
            )
        return Ran(result.exit_code, None, f"{result.output[:300]} {result.exception!r}")

    def _settings(self) -> dict[str, str]:
        folder = self.server.folder
        return self.server.environment | {
            "ROENTGEN_STATE_DIR": str(folder / "state"),
            "ROENTGEN_MODELS_DIR": str(folder / "models"),
            "ROENTGEN_DEFAULT_MODEL": str(folder / "models" / "default.h5"),
            "ROENTGEN_RETRAIN_DIR": str(folder / "retrain_data"),
        }


def _write_checkout(folder: Path) -> None:
    shutil.copy(ROOT / "roentgen", folder)
    (folder / "api").symlink_to(ROOT / "api")
    shutil.copytree(ROOT / "docs", folder / "docs")
    (folder / "deploy" / "prometheus").mkdir(parents=True)
    (folder / "models").mkdir()
    for file in WEIGHTS.parent.glob(f"{WEIGHTS.stem}.*"):
        shutil.copy(file, folder / "models")
    python = folder / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    python.chmod(0o755)


def _write_images(folder: Path) -> None:
    film, other, dicom = images.png(71), images.png(72, "clear"), dicom_images.dicom_image()
    for name, content in {"film.png": film, "other.png": other, "film.dcm": dicom}.items():
        (folder / name).write_bytes(content)
    for name in ("films", "study"):
        (folder / name).mkdir()
    (folder / "films" / "film.png").write_bytes(film)
    (folder / "study" / "film.dcm").write_bytes(dicom)
    _zip(folder / "study.zip", {"film.dcm": dicom})
    _zip(folder / "films.zip", {"Normal/a.png": images.png(73, "clear"), "COVID-19/b.png": film})
    for file, number in {OURS: FEW, SITE: PER_FOLDER}.items():
        _zip(folder / file, _labelled(number))
    data = {"inputs": [{"name": "image", "datatype": "BYTES", "shape": [1],
                        "data": [base64.b64encode(film).decode()]}]}  # fmt: skip
    (folder / "request.json").write_text(json.dumps(data))


def _labelled(number: int) -> dict[str, bytes]:
    return {
        f"{name}/{seed}.png": images.png(seed, finding)
        for name, finding in FOLDERS.items()
        for seed in range(500, 500 + number)
    }


def _write_rows(folder: Path) -> None:
    rows: list[dict[str, object]] = [
        {**SETOSA, "species": "setosa"},
        {**VIRGINICA, "species": "virginica"},
    ]
    _table(folder / "labelled.csv", [row | {"sepal_width": 3.5 - 0.1 * n}
                                     for row in rows for n in range(4)])  # fmt: skip
    for name in ("flowers.csv", "rows.csv"):
        _table(folder / name, [SETOSA, VIRGINICA])
    (folder / "flower.json").write_text(json.dumps(SETOSA))
    row = {"name": "row", "datatype": "FP64", "shape": [1, 4], "data": list(SETOSA.values())}
    (folder / "row.json").write_text(json.dumps({"inputs": [row]}))


def _zip(path: Path, files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def _table(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(text.getvalue())
