"""The checkpoint of the session, and what tests do with its files."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from filelock import FileLock

from api.files import sha256_of
from api.model_card.card import Card
from api.model_card.card_file import read_card, write_card
from api.model_card.quantization import Figure, Reduced
from api.registry.store import (
    CARD_NAME,
    REFERENCE_NAME,
    REPLAY_NAME,
    WEIGHTS_NAME,
    Checkpoint,
    card_path,
    compiled_path,
    int8_path,
    reference_path,
    replay_path,
)
from api.settings import ROOT

BASE_WEIGHTS, WEIGHTS, COMPILED, ANSWERS = "base.h5", "default.h5", "compiled", "answers.json"
IMAGES_PER_CLASS = 8
# Packages whose code goes into it.
MAKERS = ("decision", "evaluation", "inputs", "model_card", "registry", "tasks", "training")
TIMEOUT_S = 580


@dataclass(frozen=True, slots=True)
class TinyCheckpoint:
    """The folder that `tests.support.tiny_checkpoint` wrote."""

    folder: Path

    @property
    def base_weights(self) -> Path:
        return self.folder / BASE_WEIGHTS

    @property
    def images(self) -> Path:
        return self.folder / "films"

    @property
    def weights(self) -> Path:
        return self.folder / WEIGHTS

    @property
    def card(self) -> Card:
        return _card_of(self.weights)

    @property
    def checkpoint(self) -> Checkpoint:
        return Checkpoint(self.weights, self.card)

    @property
    def compiled(self) -> Path:
        return compiled_path(self.folder / COMPILED, self.card.weights_sha256)

    @property
    def keras_answers(self) -> dict[str, list[float]]:
        answers: dict[str, list[float]] = json.loads((self.folder / ANSWERS).read_text())
        return answers


@cache
def _card_of(weights: Path) -> Card:
    """Read once: each test asks for it, and nobody changes the file."""
    return read_card(card_path(weights))


def tiny_checkpoint_of_this_code(cache: Path) -> TinyCheckpoint:
    """Train it in a child process, which takes about half a minute, unless the same code did so
    before; one test process does it, the others wait."""
    folder = cache / _digest_of_what_makes_it()
    cache.mkdir(parents=True, exist_ok=True)
    with FileLock(cache / "lock"):
        if not folder.exists():
            for other in cache.glob("*/"):
                shutil.rmtree(other)
            unfinished = cache / f"unfinished-{os.getpid()}"
            run_python("-m", "tests.support.tiny_checkpoint", str(unfinished))
            unfinished.rename(folder)
    return TinyCheckpoint(folder)


def _digest_of_what_makes_it() -> str:
    digest = hashlib.sha256((ROOT / "tests" / "requirements.txt").read_bytes())
    sources = [ROOT / "tests" / "support" / "tiny_checkpoint.py"]
    for package in MAKERS:
        sources += (ROOT / "api" / package).rglob("*.py")
        sources += (ROOT / "api" / package).rglob("*.toml")
    # Questions for people make no checkpoint.
    intake = ROOT / "api" / "tasks" / "intake"
    for path in sorted(path for path in sources if intake not in path.parents):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def run_python(*arguments: str, environment: dict[str, str] | None = None) -> str:
    """Run this Python in the repository's root; returns what it printed. Fails with its errors."""
    result = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=os.environ | (environment or {}),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def copy_checkpoint(weights: Path, target: Path) -> None:
    """Copy weights, reference, replay memory and card."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(weights, target)
    shutil.copyfile(reference_path(weights), reference_path(target))
    shutil.copyfile(replay_path(weights), replay_path(target))
    shutil.copyfile(card_path(weights), card_path(target))


def add_version(models: Path, tiny: TinyCheckpoint, version: str) -> Path:
    """The same weights once more, as a version that retraining could have made."""
    folder = models / tiny.card.task / version
    folder.mkdir(parents=True)
    shutil.copyfile(tiny.weights, folder / WEIGHTS_NAME)
    shutil.copyfile(reference_path(tiny.weights), folder / REFERENCE_NAME)
    shutil.copyfile(replay_path(tiny.weights), folder / REPLAY_NAME)
    write_card(
        folder / CARD_NAME, tiny.card.model_copy(update={"version": version, "parent": "v1"})
    )
    return folder / WEIGHTS_NAME


def damage(path: Path) -> None:
    """Turn some bytes in the middle of a file over."""
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 64] = bytes(byte ^ 0xFF for byte in content[middle : middle + 64])
    path.write_bytes(content)


def give_int8_form(weights: Path, tiny: TinyCheckpoint, *, met: bool) -> Card:
    """An int8 form beside weights, which is a copy of the other one; the card that describes it."""
    shutil.copyfile(tiny.compiled, int8_path(weights))
    reduced = Reduced(
        sha256=sha256_of(int8_path(weights)),
        calibrated_on=10,
        compared_on=20,
        figures=(Figure(name="agreement", int8=0.9, bound=0.99, is_met=met),),
        golden=tiny.card.golden,
    )
    return tiny.card.model_copy(update={"reduced": reduced})
