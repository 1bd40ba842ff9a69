"""Whether a hospital's own films cure a model that is wrong there, and what that costs elsewhere.

A folder of the hospital's films, by class, is divided by a seed: some are sent with the hospital's
name and learned from by a retraining; the others are asked about before and after, as requests of
the hospital. Films of `--known` are asked about too, as requests of nobody's. Everything goes
through the API. With `--flip` a share of the sent labels is turned over (finding or none), which
the gate must not let through. `python -m benchmarks.retraining.site_cure --help`.
"""

import argparse
import contextlib
import random
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import requests

from api.errors import InvalidDataset
from api.evaluation.intervals import wilson
from api.inputs.discovery import LabelledImage, find_images
from api.reports.markdown import table
from api.tasks.task import Task
from api.tasks.task_files import load_task
from benchmarks.support.local_server import retrain, server, upload
from benchmarks.support.processes import memory_mb

SITE = "the hospital"


@dataclass(frozen=True, slots=True)
class Images:
    """Sent and learned from; and the hospital's others."""

    sent: list[LabelledImage]
    others: list[LabelledImage]


def main() -> None:
    """Cure and measure, once a seed and share of wrong labels."""
    arguments = _arguments()
    task = load_task("pneumonia")
    images, known = _found(arguments.site, task), _found(arguments.known, task)
    rows: list[tuple[str, ...]] = []
    for seed in arguments.seeds:
        for share in arguments.flip:
            xrays = divided(images, task, arguments.healthy, arguments.ill, seed)
            at_home = random.Random(seed).sample(known, min(len(known), arguments.known_films))
            rows += _measured(
                xrays, at_home, task, share=share, seed=seed, settings=_settings(arguments)
            )
            print(table(_HEADER, rows), "\n", flush=True)


_HEADER = (
    "run",
    "answered by",
    "healthy: answered negative",
    "called ill",
    "ill: answered positive",
    "called healthy",
    "known films: right, wrong",
    "ended as",
    "seconds, of a processor",
    "server, MB",
)


def divided(
    images: Sequence[LabelledImage], task: Task, healthy: int, ill: int, seed: int
) -> Images:
    """So many of each kind to send, and all others."""
    rng = random.Random(seed)
    sent: list[LabelledImage] = []
    others: list[LabelledImage] = []
    for is_negative, count in ((True, healthy), (False, ill)):
        own = [image for image in images if (image.label == task.negative_class) == is_negative]
        rng.shuffle(own)
        sent += own[:count]
        others += own[count:]
    return Images(sent, others)


def labels_sent(images: Images, task: Task, *, share: float, seed: int) -> dict[LabelledImage, str]:
    """The label each film is sent with; a share of them is turned over."""
    assert task.negative_class is not None
    findings = [image.label for image in images.sent if image.label != task.negative_class]
    wrong = set(
        random.Random(seed).sample(range(len(images.sent)), round(share * len(images.sent)))
    )
    return {
        image: (
            image.label
            if row not in wrong
            else findings[0]
            if image.label == task.negative_class
            else task.negative_class
        )
        for row, image in enumerate(images.sent)
    }


def _measured(
    images: Images,
    known: Sequence[LabelledImage],
    task: Task,
    *,
    share: float,
    seed: int,
    settings: dict[str, str],
) -> list[tuple[str, ...]]:
    name = f"seed {seed}" + (f", {share:.0%} of labels wrong" if share else "")
    with server(1, **settings) as url:
        before = _asked(url, images.others, known, task)
        memory_before = memory_mb()
        for label in task.known_labels:
            own = [i for i, stated in labels_sent(images, task, share=share, seed=seed).items()
                   if stated == label]  # fmt: skip
            if own:
                sent = [(image.path.name, image.path.read_bytes()) for image in own]
                upload(url, label, sent, source=SITE)
        started = time.monotonic()
        with trainer_cpu() as cpu:
            job = retrain(url)
        seconds = time.monotonic() - started
        after = _asked(url, images.others, known, task)
        _wait_for_trainer()
        memory_after = memory_mb()
    print(f"{name}: {job['reason']}\n\n{_trade(job)}\n", flush=True)
    return [
        (f"{name}, before", *before, "", "", f"{memory_before:.0f}"),
        (
            f"{name}, after",
            *after,
            job["state"],
            f"{seconds:.0f}, {cpu.seconds:.0f}",
            f"{memory_after:.0f}",
        ),
    ]


