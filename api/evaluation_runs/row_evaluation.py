"""A checkpoint on a labelled table: every row decided as the server decides, then measured."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from api.decision.decide import Decision
from api.errors import AppError, InvalidDataset
from api.evaluation.class_metrics import class_metrics, confusion
from api.evaluation.intervals import wilson
from api.kinds.by_name import kind_of
from api.kinds.kind import LabelledInput
from api.model_card.row_report import RowReport, Share
from api.model_card.sites.site_profile import SiteCheckVerdict
from api.serving.predictor import ImagePredictor
from api.tasks.splits import HOLDOUT
from api.tasks.task import Task

MAX_ROWS = 100_000
# Fewer rows of a class say little about it.
MIN_ROWS = 10
# Where more than this share is left to a person, the model is of no use.
MAX_REFERRED = 0.5
NO_LABEL = "no class is written in the line"

Read = tuple[str, Decision]


def evaluate_rows(predictor: ImagePredictor, tables: Iterable[Path], task: Task) -> RowReport:
    """Decide on every labelled row of some tables, and measure.

    Raises: InvalidDataset if no labelled row can be read; InvalidUpload for what is no table.
    """
    skipped: Counter[str] = Counter()
    read = list(_decided(predictor, _inputs(tables, task), task, skipped))
    if not read:
        reason = skipped.most_common(1)[0][0] if skipped else "there are no rows"
        raise InvalidDataset(f"No labelled row can be read: {reason}.")
    return _report(predictor, read, task, skipped)


def _inputs(tables: Iterable[Path], task: Task) -> Iterator[LabelledInput]:
    kind = kind_of(task.kind)
    for path in tables:
        try:
            with path.open("rb") as file:
                found = kind.inputs_in(path.name, file, task, max_inputs=MAX_ROWS)
        except OSError as exc:
            raise InvalidDataset(f"'{path}' cannot be read ({exc.strerror}).") from exc
        if found is None:
            raise InvalidDataset(f"'{path}' is no table with a column of classes; send a CSV.")
        yield from found


def _decided(
    predictor: ImagePredictor, inputs: Iterable[LabelledInput], task: Task, skipped: Counter[str]
) -> Iterator[Read]:
    for one in inputs:
        label = task.label_named(one.label) if one.label else None
        if one.label is None:
            skipped[NO_LABEL] += 1
        elif label is None:
            skipped[f"'{one.label[:100]}' is no class of this task"] += 1
        elif isinstance(one.content, AppError):
            skipped[one.content.message] += 1
        else:
            yield label, predictor.predict(one.content).decision


def _report(
    predictor: ImagePredictor, read: Sequence[Read], task: Task, skipped: Counter[str]
) -> RowReport:
    card, classes = predictor.card, task.labels
    bound = kind_of(task.kind).error_bound(card)
    targets = np.array([task.target_of(label) for label, _ in read])
    predicted = np.array([task.target_of(decision.label) for _, decision in read])
    hits = predicted == targets
    accepted = np.array([not decision.causes for _, decision in read])
    covered = sum(label in (decision.possible_labels or ()) for label, decision in read)
    accepted_error = _share(int((~hits & accepted).sum()), int(accepted.sum()))
    counts = Counter(label for label, _ in read)
    accepted_share = _share(int(accepted.sum()), len(read))
    verdict, reasons = _verdict(counts, classes, accepted_share, accepted_error, bound)
    own = card.metrics.get(HOLDOUT) or next(iter(card.metrics.values()), None)
    return RowReport(
        version=predictor.engine.version,
        n=len(read),
        counts={name: counts[name] for name in classes},
        skipped=dict(skipped),
        accuracy=_share(int(hits.sum()), len(read)),
        card_accuracy=own.overall.accuracy if own else None,
        accepted=accepted_share,
        accepted_error=accepted_error,
        covered=_share(covered, len(read)),
        max_error=bound,
        out_of_range=dict(Counter(name for _, d in read for name in d.out_of_range)),
        per_class=class_metrics(predicted, targets, classes),
        confusion=confusion(predicted, targets, len(classes)),
        verdict=verdict,
        reasons=reasons,
    )


def _share(hits: int, n: int) -> Share:
    return Share(n=n, share=hits / n if n else None, interval=wilson(hits, n))


def _verdict(
    counts: Counter[str], classes: Sequence[str], accepted: Share, error: Share, bound: float
) -> tuple[SiteCheckVerdict, tuple[str, ...]]:
    bad, doubts = [], []
    # Wilson's interval is too narrow for a handful.
    if error.interval and error.n >= MIN_ROWS and error.interval[0] > bound:
        bad.append(
            f"{error.share:.1%} of the accepted answers are wrong, clearly more than the "
            f"{bound:.1%} that the card promises."
        )
    if accepted.share is not None and accepted.share < 1 - MAX_REFERRED:
        bad.append(f"{1 - accepted.share:.0%} of the rows are left to a person.")
    few = [f"{name} ({counts[name]})" for name in classes if counts[name] < MIN_ROWS]
    if few:
        doubts.append(f"Fewer than {MIN_ROWS} rows say little about a class: {', '.join(few)}.")
    if not bad and error.interval and error.interval[1] > bound:
        doubts.append(
            f"The rows are too few to show that at most {bound:.1%} of the accepted answers are "
            f"wrong: it may be {error.interval[1]:.1%}."
        )
    if bad:
        return SiteCheckVerdict.NO_GO, (*bad, *doubts)
    if doubts:
        return SiteCheckVerdict.CAUTION, tuple(doubts)
    return SiteCheckVerdict.GO, ("It does as its card says.",)
