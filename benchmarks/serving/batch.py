"""How fast a thousand films are answered, in what memory: `python -m benchmarks.serving.batch`.

Starts a server of its own, sends it one batch of generated films as JPEG and reads the answer as
lines. Beside it the bare loop (decode, preprocess, infer; nothing stored, nothing sent) in as many
threads, which is what the machine can do at most; the server's memory at idle and at its peak; and
what single predictions take meanwhile.
"""

import argparse
import json
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import requests
from PIL import Image

from api.inputs.images.decoding import decode
from api.inputs.images.synthetic import synthetic_image
from api.model_card.card_file import read_card
from api.registry.store import Checkpoint, card_path
from api.reports.markdown import table
from api.samples.open_collection import image_limits
from api.serving.compiled import Compiler
from api.serving.engine import Engine, engine_loader
from api.serving.live import predictor_builder
from api.settings import Settings
from benchmarks.support.local_server import server

SIZE_PX = {0.3: 1024, 2.0: 2048}
DIFFERENT = 20
BOUNDARY = b"a-boundary-that-no-film-holds"
SAMPLE_S = 0.02
IDLE_S = 5.0
TOO_MANY = 429


def main() -> None:
    """Measure and print."""
    options = _arguments()
    images = [_image(seed, options.megabytes) for seed in range(min(DIFFERENT, options.films))]
    sent = [images[number % len(images)] for number in range(options.films)]
    settings = Settings(compute_threads=options.threads)
    ceiling = _bare_loop(settings, sent[: options.bare])
    with server(compute_threads=str(settings.interpreters)) as url:
        for image in images:
            _single(url, image)
        idle = _rss(url)
        before = _while(lambda: time.sleep(IDLE_S), url, images[0])[1]
        with _watched(url) as peak:
            first_s, seconds = _batch(url, sent)
        with _watched(url) as peak_beside:
            beside_s, during = _while(lambda: _batch(url, sent), url, images[0])
    size = np.mean([len(image) for image in images]) / 1e6
    rows = [
        ("films, size of each", f"{len(sent)}, {size:.2f} MB"),
        ("threads", f"{settings.interpreters}"),
        ("bare loop", f"{ceiling:.1f} films a second"),
        ("batch, upload and all", f"{len(sent) / seconds:.1f} films a second"),
        ("batch / bare loop", f"{len(sent) / seconds / ceiling:.2f}"),
        ("upload, until the first answer", f"{first_s:.1f} s of {seconds:.1f}"),
        ("from the first answer on", f"{len(sent) / (seconds - first_s):.1f} films a second"),
        ("server's memory, idle", f"{idle / 1e6:.0f} MB"),
        ("at its peak during the batch", f"{max(peak) / 1e6:.0f} MB"),
        ("above idle", f"{(max(peak) - idle) / 1e6:.0f} MB"),
        ("above idle, with single predictions beside", f"{(max(peak_beside) - idle) / 1e6:.0f} MB"),
        ("single prediction alone, p50 / p99", _quantiles(before)),
        ("during the batch, p50 / p99", _quantiles(during)),
        ("batch with single predictions beside", f"{len(sent) / beside_s:.1f} films a second"),
    ]
    print(table(("figure", "measured"), rows))


def _image(seed: int, megabytes: float) -> bytes:
    """A generated film as JPEG of about that size: noise makes it as large as real ones."""
    size_px = SIZE_PX.get(megabytes, 1500)
    grey = synthetic_image("lobar", seed=seed, size_px=size_px).astype(np.float32)
    noisy = grey + np.random.default_rng(seed).normal(0, 12, grey.shape)
    image = Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))
    with tempfile.SpooledTemporaryFile() as file:
        for quality in range(30, 101, 5):
            file.seek(0)
            file.truncate()
            image.save(file, "JPEG", quality=quality)
            if file.tell() >= megabytes * 1e6:
                break
        file.seek(0)
        return file.read()


