"""One sentence for each figure of a model: what its data say."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from api_types import (
    ClassMetrics,
    Comparison,
    CoveragePoint,
    DeletionTest,
    Epoch,
    Metrics,
    OutlierRule,
    Rates,
    Reduced,
    ReliabilityBin,
    SiteReport,
    Stability,
)
from formatting import FIGURES, Interval, decimal, estimate, figure, images, percent, phase

Counts = Mapping[str, Mapping[str, Mapping[str, int]]]


def split(counts: Counts) -> str:
    """How many films each split has."""
    sizes = {
        name: sum(sum(row.values()) for row in sources.values()) for name, sources in counts.items()
    }
    total = sum(sizes.values())
    if not total:
        return "The card has no counts of its films."
    parts = [f"{name} {size:,} ({percent(size / total, digits=0)})" for name, size in sizes.items()]
    return f"{images(total)} of {_sources(counts)}: {', '.join(parts)}."


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
    scores = {n: m["accuracy"] for n, m in sources.items() if m["accuracy"] is not None}
    if not scores:
        return "The accuracy of the label is not known for any source."
    best, worst = max(scores, key=scores.__getitem__), min(scores, key=scores.__getitem__)
    if best == worst or scores[best] == scores[worst]:
        return f"Accuracy on {best} is {percent(scores[best])}."
    return (
        f"Accuracy is {percent(scores[best])} on {best} and {percent(scores[worst])} on {worst}, "
        f"{100 * (scores[best] - scores[worst]):.1f} points apart."
    )


def discrimination(metrics: Metrics) -> str:
    """What the area under the ROC curve means."""
    auroc = metrics["auroc"]
    if auroc is None:
        return "There are films of one kind only, so nothing can be told apart."
    return (
        f"AUROC {estimate(auroc, metrics['intervals'].get('auroc'), decimal)}: of a film with a "
        f"finding and one without, the one with it gets the higher score {100 * auroc:.1f} times "
        "of 100."
    )


def operating_points(at: Mapping[str, Rates]) -> str:
    """Which operating point finds most and which raises the fewest false alarms."""
    found = {n: r["sensitivity"] for n, r in at.items() if r["sensitivity"] is not None}
    passed = {n: r["specificity"] for n, r in at.items() if r["specificity"] is not None}
    if not found or not passed:
        return "There are films of one kind only, so sensitivity or specificity is unknown."
    most, calmest = max(found, key=found.__getitem__), max(passed, key=passed.__getitem__)
    if most == calmest:
        return (
            f"At {most}, {percent(found[most])} of the films with a finding are found and "
            f"{percent(passed[most])} of those without are passed."
        )
    return (
        f"{most.capitalize()} finds most ({percent(found[most])} of the films with a finding), "
        f"{calmest} raises the fewest false alarms ({percent(1 - passed[calmest])} of those "
        "without)."
    )


def reliability(bins: Sequence[ReliabilityBin]) -> str:
    """Where the score promises another share of findings than there were."""
    if not bins:
        return "There is no film to tell."
    off = [b for b in bins if not _within(b["mean_score"], b["interval"])]
    if not off:
        return (
            "In no bin is the score further from the outcome than chance explains; it means what "
            f"it says, as far as {images(sum(b['n'] for b in bins))} can tell."
        )
    worst = max(off, key=lambda b: abs(b["mean_score"] - b["share_positive"]))
    return (
        f"In {len(off)} of {len(bins)} bins the score is further off than chance explains; at "
        f"worst it says {percent(worst['mean_score'], digits=0)} where "
        f"{percent(worst['share_positive'], digits=0)} of {images(worst['n'])} showed a finding."
    )


def coverage(points: Sequence[CoveragePoint], served: float | None) -> str:
    """What is answered and how much of that is wrong, at the bound in use."""
    known = [p for p in points if p["max_error"] == served] or list(points[:1])
    if not known:
        return "No film is referred for its score, so there is nothing to trade."
    (point,) = known
    sentence = (
        f"At a bound of {percent(point['max_error'])} (the one in use) "
        if point["max_error"] == served
        else f"At a bound of {percent(point['max_error'])} "
    )
    return (
        f"{sentence}{percent(point['coverage'])} of the films are answered and "
        f"{percent(point['error'])} of those answers are wrong; the rest is for a person."
    )


def outliers(rule: OutlierRule) -> str:
    """What the serving method catches, and what it costs."""
    shares = list(rule["compared"].get(rule["method"], {}).values())
    refused = [share for row in rule["refused"].values() for share in row.values()]
    caught = (
        f"catches {percent(sum(shares) / len(shares), digits=0)} of the generated strangers "
        "on average"
        if shares
        else "was not measured on generated strangers"
    )
    cost = f" and refuses at most {percent(max(refused))} of a source's real films" * bool(refused)
    return f"The method that serves, {rule['method']}, {caught}{cost}."


def deletion(test: DeletionTest) -> str:
    """Whether the heat map points at what the model uses."""
    share = percent(test["share"], digits=0)
    falls = (
        f"Blurring the hottest {share} of a film lowers the shown class's probability by "
        f"{100 * test['hottest']:.1f} points on average, a random {share} by "
        f"{100 * test['random']:.1f}"
    )
    low, high = test["hottest_interval"], test["random_interval"]
    if low and high and low[0] > high[1]:
        return f"{falls}: the map does point at what the model uses."
    if test["hottest"] > test["random"]:
        return f"{falls}: the map tells something, but not clearly more than chance."
    return f"{falls}: the map tells no more than chance."


def stability(test: Stability) -> str:
    """The change that turns most labels over."""
    if not test["kept"]:
        return "No change was tried."
    kept = test["kept"]
    worst, best = min(kept, key=kept.__getitem__), max(kept, key=kept.__getitem__)
    return (
        f"The label turns over most often under “{worst}” (kept on {percent(kept[worst])} of "
        f"{images(test['n'])}), least under “{best}” ({percent(kept[best])})."
    )


def reduced(record: Reduced) -> str:
    """Whether the int8 form serves, and why not."""
    missed = [figure["name"] for figure in record["figures"] if not figure["is_met"]]
    both = f"Both forms on {images(record['compared_on'])}."
    if missed:
        return (
            f"{both} The int8 form misses its bound in {', '.join(missed)}, so fp32 serves unless "
            "ROENTGEN_PRECISION=int8 asks for it."
        )
    return f"{both} The int8 form meets every bound and serves."


def comparison(rows: Sequence[Comparison]) -> str:
    """Which figures are not what the card says, by more than chance explains."""
    both = [row for row in rows if row["interval"] and row["card"] is not None]
    if not both:
        return "There is no figure that both the card and these films have."
    off = [
        f"{FIGURES[row['figure']]} ({figure(row['figure'], row['here'])} here, "
        f"{figure(row['figure'], row['card'])} in the card)"
        for row in both
        if row["card"] is not None
        and row["interval"] is not None
        and not _within(row["card"], row["interval"])
    ]
    if not off:
        return "Nothing differs from the card by more than chance explains."
    return f"By more than chance explains, these differ from the card: {', '.join(off)}."


def suggestion(report: SiteReport) -> str:
    """What would fit these films better."""
    threshold, temperature = report["suggestion"]["threshold"], report["suggestion"]["temperature"]
    if threshold is None or temperature is None:
        return "There are too few films of a kind to suggest a threshold or a temperature."
    return (
        f"For films like these a threshold of {decimal(threshold)} instead of "
        f"{decimal(report['threshold'])} gives the largest sum of sensitivity and specificity; a "
        f"temperature of {temperature:.2f} would fit: the model is {_confidence(temperature)} here."
    )


def _confidence(temperature: float) -> str:
    if temperature > 1.1:
        return "over-confident"
    return "too cautious" if temperature < 0.9 else "about as sure as it should be"


def _sources(counts: Counts) -> str:
    names = {source for sources in counts.values() for source in sources}
    return "1 source" if len(names) == 1 else f"{len(names)} sources"


def _within(value: float, interval: Interval) -> bool:
    return interval[0] <= value <= interval[1]


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
