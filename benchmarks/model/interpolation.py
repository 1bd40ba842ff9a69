"""Weights between ImageNet's and the tuned ones: `python -m benchmarks.model.interpolation --help`.

Fine-tuned networks sometimes travel better when their weights are drawn back towards those that
they began with (WiSE-FT: Wortsman et al. 2022, "Robust fine-tuning of zero-shot models"). For each
share of the tuned weights: the backbone is mixed, calibration and threshold are found anew on
validation patients, and the figures of `ablation.py` are printed. Nothing here looks at the
hold-out.
"""

import argparse
from pathlib import Path

import keras
import numpy as np

from api.evaluation.calibration import fit_calibration
from api.inputs.images.preprocessing import PreprocessingSpec
from api.records.retrainings.job_states import JobPhase
from api.reports.markdown import number, table
from api.training.data.dataset import Decoded
from api.training.fitting.fit import predict
from api.training.models import mobilenet
from benchmarks.model import ablation

COLUMNS = {
    key: head for key, head in ablation.COLUMNS.items() if key not in ("minutes", "left_out_auroc")
}
Weights = dict[str, list[np.ndarray]]


def main() -> None:
    """Mix, measure and print."""
    arguments = _arguments()
    material = ablation.read(arguments)
    task = material.task
    spec = PreprocessingSpec.model_validate(task.preprocessing)
    before = _weights(
        mobilenet.build(spec, classes=len(task.labels), dropout=0.0, base_weights=arguments.weights)
    )
    after = _weights(mobilenet.load(arguments.model))
    rows = []
    for share in arguments.shares:
        row = _row(arguments.model, before, after, share, material, spec)
        rows.append((f"{share:g}", *(number(row.get(column)) for column in COLUMNS)))
        print(*rows[-1], flush=True)
    print(table(("share of the tuned weights", *COLUMNS.values()), rows))


def _row(
    path: Path,
    before: Weights,
    after: Weights,
    share: float,
    material: ablation.Material,
    spec: PreprocessingSpec,
) -> dict[str, float]:
    model = mobilenet.load(path)
    for layer in model.layers:
        if layer.name in before and layer.name != mobilenet.LOGITS and after[layer.name]:
            pairs = zip(after[layer.name], before[layer.name], strict=True)
            layer.set_weights([share * tuned + (1 - share) * base for tuned, base in pairs])
    validation = material.splits["validation"]
    logits_of = keras.Model(model.inputs[0], model.get_layer(mobilenet.LOGITS).output)
    logits = predict(logits_of, validation, spec, phase=JobPhase.EVALUATING)
    mobilenet.fold_calibration(
        model, fit_calibration(logits, validation.targets, material.task.allowed)
    )

    def answer(data: Decoded) -> np.ndarray:
        return predict(model, data, spec, phase=JobPhase.EVALUATING)

    return ablation.inside(answer, material, spec) | ablation.outside(answer, material, spec)


def _weights(model: keras.Model) -> Weights:
    return {layer.name: layer.get_weights() for layer in model.layers}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, action="append", required=True)
    parser.add_argument("--weights", type=Path, required=True, help="those it began with")
    parser.add_argument("--model", type=Path, required=True, help="a trained .h5")
    parser.add_argument("--external", type=Path, help="folder of films from other hospitals")
    parser.add_argument("--shares", type=float, nargs="+", default=[1.0, 0.9, 0.8, 0.7, 0.6])
    return parser.parse_args(namespace=argparse.Namespace(share=0.01))


if __name__ == "__main__":
    main()
