"""How well held-out films are recognised: `python -m benchmarks.model.near_duplicates --help`.

Compares films with the hashes of the default checkpoint's hold-out: hold-out films that were
resized and re-encoded (all should be found), and all other films of the same folders (only true
twins should be).
"""

import argparse
import io
from pathlib import Path

import numpy as np
from PIL import Image

from api.inputs.discovery import find_images
from api.inputs.images.decoding import decode
from api.inputs.images.perceptual_hash import MAX_DISTANCE_BITS, distances, perceptual_hash
from api.inputs.images.preprocessing import PreprocessingSpec
from api.model_card.card_file import read_card
from api.registry.holdout import read_holdout
from api.registry.store import card_path, holdout_path
from api.reports.markdown import table
from api.samples.open_collection import image_limits
from api.settings import from_environment
from api.tasks.task_files import load_task

# Width, height, JPEG quality.
COPIES = ((512, 512, 50), (120, 120, 90), (300, 240, 75))


def main() -> None:
    """Count what is found."""
    arguments = _arguments()
    settings = from_environment()
    weights, limits = settings.default_model, image_limits(settings)
    spec = read_card(card_path(weights)).preprocessing
    held_out = read_holdout(holdout_path(weights))
    known = {row.tobytes().hex() for row in held_out.sha256}
    images = find_images(arguments.data, load_task(settings.task)).images
    own = [image for image in images if image.sha256 in known]
    others = [image for image in images if image.sha256 not in known]
    copied = [
        _nearest(copy, spec, held_out.near)
        for image in own[:: max(len(own) // arguments.films, 1)][: arguments.films]
        for copy in _copies(decode(image.path.read_bytes(), limits))
    ]
    apart = [
        _nearest(decode(image.path.read_bytes(), limits), spec, held_out.near) for image in others
    ]
    rows = [_row("copies of hold-out films", copied), _row("other films", apart)]
    header = (
        "films",
        "count",
        f"found ({MAX_DISTANCE_BITS} bits)",
        "fewest bits apart",
        "most bits apart",
    )
    print(table(header, rows))


def _row(name: str, gaps: list[int]) -> tuple[str, ...]:
    figures = (len(gaps), sum(gap <= MAX_DISTANCE_BITS for gap in gaps), min(gaps), max(gaps))
    return (name, *map(str, figures))


def _copies(image: np.ndarray) -> list[np.ndarray]:
    copies = []
    for width, height, quality in COPIES:
        buffer = io.BytesIO()
        Image.fromarray(image).resize((width, height)).save(buffer, "JPEG", quality=quality)
        copies.append(np.asarray(Image.open(buffer)))
    return copies


def _nearest(image: np.ndarray, spec: PreprocessingSpec, known: np.ndarray) -> int:
    return int(distances(perceptual_hash(spec.resize(image)), known).min())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, action="append", required=True)
    parser.add_argument("--films", type=int, default=300, help="hold-out films that are copied")
    return parser.parse_args()


if __name__ == "__main__":
    main()
