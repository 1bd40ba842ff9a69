"""What the processor can do: decode, preprocess and infer in a bare loop, without a server.

The product's own functions and its compiled network, one thread a core, in a process of its own;
with `--whole` also what else an answer takes: quality, outlier score, decision, the film's hash.
`python -m benchmarks.serving.ceiling --film FILE` prints one line of JSON.
"""

import argparse
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

from api.inputs.images.decoding import decode
from api.model_card.card_file import read_card
from api.registry.store import Checkpoint, card_path
from api.samples.open_collection import image_limits
from api.serving.compiled import Compiler
from api.serving.engine import Engine
from api.serving.predictor import ImagePredictor, decision_policy
from api.settings import Settings, from_environment, usable_cores

WARM_UP_S = 2.0


def main() -> None:
    """Loop and print."""
    arguments = _arguments()
    settings = from_environment()
    engine = default_engine(settings, interpreters=arguments.threads)
    content = arguments.film.read_bytes()
    limits, spec = image_limits(settings), engine.card.preprocessing
    predictor = ImagePredictor(engine, limits, decision_policy(settings))

    def read() -> None:
        engine.run(spec.apply(decode(content, limits)))

    def read_as_the_product() -> None:
        predictor.to_record(predictor.predict(content), arguments.film.name)

    if arguments.whole:
        read = read_as_the_product

    _looped(read, threads=arguments.threads, seconds=arguments.warm_up)
    worked = time.process_time()
    milliseconds, seconds = _looped(read, threads=arguments.threads, seconds=arguments.seconds)
    worked = time.process_time() - worked
    p50, p99 = np.percentile(milliseconds, [50, 99])
    figures = {"per_second": len(milliseconds) / seconds, "p50_ms": p50, "p99_ms": p99, "errors": 0}
    print(json.dumps(figures | {"cpu_ms": 1e3 * worked / len(milliseconds)}))


def default_engine(settings: Settings, *, interpreters: int) -> Engine:
    """The default checkpoint's, compiled if it was not."""
    weights = settings.default_model
    checkpoint = Checkpoint(weights, read_card(card_path(weights)))
    compiler = Compiler(settings.compiled_dir, settings.as_environment())
    return Engine(checkpoint, compiler.compiled(checkpoint), interpreters=interpreters)


def _looped(work: Callable[[], None], *, threads: int, seconds: float) -> tuple[list[float], float]:
    """Milliseconds of each call, and the seconds that all took together."""
    start = threading.Barrier(threads + 1)
    with ThreadPoolExecutor(threads) as pool:
        rows = [pool.submit(partial(_work, work, start, seconds)) for _ in range(threads)]
        start.wait()
        began = time.perf_counter()
    ended = time.perf_counter()
    return [row for done in rows for row in done.result()], ended - began


def _work(work: Callable[[], None], start: threading.Barrier, seconds: float) -> list[float]:
    rows = []
    start.wait()
    until = time.perf_counter() + seconds
    while (began := time.perf_counter()) < until:
        work()
        rows.append(1e3 * (time.perf_counter() - began))
    return rows


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--film", type=Path, required=True, help="the file that is read")
    parser.add_argument("--whole", action="store_true", help="all that an answer takes")
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--warm-up", type=float, default=WARM_UP_S, help="seconds before")
    parser.add_argument("--threads", type=int, default=usable_cores(), help="default: one a core")
    return parser.parse_args()


if __name__ == "__main__":
    main()