@dataclass(slots=True)
class CpuTime:
    """Seconds that a processor worked for the trainer, of the last that was seen of it."""

    seconds: float = 0.0


@contextlib.contextmanager
def trainer_cpu() -> Iterator[CpuTime]:
    """What the trainer computes meanwhile, looked at twice a second; a busy machine adds to its
    time and hardly to this."""
    found, ended = CpuTime(), threading.Event()

    def look() -> None:
        while not ended.wait(0.5):
            with contextlib.suppress(psutil.Error):
                found.seconds = sum(sum(t.cpu_times()[:2]) for t in _trainers()) or found.seconds

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        ended.set()
        thread.join()


def _trainers() -> list[psutil.Process]:
    children = psutil.Process().children(recursive=True)
    return [child for child in children if "api.training.run" in child.cmdline()]


def _wait_for_trainer() -> None:
    """A trainer takes a while to exit after its job has ended, and has ten times the memory."""
    psutil.wait_procs(_trainers(), timeout=60)


def _trade(job: dict[str, Any]) -> str:
    """What is gained and lost, and what was not met for the hospital."""
    if not job["verdict"]:
        return ""
    sites = job["verdict"]["sites"]
    failed = [c["detail"] for site in sites for c in site["checks"] if not c["passed"]]
    return "\n\n".join([job["verdict"]["trade"], *failed])


def _asked(
    url: str, images: Sequence[LabelledImage], known: Sequence[LabelledImage], task: Task
) -> tuple[str, ...]:
    """The version that answers the hospital; its films by kind and decision; the known ones."""
    answers = [(image, _answer(url, image, source=SITE)) for image in images]
    versions = {answer["model_version"] for _, answer in answers}
    cells = []
    for is_negative, decisions in (
        (True, ("negative", "positive")),
        (False, ("positive", "negative")),
    ):
        own = [answer for image, answer in answers
               if (image.label == task.negative_class) == is_negative]  # fmt: skip
        cells += [_share(sum(a["decision"] == d for a in own), len(own)) for d in decisions]
    at_home = [_is_right(_answer(url, image), image, task) for image in known]
    counts = f"{at_home.count(True)}, {at_home.count(False)} of {len(known)}" if known else ""
    return (", ".join(sorted(versions)), *cells, counts)


def _is_right(answer: dict[str, Any], image: LabelledImage, task: Task) -> bool | None:
    """None: it is referred."""
    if answer["decision"] == "refer":
        return None
    return bool((answer["decision"] == "negative") == (image.label == task.negative_class))


def _answer(url: str, image: LabelledImage, *, source: str | None = None) -> dict[str, Any]:
    response = requests.post(
        f"{url}/predict",
        params={"source": source} if source else {},
        files={"file": (image.path.name, image.path.read_bytes())},
        timeout=60,
    )
    response.raise_for_status()
    answer: dict[str, Any] = response.json()
    return answer


def _share(wrong: int, count: int) -> str:
    low, high = wilson(wrong, count) or (0.0, 1.0)
    return f"{wrong} of {count} ({100 * low:.0f} to {100 * high:.0f} %)"


def _found(folders: Sequence[Path], task: Task) -> list[LabelledImage]:
    if not folders:
        return []
    try:
        return list(find_images(tuple(folders), task).images)
    except InvalidDataset as exc:
        raise SystemExit(f"Error: {exc.message}") from exc


def _settings(arguments: argparse.Namespace) -> dict[str, str]:
    chosen = {"trainer_threads": str(arguments.trainer_threads), "scope": arguments.scope}
    return chosen | ({"default_model": str(arguments.model)} if arguments.model else {})


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--site", type=Path, action="append", required=True, help="folder with class folders"
    )
    parser.add_argument(
        "--known", type=Path, action="append", default=[], help="folder of films of known hospitals"
    )
    parser.add_argument("--known-films", type=int, default=60, help="so many of them are asked")
    parser.add_argument("--model", type=Path, help="champion; default: the shipped one")
    parser.add_argument("--healthy", type=int, default=47, help="films without a finding, sent")
    parser.add_argument("--ill", type=int, default=42, help="films with one, sent")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument(
        "--flip", type=float, nargs="+", default=[0.0], help="shares of labels that are turned over"
    )
    parser.add_argument("--trainer-threads", type=int, default=2)
    parser.add_argument(
        "--scope",
        choices=["everybody", "site"],
        default="everybody",
        help="`site`: the installation serves that hospital alone (ROENTGEN_SCOPE)",
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
