"""What pictures unlike films are found by, and what else could: `… unlike_films --help`.

For the layer that serves, for others, and for several together: how many pictures that are no
upright film are found, and how many real films are refused. Two limits each: `pooled`, the card's,
where the few validation films of small sources count together; and `each source`, at which no
source loses more than its share of films by cross-fitting (each training film's distance by a
reference that was fitted without it, and the validation films). The hold-out is for the record.
Printed behind it: by both scores, which pictures that are found unlike were made unfamiliarly too.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from api.arrays import Float32Array
from api.decision.out_of_distribution import OodReference
from api.errors import AppError
from api.evaluation.out_of_distribution import fit_reference, threshold
from api.model_card.card import Card
from api.reports.markdown import table
from api.tasks.task_files import load_task
from api.training.assessment.out_of_distribution import SEED
from api.training.data.splits import HOLDOUT, TRAIN, VALIDATION
from api.training.models.mobilenet import EARLY_LAYER
from benchmarks.model.all_films.network_outputs import (
    OTHER,
    TURNED,
    UNSEEN,
    Distances,
    NetworkOutputs,
    arguments_of,
    asked_for,
)

FOLDS = 5
CROSS = "cross-fitted"
ONE, TWO, THREE = EARLY_LAYER, "block_10_expand_relu", "block_6_expand_relu"
# Layers whose distances are averaged.
MEANS: tuple[tuple[str, ...], ...] = (
    (ONE,),
    (TWO,),
    (THREE,),
    (ONE, TWO),
    (ONE, THREE),
    (ONE, TWO, THREE),
)
# Layers of which either may find a picture.
EITHER: tuple[tuple[str, ...], ...] = ((ONE, TWO), (ONE, THREE))
HEADER = (
    "layers",
    "limit by",
    "least found of turned or inverted",
    "most refused of a source, validation",
    "the same, hold-out",
)
Scores = Mapping[str, Float32Array]
Outputs = Mapping[str, NetworkOutputs]
Limit = Callable[[Scores, Outputs, float], float]


def main() -> None:
    """Fit, choose limits, and print two tables."""
    arguments = arguments_of(__file__, __doc__)
    try:
        weights, card, outputs = asked_for(arguments)
        made = list(made_rows(outputs, card, weights))
    except AppError as exc:
        raise SystemExit(f"Error: {exc}") from exc
    share = load_task(card.task).decision.max_refused
    by_layer = {layer: distances(outputs, layer) for layer in (ONE, TWO, THREE)}
    rows = [
        row_of(" + ".join(map(_short, layers)), name, found, outputs, limit(found, outputs, share))
        for layers in MEANS
        for name, limit in LIMITS.items()
        for found in [_mean([by_layer[layer] for layer in layers])]
    ]
    rows += [
        row_of(" or ".join(map(_short, layers)), name, found, outputs, 1.0)
        for layers in EITHER
        for name, limit in LIMITS.items()
        for found in [_largest([by_layer[one] for one in layers], limit, outputs, share)]
    ]
    others = [*_names(outputs[OTHER]), *_names(outputs[UNSEEN])]
    print(table((*HEADER, *others), rows))
    print()
    print(table(("films", "of", "found unlike", "of these made unfamiliarly"), made))


def distances(outputs: Outputs, layer: str) -> dict[str, Float32Array]:
    """Of each set's pictures to the nearest group of training films at a layer, and those of the
    training films to a reference without them."""
    train = outputs[TRAIN]
    reference = fit_reference(train.depths[layer], train.kinds, seed=SEED)
    found = {name: reference.mahalanobis(images.depths[layer]) for name, images in outputs.items()}
    return found | {CROSS: _cross_fitted(train.depths[layer], train.kinds)}


def _cross_fitted(features: Float32Array, kinds: Sequence[tuple[str, str]]) -> Float32Array:
    fold = np.random.default_rng(SEED).permutation(len(features)) % FOLDS
    found = np.zeros(len(features), dtype=np.float32)
    for number in range(FOLDS):
        learned = np.flatnonzero(fold != number)
        reference: OodReference = fit_reference(
            features[learned], [kinds[row] for row in learned.tolist()], seed=SEED
        )
        found[fold == number] = reference.mahalanobis(features[fold == number])
    return found


def _pooled(found: Scores, outputs: Outputs, share: float) -> float:
    return threshold(found[VALIDATION], outputs[VALIDATION].sources, max_refused=share)


def _each_source(found: Scores, outputs: Outputs, share: float) -> float:
    values = np.concatenate([found[CROSS], found[VALIDATION]])
    sources = [*outputs[TRAIN].sources, *outputs[VALIDATION].sources]
    return threshold(values, sources, max_refused=share)


LIMITS: dict[str, Limit] = {"pooled": _pooled, "each source": _each_source}


def _mean(found: Sequence[Scores]) -> dict[str, Float32Array]:
    """Mean squares over layers, as one distance of all their features would be."""
    return {
        name: np.sqrt(np.mean([scores[name] ** 2 for scores in found], axis=0)) for name in found[0]
    }


def _largest(
    found: Sequence[Scores], limit: Limit, outputs: Outputs, share: float
) -> dict[str, Float32Array]:
    """In limits, each layer spending its part of the share."""
    limits = [limit(scores, outputs, share / len(found)) for scores in found]
    return {
        name: np.max([s[name] / cut for s, cut in zip(found, limits, strict=True)], axis=0)
        for name in found[0]
    }


def row_of(
    layers: str, name: str, found: Scores, outputs: Outputs, limit: float
) -> tuple[str, ...]:
    """Shares beyond a limit: of the kind and the source that fare worst, then of each."""
    shares = {
        split: {
            source: float((found[split][np.array(images.sources) == source] > limit).mean())
            for source in _names(images)
        }
        for split, images in outputs.items()
        if split != TRAIN
    }
    worst = (
        min(shares[TURNED].items(), key=lambda item: item[1]),
        *(max(shares[split].items(), key=lambda item: item[1]) for split in (VALIDATION, HOLDOUT)),
    )
    rest = (*shares[OTHER].values(), *shares[UNSEEN].values())
    named = (f"{share:.3f} ({source})" for source, share in worst)
    return (layers, name, *named, *(f"{share:.3f}" for share in rest))


def made_rows(outputs: Outputs, card: Card, weights: Path) -> Iterator[tuple[str, ...]]:
    """By the checkpoint's own references: what is found unlike, and unfamiliar besides.

    Raises: InvalidCheckpoint.
    """
    for split in (HOLDOUT, UNSEEN, TURNED, OTHER):
        images = outputs[split]
        found = Distances.of(images, card, weights)
        sources = np.array(images.sources)
        for source in _names(images) if split in (TURNED, OTHER) else [split]:
            own = (sources == source) | (source == split)
            unlike = own & (found.unlikeness > 1)
            unfamiliar = unlike & (found.site > 1)
            yield source, str(own.sum()), str(unlike.sum()), str(unfamiliar.sum())


def _names(images: NetworkOutputs) -> list[str]:
    return sorted(set(images.sources))


def _short(layer: str) -> str:
    return layer.removesuffix("_expand_relu").replace("_", " ")


if __name__ == "__main__":
    main()
