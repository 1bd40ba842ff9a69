"""What decisions are worth at a source that had no say in them.

`python -m benchmarks.model.left_out_sources --help`. Nothing is trained and no film is read: the
films are those that a checkpoint remembers to calibrate and to judge on. Threshold and referred
bands are chosen on the remembered films of all other sources, as the card's are, and judged on the
source's own. The network has learned from films of every source; what is left out is the choice.
"""

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from api.arrays import BoolArray, FloatArray
from api.errors import AppError
from api.evaluation.intervals import wilson
from api.evaluation.operating_points import BALANCED, operating_points, refer_rule
from api.model_card.card_file import read_card
from api.model_card.decision_rules import Band
from api.registry.champion import Alias, champion_of
from api.registry.store import Checkpoint, Store, card_path
from api.reports.markdown import table, value_with_interval
from api.settings import from_environment
from api.tasks.task import Task
from api.tasks.task_files import load_task

HEADER = (
    "left out",
    "films",
    "with a finding",
    "band of others",
    "referred",
    "wrong among answered",
    "healthy called ill",
    "findings called negative",
)


def main() -> None:
    """Answer the remembered films, and print a row for each source and bound."""
    arguments = _arguments()
    settings = from_environment()
    task = load_task(settings.task)
    store = Store(settings.models_dir / task.name, settings.default_model, task.name)
    try:
        checkpoint = (
            Checkpoint(arguments.model, read_card(card_path(arguments.model)))
            if arguments.model
            else champion_of(store, Alias(store.folder))
        )
        scores, positive, sources = _remembered(checkpoint, task)
    except AppError as exc:
        raise SystemExit(f"Error: {exc}") from exc
    rows = [
        row
        for source in sorted(set(sources.tolist()))
        for row in rows_of(source, scores, positive, sources == source, task)
    ]
    print(table(HEADER, rows))


def rows_of(
    source: str, scores: FloatArray, positive: BoolArray, own: BoolArray, task: Task
) -> Iterator[tuple[str, ...]]:
    """A source's films by the bound for known sites, and by that for unfamiliar ones.

    Args:
        scores: (n,) P(any finding).
        positive: (n,) True where there is a finding.
        own: (n,) True for the source's films.
    """
    aims = task.decision
    points = operating_points(
        scores[~own], positive[~own], aims=aims.wanted_rate, chosen_on="others"
    )
    rule = refer_rule(
        scores[~own],
        positive[~own],
        max_error=aims.max_error,
        unfamiliar_max_error=aims.unfamiliar_max_error,
        chosen_on="others",
    )
    if rule is None:
        raise SystemExit(f"Error: without {source} there are too few films of a kind.")
    for unfamiliar in (False, True):
        band = rule.band_for(unfamiliar=unfamiliar)
        yield (
            source,
            str(int(own.sum())),
            str(int(positive[own].sum())),
            f"{band.max_error:.1%}" + (", as unfamiliar" if unfamiliar else ""),
            *_figures(scores[own], positive[own], points[BALANCED].threshold, band),
        )


def _figures(
    scores: FloatArray, positive: BoolArray, threshold: float, band: Band
) -> Iterator[str]:
    answered = ~band.referred(scores, threshold)
    wrong = answered & ((scores >= threshold) != positive)
    everything = np.ones(len(scores), dtype=bool)
    for hits, among in (
        (~answered, everything),
        (wrong, answered),
        (wrong, ~positive),
        (wrong, positive),
    ):
        n, found = int(among.sum()), int((hits & among).sum())
        yield value_with_interval(found / n, wilson(found, n)) if n else "–"


def _remembered(
    checkpoint: Checkpoint, task: Task
) -> tuple[FloatArray, BoolArray, np.ndarray[tuple[int], np.dtype[np.str_]]]:
    """(n,) scores, whether there is a finding, and sources of the films that were not learned."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from api.decision.decide import probabilities_of
    from api.training.data.splits import HOLDOUT, VALIDATION
    from api.training.data.trainable_tail import TrainableTail
    from api.training.models import mobilenet
    from api.training.pipelines.challenger_card import load_parent

    model = mobilenet.load(checkpoint.weights)
    parent = load_parent(checkpoint, model, set(), negative_index=task.negative_index)
    images = parent.memory.splits[VALIDATION].joined(parent.memory.splits[HOLDOUT])
    logits = TrainableTail(model, parent.replay.first_trainable)(images)
    probabilities = probabilities_of(logits, temperature=1.0)
    return (
        1 - probabilities[:, task.negative_index],
        images.targets != task.negative_index,
        np.array(images.sources),
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=Path(__file__).name, description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--model", type=Path, help="weights file; default: the champion")
    return parser.parse_args()


if __name__ == "__main__":
    main()
