"""What each way to int8 costs and gives: `python -m benchmarks.model.quantization --help`.

Quantizes a checkpoint in several ways, and prints for each how far its answers for validation
patients are from those of fp32, how long an inference takes on one thread (medians and minima; the
ways take turns, so that a busy machine disturbs all alike) and how large the file is. Nothing here
looks at the hold-out.
"""

import argparse
import os
import time
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from sklearn.metrics import roc_auc_score

from api.decision.decide import probabilities_of
from api.inputs.discovery import find_images
from api.inputs.images.preprocessing import PreprocessingSpec
from api.model_card.card import Card
from api.model_card.card_file import read_card
from api.registry.store import card_path
from api.reports.markdown import table
from api.tasks.recipe import Recipe
from api.tasks.task import Task
from api.tasks.task_files import load_task
from api.training.assessment.int8_acceptance import CALIBRATION_IMAGES
from api.training.assessment.out_of_distribution import spread
from api.training.compile import compile_model
from api.training.data.dataset import Decoded, decode_images
from api.training.models.equalization import equalize
from api.training.models.inference import NetworkOutputs
from api.training.models.mobilenet import FEATURE_MAP, load, multi_output
from api.training.models.quantization import FIRST_INT8_LAYER, Int8Predictor, to_int8
from api.training.pipelines.train import split_images

COLUMNS = (
    "way", "labels as in fp32", "AUROC", "largest change of a probability",
    "logits, RMS change", "ms, median", "ms, least", "MB",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Way:
    """Which operations are in int8, and whether channels are equalized before."""

    name: str
    first: str
    last: str | None
    even: bool


EARLY = "expanded_conv_project"
WAYS = (
    Way("int8 but the first three operations", EARLY, None, even=False),
    Way("… and but the head", EARLY, FEATURE_MAP, even=False),
    Way("… with even channels", EARLY, FEATURE_MAP, even=True),
    Way("int8 from block 7 to the feature map", FIRST_INT8_LAYER, FEATURE_MAP, even=False),
    Way("… with even channels (what is used)", FIRST_INT8_LAYER, FEATURE_MAP, even=True),
    Way("int8 from block 10, with even channels", "block_10_expand", FEATURE_MAP, even=True),
)


def main() -> None:
    """Quantize, measure and print."""
    arguments = _arguments()
    card, model = read_card(card_path(arguments.model)), load(arguments.model)
    task, spec = load_task(card.task), card.preprocessing
    splits = _splits(arguments.data, card, task)
    rows = spread(len(splits["train"]), arguments.calibration_films)
    inputs = [spec.normalise(image) for image in splits["train"].images[rows]]
    forms = {"fp32": compile_model(model, spec)} | _quantised(model, inputs)
    took = _durations(forms, inputs[0], arguments.rounds)
    validation = splits["validation"]
    before = Int8Predictor(forms["fp32"], spec).predict(validation.images)
    print(f"{len(validation)} validation films, ranges from {len(inputs)} training films:\n")
    print(
        table(
            COLUMNS,
            [
                (
                    name,
                    *_answers(content, before, validation, spec, task),
                    f"{np.median(took[name]):.2f}",
                    f"{np.min(took[name]):.2f}",
                    f"{len(content) / 1e6:.1f}",
                )
                for name, content in forms.items()
            ],
        )
    )


def _quantised(model: keras.Model, inputs: list[np.ndarray]) -> dict[str, bytes]:
    networks = {False: multi_output(model), True: multi_output(equalize(model, inputs))}
    return {
        way.name: to_int8(networks[way.even], inputs, first=way.first, last=way.last)
        for way in WAYS
    }


def _answers(
    content: bytes, before: NetworkOutputs, images: Decoded, spec: PreprocessingSpec, task: Task
) -> tuple[str, ...]:
    after = Int8Predictor(content, spec).predict(images.images)
    same = after.logits.argmax(axis=1) == before.logits.argmax(axis=1)
    old, new = (probabilities_of(seen.logits, temperature=1.0) for seen in (before, after))
    scores = 1 - new[:, task.negative_index]
    change = after.logits - before.logits
    change -= change.mean(axis=1, keepdims=True)
    return (
        f"{same.mean():.2%} (but {(~same).sum()})",
        f"{roc_auc_score(images.targets != task.negative_index, scores):.4f}",
        f"{np.abs(new - old).max():.3f}",
        f"{np.sqrt((change**2).mean()):.3f}",
    )


def _durations(forms: dict[str, bytes], image: np.ndarray, rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each inference, the forms in turns."""
    runners = {
        name: Interpreter(model_content=content, num_threads=1).get_signature_runner()
        for name, content in forms.items()
    }
    took: dict[str, list[float]] = {name: [] for name in forms}
    for turn in range(rounds + 1):
        for name, runner in runners.items():
            started = time.perf_counter()
            runner(image=image[np.newaxis])
            # The first inference of each prepares its memory.
            if turn:
                took[name].append(1000 * (time.perf_counter() - started))
    return took


def _splits(folders: list[Path], card: Card, task: Task) -> dict[str, Decoded]:
    images, _ = decode_images(find_images(tuple(folders), task).images, task, card.preprocessing)
    recipe = Recipe.model_validate(card.training.recipe)
    return split_images(images, recipe, seed=card.training.seed)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, action="append", required=True)
    parser.add_argument("--model", type=Path, required=True, help="a trained .h5, with its card")
    parser.add_argument("--calibration-films", type=int, default=CALIBRATION_IMAGES)
    parser.add_argument("--rounds", type=int, default=100, help="inferences of each form")
    return parser.parse_args()


if __name__ == "__main__":
    main()
