"""One sentence for each figure: what its data say."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from answers import Activity, ClassMetrics, Epoch, Metrics, SampleSummary
from words import films, percent, phase

NOTABLE_GREY_LEVELS = 15


def class_balance(counts: Mapping[str, int]) -> str:
    """Which class has most and which fewest films."""
    total = sum(counts.values())
    if not total:
        return "There are no films yet."
    empty = [label for label, count in counts.items() if not count]
    none_of = f"; there are none of {' and '.join(empty)}" if empty else ""
    sizes = {count for count in counts.values() if count}
    if len(sizes) == 1:
        who = "Each class that has films" if empty else "Every class"
        return f"{who} has the same number: {sizes.pop():,}{none_of}."
    most, fewest = max(counts, key=counts.__getitem__), min(counts, key=counts.__getitem__)
    lead = (
        f"{most} has the most films ({counts[most]:,} of {total:,}, "
        f"{percent(counts[most] / total, digits=0)})"
    )
    if none_of:
        return f"{lead}{none_of}."
    share = percent(counts[fewest] / total, digits=0)
    return f"{lead}, {fewest} the fewest ({counts[fewest]:,}, {share})."


def missing(summary: SampleSummary) -> str | None:
    """What a retraining still needs, or None if there is enough."""
    if summary["ready"]:
        return None
    covered = sum(figures["count"] > 0 for figures in summary["classes"])
    needs = []
    if summary["total"] < summary["min_images"]:
        needs.append(f"at least {films(summary['min_images'])} (there are {summary['total']})")
    if covered < summary["min_classes"]:
        needs.append(f"films of at least {summary['min_classes']} classes (there are {covered})")
    return f"A retraining needs {' and '.join(needs) or 'more films'}."


def thumbnails(collected: Mapping[str, int]) -> str:
    """How many of the pictures are real."""
    real = [label for label, count in collected.items() if count]
    if not real:
        return "No film has been collected yet: all pictures below are generated."
    if len(real) == len(collected):
        return f"All {len(collected)} classes have collected films; the newest are shown."
    empty = [label for label in collected if label not in real]
    return f"No film of {' or '.join(empty)} has been collected; what stands there is generated."


def brightness(reference: Mapping[str, float], collected: Mapping[str, float]) -> str:
    """Which class is brightest and whether the collected films are exposed like the reference."""
    if not reference:
        return "The model's card has no figures of its training films."
    high, low = max(reference, key=reference.__getitem__), min(reference, key=reference.__getitem__)
    sentence = (
        f"{high} films are the brightest on average ({reference[high]:.0f} of 255), {low} the "
        f"darkest ({reference[low]:.0f})"
    )
    shifts = {name: collected[name] - reference[name] for name in collected if name in reference}
    if not shifts:
        return f"{sentence}."
    most = max(shifts, key=lambda name: abs(shifts[name]))
    if abs(shifts[most]) < NOTABLE_GREY_LEVELS:
        return f"{sentence}; the collected films are about as bright."
    direction = "brighter" if shifts[most] > 0 else "darker"
    return (
        f"{sentence}; collected {most} films are {abs(shifts[most]):.0f} grey levels {direction} "
        "than those the model learned from."
    )


def edge_density(reference: Mapping[str, float]) -> str:
    """Which class shows most structure."""
    if not reference:
        return "The model's card has no figures of its training films."
    high, low = max(reference, key=reference.__getitem__), min(reference, key=reference.__getitem__)
    return (
        f"{high} films show the most fine structure ({percent(reference[high])} of pixels on an "
        f"edge), {low} the least ({percent(reference[low])})."
    )


def training(history: Sequence[Epoch]) -> str:
    """Where each phase's validation loss was lowest, or how far training got without one."""
    if not history:
        return "No epoch has finished yet."
    parts = [_phase_reading(name, list(epochs)) for name, epochs in groupby(history, _phase_of)]
    sentence = "; ".join(parts)
    last = history[-1]
    gap = None if last["val_accuracy"] is None else last["accuracy"] - last["val_accuracy"]
    if gap is not None and gap > 0.05:
        sentence += (
            f"; training accuracy ends {100 * gap:.0f} points above validation (overfitting)"
        )
    return f"{sentence}."


def confusion(classes: Sequence[str], counts: Sequence[Sequence[int]]) -> str:
    """The most frequent mistake."""
    mistakes = {
        (truth, answer): counts[row][column]
        for row, truth in enumerate(classes)
        for column, answer in enumerate(classes)
        if row != column
    }
    if not any(mistakes.values()):
        return "No held-out film was taken for another class."
    truth, answer = max(mistakes, key=mistakes.__getitem__)
    total = sum(counts[list(classes).index(truth)])
    return f"{truth} is confused most with {answer}: {mistakes[truth, answer]} of {total:,}."


def class_metrics(per_class: Mapping[str, ClassMetrics]) -> str:
    """The class that is missed most."""
    recalls = {
        name: metrics["recall"]
        for name, metrics in per_class.items()
        if metrics["recall"] is not None
    }
    if not recalls:
        return "No class had a held-out film."
    worst = min(recalls, key=recalls.__getitem__)
    support = per_class[worst]["support"]
    missed = round((1 - recalls[worst]) * support)
    if not missed:
        return "No held-out film of any class was missed."
    return f"{worst} is missed most: {missed:,} of {support:,} films were given another label."


def per_source(sources: Mapping[str, Metrics]) -> str:
    """How far accuracy differs between collections."""
    if not sources:
        return "The hold-out is not divided by source."
    scores = {name: metrics["accuracy"] for name, metrics in sources.items()}
    best, worst = max(scores, key=scores.__getitem__), min(scores, key=scores.__getitem__)
    if best == worst or scores[best] == scores[worst]:
        return f"Accuracy on {best} is {percent(scores[best])}."
    return (
        f"Accuracy is {percent(scores[best])} on {best} and {percent(scores[worst])} on {worst}, "
        f"{100 * (scores[best] - scores[worst]):.1f} points apart."
    )


def traffic(activity: Activity) -> str:
    """How many predictions, and of which class most."""
    counts = activity["by_label"]
    total = sum(counts.values())
    if not total:
        return f"No prediction in the last {activity['window_minutes']} min."
    most = max(counts, key=counts.__getitem__)
    return (
        f"{films(total)} in the last {activity['window_minutes']} min, most often {most} "
        f"({percent(counts[most] / total, digits=0)})."
    )


def _phase_of(epoch: Epoch) -> str:
    return epoch["phase"]


def _phase_reading(name: str, epochs: Sequence[Epoch]) -> str:
    losses = {e["epoch"]: e["val_loss"] for e in epochs if e["val_loss"] is not None}
    if not losses:
        return f"{phase(name)}: training loss ended at {epochs[-1]['loss']:.3f}"
    best = min(losses, key=losses.__getitem__)
    position = list(losses).index(best) + 1
    return (
        f"{phase(name)}: validation loss was lowest in epoch {position} of {len(epochs)} "
        f"({losses[best]:.3f})"
    )
