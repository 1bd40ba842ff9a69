"""What is left after kill -9 at random moments of a retraining: `kill_trainer.py --help`.

A server of its own, generated films, the shipped champion. The first retraining is left alone and
tells how long one takes. Then, round by round at moments drawn from a seed: the trainer is killed
once and its successor finishes, or is cancelled, or is killed too; or the API is killed and started
again while the job runs. After each round the champion must answer, and `models/`, `retrain_data/`
and the compiled models must hold whole files only. Prints one table; exits with 1 if anything was
found.
"""

import argparse
import contextlib
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import psutil
import requests

from api.errors import AppError
from api.files import TEMPORARY_PREFIX, sha256_of
from api.inputs.images.synthetic import FINDINGS
from api.model_card.card import Card
from api.model_card.card_file import read_card
from api.registry.champion import Alias, champion_of
from api.registry.store import (
    Store,
    card_path,
    holdout_path,
    reference_path,
    replay_path,
    verify_weights,
)
from api.reports.markdown import table
from api.samples.folder_import import LOCK_NAME
from api.settings import from_environment
from api.tasks.task_files import load_task
from benchmarks.support.local_server import LocalServer, upload

LOOK_EVERY_S = 0.02
# Workers look for lost trainers twice a second; on a busy machine one also takes long to exit.
SETTLED_WITHIN_S = 30.0
TASK = load_task("pneumonia")
# What is done in a round, in turn.
KINDS = ("both", "cancelled", "both", "API", "finishes")
T = TypeVar("T")
HEADS = ("killed", "at", "in phase", "then", "ended as", "after", "found")


@dataclass(frozen=True, slots=True)
class Kill:
    """A process that was killed: seconds after it began, and where the job stood."""

    who: str
    at_s: float
    phase: str


class Site:
    """The server, its files and its jobs."""

    def __init__(self, folder: Path) -> None:
        scratch = folder / "tmp"
        scratch.mkdir()
        self.folder, self.scratch = folder, scratch
        self.server = LocalServer(
            folder, settings={"log_level": "CRITICAL"}, environment={"TMPDIR": str(scratch)}
        )
        default = from_environment().default_model
        self.store = Store(folder / "models" / TASK.name, default, TASK.name)
        self.alias = Alias(self.store.folder)
        self.images = 0

    def fill(self, per_class: int) -> None:
        """Upload generated films."""
        for info in TASK.classes:
            path = f"{self.server.url}/phantoms/{info.name}.png"
            images = [
                (f"{seed}.png", requests.get(f"{path}?seed={seed}", timeout=60).content)
                for seed in range(per_class)
            ]
            upload(self.server.url, info.name, images)
            self.images += per_class

    def begin(self) -> str:
        """Start a retraining; its path."""
        answer = requests.post(self.server.url + "/retrain", timeout=60)
        answer.raise_for_status()
        return str(answer.json()["url"])

    def job(self, path: str) -> dict[str, Any]:
        """Where it stands."""
        found: dict[str, Any] = requests.get(self.server.url + path, timeout=60).json()
        return found

    def ended(self, path: str) -> dict[str, Any]:
        """Wait for its end."""
        while not (job := self.job(path))["finished_at"]:
            time.sleep(0.1)
        return job

    def trainer(self, *, but: int = 0) -> psutil.Process | None:
        """The process that trains for this server, other than `but`."""
        for process in psutil.process_iter(["cmdline"]):
            if "api.training.run" not in (process.info["cmdline"] or ()) or process.pid == but:
                continue
            with contextlib.suppress(psutil.Error):
                if process.environ().get("TMPDIR") == str(self.scratch):
                    return process
        return None

    def kill_trainer(self, path: str, after_s: float, *, but: int = 0) -> tuple[Kill, int]:
        """Kill -9 a trainer so long after it was first seen, unless it ends before."""
        found = None
        while found is None and not self.job(path)["finished_at"]:
            found = self.trainer(but=but)
            time.sleep(LOOK_EVERY_S)
        began = time.monotonic()
        job = self.job(path)
        while time.monotonic() - began < after_s and not job["finished_at"]:
            time.sleep(LOOK_EVERY_S)
            job = self.job(path)
        if found is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                found.kill()
        phase = f"(had ended: {job['state']})" if job["finished_at"] else job["phase"]
        return Kill("trainer", time.monotonic() - began, phase), found.pid if found else 0

    def kill_api(self, path: str, after_s: float) -> Kill:
        """Kill -9 the API so long after a job began, and start it again."""
        began = time.monotonic()
        time.sleep(after_s)
        phase = self.job(path)["phase"]
        self.server.stop(signal.SIGKILL)
        kill = Kill("API", time.monotonic() - began, phase)
        self.server.start()
        return kill

    def faults(self) -> list[str]:
        """What is not as it should be, a few seconds after the round at most."""
        deadline = time.monotonic() + SETTLED_WITHIN_S
        while (found := list(self._look())) and time.monotonic() < deadline:
            time.sleep(0.5)
        return found

    def _look(self) -> Iterator[str]:
        yield from self._answers()
        cards = {}
        for version in self.store.versions():
            try:
                cards[version] = self._whole(version)
            except (AppError, OSError) as exc:
                yield f"{version}: {exc}"
        known = {card.weights_sha256 for card in cards.values()}
        for path in (self.folder / "state" / "compiled").glob("*.tflite"):
            if path.name.partition(".")[0] not in known:
                yield f"compiled without a version: {path.name[:12]}"
        for folder in ("models", "retrain_data", "state/compiled"):
            for path in (self.folder / folder).rglob(f"{TEMPORARY_PREFIX}*"):
                if path.name != LOCK_NAME:
                    yield f"left over: {path.relative_to(self.folder)}"
        yield from (f"left over: {path.name}" for path in self.scratch.iterdir())
        images = list((self.folder / "retrain_data").rglob("*.png"))
        whole = sum(path.stem == sha256_of(path) for path in images)
        if (len(images), whole) != (self.images, self.images):
            yield f"{whole} of {len(images)} films whole, {self.images} were sent"

    def _answers(self) -> Iterator[str]:
        image = requests.get(f"{self.server.url}/phantoms/Normal.png?seed=1", timeout=60).content
        answer = requests.post(f"{self.server.url}/predict", files={"file": image}, timeout=60)
        champion = champion_of(self.store, self.alias).version
        if not answer.ok or answer.json()["model_version"] != champion:
            yield f"{champion} does not answer: {answer.status_code} {answer.text[:80]}"
        if not requests.get(f"{self.server.url}/health/ready", timeout=60).ok:
            yield "not ready"
        if self.trainer() is not None:
            yield "a trainer is still there"

    def _whole(self, version: str) -> Card:
        """Raises: AppError, OSError if a file is missing or another than the card says."""
        checkpoint = self.store.get(version)
        verify_weights(checkpoint)
        card, weights = read_card(card_path(checkpoint.weights)), checkpoint.weights
        holdout_path(weights).stat()
        if card.replay and sha256_of(replay_path(weights)) != card.replay.sha256:
            raise OSError("the replay memory is another one")
        if card.outliers and sha256_of(reference_path(weights)) != card.outliers.reference_sha256:
            raise OSError("the reference is another one")
        return card


