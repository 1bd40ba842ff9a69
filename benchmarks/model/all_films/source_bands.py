"""Bands of referral that the worst source chooses, not the pool: `… source_bands --help`.

Three ways to choose the scores that are referred at a bound of error, each on validation films:
`pool`, all films of a kind alike, as the card's are; `worst`, the outermost of the bands of each
source with enough films for the bound (Romano et al. 2020; Duchi et al. 2024); `weighted`, all
sources weighing the same (Bhattacharyya & Barber 2024), uncorrected for few films. Printed is what
is referred then, on validation films and, for the record, on the hold-out; and what becomes of a
source that had no say: threshold and band are chosen on the others and judged on it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from api.arrays import AnyArray, BoolArray, FloatArray
from api.decision.decide import probabilities_of
from api.errors import AppError
from api.evaluation.intervals import wilson
from api.evaluation.operating_points import lower_quantile, upper_quantile, youden_threshold
from api.model_card.card import Card
from api.model_card.decision_rules import Band
from api.reports.markdown import table, value_with_interval
from api.training.data.splits import HOLDOUT, VALIDATION
from benchmarks.model.all_films.network_outputs import (
    Distances,
    NetworkOutputs,
    arguments_of,
    asked_for,
)

HEADER = (
    "bands by",
    "bound",
    "source",
    "referred, validation",
    "referred, hold-out",
    "left out: referred",
    "left out: findings called negative",
    "left out: healthy called ill",
)
BOUNDS = (0.01, 0.02, 0.03)


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """n films: P(any finding), whether there is one, their source, unfamiliar equipment or not."""

    scores: FloatArray
    positive: BoolArray
    sources: AnyArray
    unfamiliar: BoolArray

    def where(self, rows: BoolArray) -> "Scored":
        """The part that a mask selects."""
        return Scored(
            self.scores[rows], self.positive[rows], self.sources[rows], self.unfamiliar[rows]
        )


def main() -> None:
    """Choose, judge and print."""
    arguments = arguments_of(__file__, __doc__)
    try:
        weights, card, outputs = asked_for(arguments)
        validation, holdout = (
            _scored(outputs[name], card, weights) for name in (VALIDATION, HOLDOUT)
        )
    except AppError as exc:
        raise SystemExit(f"Error: {exc}") from exc
    rows = [
        row
        for bound in BOUNDS
        for name in WAYS
        for row in rows_of(name, bound, validation, holdout, card)
    ]
    print(table(HEADER, rows))


def rows_of(
    way: str, bound: float, validation: Scored, holdout: Scored, card: Card
) -> Iterator[tuple[str, ...]]:
    """A row for all sources, and one for each."""
    band, threshold = WAYS[way](validation, bound), card.operating_points["balanced"].threshold
    referred = [_referred(images, threshold, band, card) for images in (validation, holdout)]
    everything = [np.ones(len(images.scores), dtype=bool) for images in (validation, holdout)]
    shares = [_share(hits, rows) for hits, rows in zip(referred, everything, strict=True)]
    yield way, f"{bound:.0%}", "all", *shares, "–", "–", "–"
    for source in np.unique(validation.sources):
        own = [images.sources == source for images in (validation, holdout)]
        shares = [_share(hits, rows) for hits, rows in zip(referred, own, strict=True)]
        yield way, f"{bound:.0%}", str(source), *shares, *_left_out(way, bound, validation, own[0])


def _left_out(way: str, bound: float, images: Scored, own: BoolArray) -> tuple[str, str, str]:
    """Of a source's films, by the threshold and the band of all others."""
    others, left = images.where(~own), images.where(own)
    threshold = youden_threshold(others.scores, others.positive)
    referred = WAYS[way](others, bound).referred(left.scores, threshold)
    flagged = left.scores >= threshold
    return (
        _share(referred, np.ones(len(referred), dtype=bool)),
        _share(~referred & ~flagged, left.positive),
        _share(~referred & flagged, ~left.positive),
    )


def _pool(images: Scored, bound: float) -> Band:
    found, none = images.scores[images.positive], images.scores[~images.positive]
    return Band(max_error=bound, low=lower_quantile(found, bound), high=upper_quantile(none, bound))


def _worst(images: Scored, bound: float) -> Band:
    """The pool's where no source has enough films of a kind."""
    pool, needed = _pool(images, bound), int(np.ceil(1 / bound - 1e-9)) - 1
    found, none = (
        [scores for scores in _by_source(images, kind) if len(scores) >= needed]
        for kind in (images.positive, ~images.positive)
    )
    return Band(
        max_error=bound,
        low=min((lower_quantile(scores, bound) for scores in found), default=pool.low),
        high=max((upper_quantile(scores, bound) for scores in none), default=pool.high),
    )


def _weighted(images: Scored, bound: float) -> Band:
    found, none = _by_source(images, images.positive), _by_source(images, ~images.positive)
    return Band(
        max_error=bound,
        low=_weighted_quantile(found, bound),
        high=-_weighted_quantile([-scores for scores in none], bound),
    )


def _weighted_quantile(groups: list[FloatArray], share: float) -> float:
    """The value below which the share lies in the mean of the groups."""
    values = np.concatenate(groups)
    weights = np.concatenate([np.full(len(group), 1 / len(group)) for group in groups])
    order = np.argsort(values)
    reached = np.cumsum(weights[order]) / len(groups)
    place = min(int(np.searchsorted(reached, share)), len(values) - 1)
    return float(values[order][place])


def _by_source(images: Scored, kind: BoolArray) -> list[FloatArray]:
    names = np.unique(images.sources[kind])
    return [images.scores[kind & (images.sources == name)] for name in names]


WAYS: dict[str, Callable[[Scored, float], Band]] = {
    "pool": _pool,
    "worst": _worst,
    "weighted": _weighted,
}


def _referred(images: Scored, threshold: float, band: Band, card: Card) -> BoolArray:
    """As served: unfamiliar equipment has the card's own, narrower bound whatever the band is."""
    usual = band.referred(images.scores, threshold)
    if card.refer is None:
        return usual
    careful = card.refer.band_for(unfamiliar=True).referred(images.scores, threshold)
    return np.where(images.unfamiliar, careful, usual)


def _scored(images: NetworkOutputs, card: Card, weights: Path) -> Scored:
    """Raises: InvalidCheckpoint."""
    probabilities = probabilities_of(images.logits, temperature=1.0)
    return Scored(
        1 - probabilities[:, card.negative_index],
        images.targets != card.negative_index,
        np.array(images.sources),
        Distances.of(images, card, weights).site > 1,
    )


def _share(hits: BoolArray, among: BoolArray) -> str:
    n, found = int(among.sum()), int((hits & among).sum())
    return value_with_interval(found / n, wilson(found, n)) if n else "–"


if __name__ == "__main__":
    main()
