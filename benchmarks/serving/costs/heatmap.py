"""What a heat map costs beside the prediction it belongs to.

Run it with `python -m benchmarks.serving.costs.heatmap`.

Reads generated films with the default checkpoint, draws the heat map of each answer, in turns in
one run and one thread, and prints medians. `explain=true` alone sends 7 x 7 numbers; the picture
is drawn when it is asked for.
"""

import argparse
import io
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from PIL import Image

from api.decision import heatmap
from api.inputs.images.synthetic import synthetic_image
from api.model_card.card_file import read_card
from api.registry.store import Checkpoint, card_path
from api.reports.markdown import table
from api.samples.open_collection import image_limits
from api.serving.compiled import Compiler
from api.serving.engine import engine_loader
from api.serving.live import predictor_builder
from api.serving.predictor import ImagePredictor, decision_policy
from api.settings import from_environment

T = TypeVar("T")
SIZES = ((224, 224), (1400, 1100), (2500, 2000))


def main() -> None:
    """Time predictions and pictures in turns."""
    rounds = _arguments().rounds
    settings = from_environment()
    weights = settings.default_model
    checkpoint = Checkpoint(weights, read_card(card_path(weights)))
    compiler = Compiler(settings.compiled_dir, settings.as_environment())
    engine = predictor_builder(compiler, engine_loader(1), precision=settings.precision)(checkpoint)
    spec = checkpoint.card.preprocessing
    read = ImagePredictor(engine, image_limits(settings), decision_policy(settings)).predict
    draw = partial(heatmap.render, height=spec.height, width=spec.width)
    rows = []
    for width, height in SIZES:
        predicting, drawing = [], []
        for number in range(rounds):
            content = _jpeg(number, width, height)
            answered, seconds = _timed(partial(read, content))
            predicting.append(seconds)
            index = checkpoint.card.classes.index(answered.decision.label)
            _, seconds = _timed(partial(draw, answered.outputs.activation, index))
            drawing.append(seconds)
        image, picture = (1e3 * statistics.median(kind) for kind in (predicting, drawing))
        share = f"{picture / image:.1%}"
        rows.append((f"{width} x {height}", f"{image:.1f}", f"{picture:.2f}", share))
    print(table(("film", "prediction, ms", "heat map, ms", "heat map / prediction"), rows))


def _jpeg(seed: int, width: int, height: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(synthetic_image("lobar", seed=seed)).resize((width, height)).save(
        buffer, "JPEG"
    )
    return buffer.getvalue()


def _timed(action: Callable[[], T]) -> tuple[T, float]:
    started = time.perf_counter()
    result = action()
    return result, time.perf_counter() - started


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=100, help="films of each size")
    return parser.parse_args()


if __name__ == "__main__":
    main()
