"""What a checkpoint decided on labelled rows, measured."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from api.decision.decide import Decision
from api.evaluation.class_metrics import class_metrics, confusion
from api.evaluation.intervals import wilson
from api.kinds.by_name import kind_of
from api.model_card.row_report import RowReport, Share
from api.model_card.sites.site_profile import SiteCheckVerdict
from api.serving.inference import Predictor
from api.tasks.splits import HOLDOUT
from api.tasks.task import Task

# Fewer rows of a class say little about it.
MIN_ROWS = 10
# Where more than this share is left to a person, the model is of no use.
MAX_REFERRED = 0.5

Read = tuple[str, Decision]


def measured(
    engine: Predictor, read: Sequence[Read], task: Task, skipped: Counter[str]
) -> RowReport:
    """The report on one row or more.

    Args:
        skipped: how many rows are not among them, by reason.
    """
    card, classes = engine.card, task.labels
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
        version=engine.version,
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
