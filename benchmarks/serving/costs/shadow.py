"""What a version in shadow costs: `python -m benchmarks.serving.costs.shadow`.

Prints processor time a film, on one thread: the answer of the champion (read, compute) in the form
that serves, and what a challenger adds, on the film as the champion read it and on the file. The
challenger is the same network, in the form that a retrained version has (fp32) and as int8.
Processor time hardly depends on what else the machine does.
"""

import argparse
import itertools
import time
from collections.abc import Callable
from pathlib import Path

from api.inputs.images.decoding import Limits
from api.model_card.quantization import PrecisionSetting
from api.registry.store import Store
from api.reports.markdown import table
from api.serving.compiled import Compiler
from api.serving.engine import Engine, engine_loader
from api.serving.live import predictor_builder
from api.settings import ROOT, Settings

IMAGES = ROOT / "docs/examples"


def main() -> None:
    """Measure and print."""
    options = _arguments()
    contents = [path.read_bytes() for path in sorted(options.films.glob("*.jpg"))]
    champion, fp32 = _engine("auto"), _engine("fp32")
    limits = Limits()
    decoded = [
        inference.decoded
        for inference in (champion.infer(c, limits, keep_decoded=True) for c in contents)
        if inference.decoded
    ]
    answer = _cost_ms(lambda n: champion.infer(contents[n % len(contents)], limits), options.n)
    measured = {
        f"challenger, fp32, film already read (champion {champion.precision})": lambda n: (
            fp32.infer_decoded(decoded[n % len(decoded)], sha256="")
        ),
        f"challenger, {champion.precision}, film already read": lambda n: champion.infer_decoded(
            decoded[n % len(decoded)], sha256=""
        ),
        "challenger, fp32, film read again": lambda n: fp32.infer(
            contents[n % len(contents)], limits
        ),
    }
    rows = [("the champion's answer", f"{answer:.2f}", "1.00")]
    for name, work in measured.items():
        cost = _cost_ms(work, options.n)
        rows.append((name, f"{cost:.2f}", f"{cost / answer:.2f}"))
    print(table(("work a film", "processor ms", "times an answer"), rows))


def _engine(precision: PrecisionSetting) -> Engine:
    settings = Settings()
    store = Store(settings.models_dir / settings.task, settings.default_model, settings.task)
    compiler = Compiler(settings.compiled_dir, settings.as_environment())
    built = predictor_builder(compiler, engine_loader(1), precision=precision)(store.default())
    assert isinstance(built, Engine)
    return built


def _cost_ms(work: Callable[[int], object], n: int) -> float:
    """Median processor milliseconds of the process."""
    work(0)
    taken = []
    for number in itertools.islice(itertools.count(), n):
        started = time.process_time()
        work(number)
        taken.append(time.process_time() - started)
    return sorted(taken)[n // 2] * 1e3


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--films", type=Path, default=IMAGES, help="folder of JPEG films")
    parser.add_argument("--n", type=int, default=200, help="how often each is done")
    return parser.parse_args()


if __name__ == "__main__":
    main()
