"""From a checkpoint's `.h5` to the LiteRT model that serves; run as a short-lived process.

python -m api.training.compile WEIGHTS OUTPUT
"""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
if __name__ == "__main__":
    from api import import_pause

import keras
import numpy as np
from ai_edge_litert.interpreter import Interpreter

from api.arrays import Float32Array
from api.errors import AppError, InvalidCheckpoint
from api.files import write_atomic
from api.inputs.images.preprocessing import PreprocessingSpec
from api.inputs.images.synthetic import FINDINGS, synthetic_image
from api.model_card.card import Card
from api.model_card.card_file import read_card
from api.model_card.table_card import GoldenRow, TableCard
from api.registry.store import card_path
from api.training.models import mlp
from api.training.models.frozen_graph import frozen_converter
from api.training.models.mobilenet import load, multi_output

CHECK_SEED = 20
# Of logits, early features and activation alike; fp32 runtimes are within 1e-4 of each other.
TOLERANCE = 1e-2


def compile_model(model: keras.Model, spec: PreprocessingSpec) -> bytes:
    """The network as a LiteRT flatbuffer, proven to answer as Keras does.

    One input `image`, (1, height, width, 1) float32; outputs `logits` (1, classes),
    `early_features` (1, 576) and `activation` (1, 7, 7, classes), all float32 and from one pass.

    Raises: InvalidCheckpoint if the two disagree on generated films.
    """
    images = [spec.apply(synthetic_image(finding, seed=CHECK_SEED)) for finding in FINDINGS]
    return _compiled(multi_output(model), "image", images)


def compile_table(model: keras.Model, golden: Sequence[GoldenRow]) -> bytes:
    """The same of a table's network.

    One input `row`, (1, features) float32 as measured; outputs `logits` (1, classes) and
    `early_features` (1, features), the row as the network scales it.

    Raises: InvalidCheckpoint if the two disagree on the card's golden rows.
    """
    rows = [np.asarray(one.values, dtype=np.float32) for one in golden]
    return _compiled(mlp.multi_output(model), mlp.INPUT, rows)


def _compiled(network: keras.Model, input_name: str, checks: Sequence[Float32Array]) -> bytes:
    with frozen_converter(network, input_name) as converter:
        flatbuffer: bytes = converter.convert()
    verify(flatbuffer, network, input_name, checks)
    return flatbuffer


def verify(
    flatbuffer: bytes, network: keras.Model, input_name: str, checks: Sequence[Float32Array]
) -> None:
    runner = Interpreter(model_content=flatbuffer).get_signature_runner()
    # In one pass: Keras calls its layers one by one here, which takes longer than they do.
    originals = network(np.stack(checks), training=False)
    for row, check in enumerate(checks):
        compiled = runner(**{input_name: check[np.newaxis]})
        for name, values in originals.items():
            gap = float(np.abs(compiled[name][0] - np.asarray(values[row])).max())
            if not gap <= TOLERANCE:
                raise InvalidCheckpoint(
                    f"The compiled network differs from Keras by {gap:.2g} in its {name}."
                )


def _compile_image(model: keras.Model, card: Card) -> bytes:
    return compile_model(model, card.preprocessing)


def _compile_table(model: keras.Model, card: Card) -> bytes:
    assert isinstance(card, TableCard)
    return compile_table(model, card.golden)


COMPILERS: dict[str, Callable[[keras.Model, Card], bytes]] = {
    Card.input_kind: _compile_image,
    TableCard.input_kind: _compile_table,
}


def main(weights: Path, output: Path) -> int:
    """Compile one file; returns the process's exit code and prints the reason of a failure."""
    try:
        card = read_card(card_path(weights))
        write_atomic(output, COMPILERS[card.input_kind](load(weights), card))
    except AppError as exc:
        print(exc.message, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    import_pause.end()
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