def _bare_loop(settings: Settings, images: Sequence[bytes]) -> float:
    """Films a second that decoding and the network allow in this process."""
    weights = settings.default_model
    with tempfile.TemporaryDirectory() as folder:
        compiler = Compiler(Path(folder), settings.as_environment())
        build = predictor_builder(
            compiler, engine_loader(settings.interpreters), precision=settings.precision
        )
        engine = build(Checkpoint(weights, read_card(card_path(weights))))
        assert isinstance(engine, Engine)
    limits = image_limits(settings)

    def read(image: bytes) -> None:
        engine.run(engine.card.preprocessing.apply(decode(image, limits)))

    with ThreadPoolExecutor(settings.interpreters) as pool:
        list(pool.map(read, images[:20]))
        started = time.perf_counter()
        list(pool.map(read, images))
        return len(images) / (time.perf_counter() - started)


def _batch(url: str, images: Sequence[bytes]) -> tuple[float, float]:
    """Seconds from the first byte sent to the first line, and to the last; all must be answered."""
    started = time.perf_counter()
    with requests.post(
        url + "/predict/batch",
        data=_body(images),
        headers={
            "Content-Type": f"multipart/form-data; boundary={BOUNDARY.decode()}",
            "Accept": "application/x-ndjson",
        },
        stream=True,
        timeout=600,
    ) as response:
        response.raise_for_status()
        lines = response.iter_lines(chunk_size=None)
        answered = int(bool(json.loads(next(lines))["prediction"]))
        first_s = time.perf_counter() - started
        answered += sum(bool(json.loads(line)["prediction"]) for line in lines)
    if answered != len(images):
        raise SystemExit(f"Only {answered} of {len(images)} films were answered.")
    return first_s, time.perf_counter() - started


def _body(images: Sequence[bytes]) -> Iterator[bytes]:
    """The form, piece by piece: two gigabytes need not lie in this process."""
    for number, image in enumerate(images):
        head = f'Content-Disposition: form-data; name="files"; filename="{number}.jpg"'
        yield b"--" + BOUNDARY + b"\r\n" + head.encode() + b"\r\n\r\n"
        yield image
        yield b"\r\n"
    yield b"--" + BOUNDARY + b"--\r\n"


def _single(url: str, image: bytes, session: Any = requests) -> float:
    """Seconds; infinite for a film that was turned away."""
    started = time.perf_counter()
    answer = session.post(url + "/predict", files={"file": image}, timeout=60)
    if answer.status_code == TOO_MANY:
        return float("inf")
    answer.raise_for_status()
    return time.perf_counter() - started


def _while(work: Callable[[], Any], url: str, image: bytes) -> tuple[float, list[float]]:
    """How long the work takes, and single predictions meanwhile, one every 100 ms (seconds)."""
    ended, took = threading.Event(), list[float]()

    def ask() -> None:
        session = requests.Session()
        while not ended.wait(0.1):
            took.append(_single(url, image, session))

    thread = threading.Thread(target=ask)
    thread.start()
    started = time.perf_counter()
    work()
    seconds = time.perf_counter() - started
    ended.set()
    thread.join()
    return seconds, took


@contextmanager
def _watched(url: str) -> Iterator[list[int]]:
    """The server's memory all the while, in bytes."""
    ended, seen = threading.Event(), [_rss(url)]
    processes = _processes(url)

    def look() -> None:
        while not ended.wait(SAMPLE_S):
            seen.append(_sum(processes))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield seen
    finally:
        ended.set()
        looking.join()


def _rss(url: str) -> int:
    return _sum(_processes(url))


def _processes(url: str) -> list[psutil.Process]:
    """The workers, and whoever they started."""
    workers = requests.get(url + "/status", timeout=60).json()["workers"]
    found = [psutil.Process(worker["pid"]) for worker in workers]
    return [*found, *(child for process in found for child in process.children(recursive=True))]


def _sum(processes: Sequence[psutil.Process]) -> int:
    return sum(process.memory_info().rss for process in processes if process.is_running())


def _quantiles(seconds: Sequence[float]) -> str:
    answered = [taken for taken in seconds if taken != float("inf")]
    p50, p99 = np.percentile(answered, [50, 99]) * 1e3
    return f"{p50:.1f} / {p99:.1f} ms, {len(seconds) - len(answered)} of {len(seconds)} refused"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--films", type=int, default=1000)
    parser.add_argument("--megabytes", type=float, default=0.3, help="of each film, about")
    parser.add_argument("--threads", type=int, default=0, help="0: one a core")
    parser.add_argument("--bare", type=int, default=300, help="films of the bare loop")
    return parser.parse_args()


if __name__ == "__main__":
    main()