def main() -> None:
    """Kill, look, print."""
    arguments = _arguments()
    draw = random.Random(arguments.seed)
    rows: list[tuple[str, ...]] = []
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder))
        try:
            site.server.start()
            site.fill(arguments.films // len(FINDINGS))
            rows.extend(_rounds(site, draw, arguments.kills, arguments.minutes))
        finally:
            survivor = site.trainer()
            site.server.stop()
            if survivor is not None:
                with contextlib.suppress(psutil.NoSuchProcess):
                    survivor.kill()
    print(table(HEADS, rows))
    sys.exit(any(row[-1] != "nothing" for row in rows))


def _rounds(
    site: Site, draw: random.Random, kills: int, minutes: float
) -> Iterator[tuple[str, ...]]:
    began = time.monotonic()
    path = site.begin()
    life_s = _timed(lambda: site.ended(path)["state"])[1]
    yield _row(site, [], "left alone", path, began)
    done = 0
    while done < kills and time.monotonic() - began < 60 * minutes:
        for kind in KINDS:
            if done < kills and time.monotonic() - began < 60 * minutes:
                done += 2 if kind == "both" else 1
                yield _round(site, draw, kind, life_s)


def _round(site: Site, draw: random.Random, kind: str, life_s: float) -> tuple[str, ...]:
    began = time.monotonic()
    path = site.begin()
    then = "its successor is left alone"
    if kind == "API":
        kills = [site.kill_api(path, draw.uniform(0, life_s))]
        then = "the API is started again"
    else:
        first, pid = site.kill_trainer(path, draw.uniform(0, life_s))
        kills = [first]
        if kind == "both":
            kills.append(site.kill_trainer(path, draw.uniform(0, life_s), but=pid)[0])
            then = ""
        elif kind == "cancelled":
            then = _cancelled(site, path, pid, draw.uniform(0, life_s / 2))
    return _row(site, kills, then, path, began)


def _cancelled(site: Site, path: str, lost: int, after_s: float) -> str:
    """Cancel the job while a successor works; says how long until no trainer was there."""
    while site.trainer(but=lost) is None and not site.job(path)["finished_at"]:
        time.sleep(LOOK_EVERY_S)
    time.sleep(after_s)
    phase = site.job(path)["phase"]

    def cancel() -> int:
        status = requests.delete(site.server.url + path, timeout=60).status_code
        while status == 200 and site.trainer() is not None:
            time.sleep(LOOK_EVERY_S)
        return status

    status, seconds = _timed(cancel)
    return f"cancelled in {phase}: {status}, gone within {seconds:.1f} s"


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    began = time.monotonic()
    return work(), time.monotonic() - began


def _row(site: Site, kills: list[Kill], then: str, path: str, began: float) -> tuple[str, ...]:
    job = site.ended(path)
    seconds = time.monotonic() - began
    row = (
        ", ".join(kill.who for kill in kills) or "nobody",
        ", ".join(f"{kill.at_s:.1f} s" for kill in kills),
        ", ".join(kill.phase for kill in kills),
        then,
        f"{job['state']} ({job['version'] or 'no version'})",
        f"{seconds:.0f} s",
        "; ".join(site.faults()) or "nothing",
    )
    print(" | ".join(row), file=sys.stderr, flush=True)
    return row


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=60, help="after which no round begins")
    parser.add_argument("--films", type=int, default=24, help="generated ones to retrain on")
    parser.add_argument("--seed", type=int, default=1, help="of the moments")
    return parser.parse_args()


if __name__ == "__main__":
    main()
