"""One sentence for each figure of a model: what its data say."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from api_types import (
    ClassMetrics,
    CoveragePoint,
    DeletionTest,
    Epoch,
    Metrics,
    OutlierRule,
    Rates,
    Reduced,
    ReliabilityBin,
    Stability,
)
from formatting import Interval, decimal, estimate, images, percent, phase
from language.api_sentences import translated
from language.catalogue import _, ngettext
from language.numbers import written

Counts = Mapping[str, Mapping[str, Mapping[str, int]]]


def split(counts: Counts) -> str:
    """How many films each split has."""
    sizes = {
        name: sum(sum(row.values()) for row in sources.values()) for name, sources in counts.items()
    }
    total = sum(sizes.values())
    if not total:
        return _("The card has no counts of its films.")
    parts = [
        f"{name} {written(size)} ({percent(size / total, digits=0)})"
        for name, size in sizes.items()
    ]
    return _("{images} of {sources}: {parts}.").format(
        images=images(total), sources=_sources(counts), parts=", ".join(parts)
    )


def training(history: Sequence[Epoch]) -> str:
    """Where each phase's validation loss was lowest, or how far training got without one."""
    if not history:
        return _("No epoch has finished yet.")
    parts = [_phase_reading(name, list(epochs)) for name, epochs in groupby(history, _phase_of)]
    sentence = "; ".join(parts)
    last = history[-1]
    gap = None if last["val_accuracy"] is None else last["accuracy"] - last["val_accuracy"]
    if gap is not None and gap > 0.05:
        sentence += _(
            "; training accuracy ends {gap} points above validation (overfitting)"
        ).format(gap=written(100 * gap, ".0f"))
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
        return _("No held-out film was taken for another class.")
    truth, answer = max(mistakes, key=mistakes.__getitem__)
    total = sum(counts[list(classes).index(truth)])
    return _("{truth} is confused most with {answer}: {mistakes} of {total}.").format(
        truth=truth, answer=answer, mistakes=mistakes[truth, answer], total=written(total)
    )


def class_metrics(per_class: Mapping[str, ClassMetrics]) -> str:
    """The class that is missed most."""
    recalls = {
        name: metrics["recall"]
        for name, metrics in per_class.items()
        if metrics["recall"] is not None
    }
    if not recalls:
        return _("No class had a held-out film.")
    worst = min(recalls, key=recalls.__getitem__)
    support = per_class[worst]["support"]
    missed = round((1 - recalls[worst]) * support)
    if not missed:
        return _("No held-out film of any class was missed.")
    return _(
        "{worst} is missed most: {missed} of {support} films were given another label."
    ).format(worst=worst, missed=written(missed), support=written(support))


def per_source(sources: Mapping[str, Metrics]) -> str:
    """How far accuracy differs between collections."""
    scores = {n: m["accuracy"] for n, m in sources.items() if m["accuracy"] is not None}
    if not scores:
        return _("The accuracy of the label is not known for any source.")
    best, worst = max(scores, key=scores.__getitem__), min(scores, key=scores.__getitem__)
    if best == worst or scores[best] == scores[worst]:
        return _("Accuracy on {best} is {scores}.").format(best=best, scores=percent(scores[best]))
    return _(
        "Accuracy is {scores} on {best} and {scores2} on {worst}, {scores3} points apart."
    ).format(
        scores=percent(scores[best]),
        best=best,
        scores2=percent(scores[worst]),
        worst=translated(worst),
        scores3=written(100 * (scores[best] - scores[worst]), ".1f"),
    )


def discrimination(metrics: Metrics) -> str:
    """What the area under the ROC curve means."""
    auroc = metrics["auroc"]
    if auroc is None:
        return _("There are films of one kind only, so nothing can be told apart.")
    return _(
        "AUROC {auroc}: of a film with a finding and one without, the one with it "
        "gets the higher score {auroc2} times of 100."
    ).format(
        auroc=estimate(auroc, metrics["intervals"].get("auroc"), decimal),
        auroc2=written(100 * auroc, ".1f"),
    )


def operating_points(at: Mapping[str, Rates]) -> str:
    """Which operating point finds most and which raises the fewest false alarms."""
    found = {n: r["sensitivity"] for n, r in at.items() if r["sensitivity"] is not None}
    passed = {n: r["specificity"] for n, r in at.items() if r["specificity"] is not None}
    if not found or not passed:
        return _("There are films of one kind only, so sensitivity or specificity is unknown.")
    most, calmest = max(found, key=found.__getitem__), max(passed, key=passed.__getitem__)
    if most == calmest:
        return _(
            "At {most}, {found} of the films with a finding are found and {passed} of "
            "those without are passed."
        ).format(most=most, found=percent(found[most]), passed=percent(passed[most]))
    return _(
        "{most} finds most ({found} of the films with a finding), {calmest} raises "
        "the fewest false alarms ({passed} of those without)."
    ).format(
        most=most.capitalize(),
        found=percent(found[most]),
        calmest=calmest,
        passed=percent(1 - passed[calmest]),
    )


def reliability(bins: Sequence[ReliabilityBin]) -> str:
    """Where the score promises another share of findings than there were."""
    if not bins:
        return _("There is no film to tell.")
    off = [b for b in bins if not is_within(b["mean_score"], b["interval"])]
    if not off:
        return _(
            "In no bin is the score further from the outcome than chance explains; it "
            "means what it says, as far as {images} can tell."
        ).format(images=images(sum(b["n"] for b in bins)))
    worst = max(off, key=lambda b: abs(b["mean_score"] - b["share_positive"]))
    return _(
        "In {off} of {bins} bins the score is further off than chance explains; at "
        "worst it says {mean_score} where {share_positive} of {images} showed a "
        "finding."
    ).format(
        off=len(off),
        bins=len(bins),
        mean_score=percent(worst["mean_score"], digits=0),
        share_positive=percent(worst["share_positive"], digits=0),
        images=images(worst["n"]),
    )


def coverage(points: Sequence[CoveragePoint], served: float | None) -> str:
    """What is answered and how much of that is wrong, at the bound in use."""
    known = [p for p in points if p["max_error"] == served] or list(points[:1])
    if not known:
        return _("No film is referred for its score, so there is nothing to trade.")
    (point,) = known
    sentence = (
        _("At a bound of {max_error} (the one in use) ").format(
            max_error=percent(point["max_error"])
        )
        if point["max_error"] == served
        else _("At a bound of {max_error} ").format(max_error=percent(point["max_error"]))
    )
    return _(
        "{sentence}{coverage} of the films are answered and {error} of those "
        "answers are wrong; the rest is for a person."
    ).format(sentence=sentence, coverage=percent(point["coverage"]), error=percent(point["error"]))


def outliers(rule: OutlierRule) -> str:
    """What the serving method catches, and what it costs."""
    shares = list(rule["compared"].get(rule["method"], {}).values())
    refused = [share for row in rule["refused"].values() for share in row.values()]
    caught = (
        _("catches {shares} of the generated strangers on average").format(
            shares=percent(sum(shares) / len(shares), digits=0)
        )
        if shares
        else _("was not measured on generated strangers")
    )
    cost = _(" and refuses at most {max} of a source's real films").format(
        max=percent(max(refused))
    ) * bool(refused)
    return _("The method that serves, {method}, {caught}{cost}.").format(
        method=rule["method"], caught=caught, cost=cost
    )


def deletion(test: DeletionTest) -> str:
    """Whether the heat map points at what the model uses."""
    share = percent(test["share"], digits=0)
    falls = _(
        "Blurring the hottest {share} of a film lowers the shown class's "
        "probability by {hottest} points on average, a random {share} by {random}"
    ).format(
        share=share,
        hottest=written(100 * test["hottest"], ".1f"),
        random=written(100 * test["random"], ".1f"),
    )
    low, high = test["hottest_interval"], test["random_interval"]
    if low and high and low[0] > high[1]:
        return _("{falls}: the map does point at what the model uses.").format(falls=falls)
    if test["hottest"] > test["random"]:
        return _("{falls}: the map tells something, but not clearly more than chance.").format(
            falls=falls
        )
    return _("{falls}: the map tells no more than chance.").format(falls=falls)


def stability(test: Stability) -> str:
    """The change that turns most labels over."""
    if not test["kept"]:
        return _("No change was tried.")
    kept = test["kept"]
    worst, best = min(kept, key=kept.__getitem__), max(kept, key=kept.__getitem__)
    return _(
        "The label turns over most often under “{worst}” (kept on {kept} of "
        "{images}), least under “{best}” ({kept2})."
    ).format(
        worst=worst,
        kept=percent(kept[worst]),
        images=images(test["n"]),
        best=translated(best),
        kept2=percent(kept[best]),
    )


def reduced(record: Reduced) -> str:
    """Whether the int8 form serves, and why not."""
    missed = [translated(figure["name"]) for figure in record["figures"] if not figure["is_met"]]
    both = _("Both forms on {images}.").format(images=images(record["compared_on"]))
    if missed:
        return _(
            "{both} The int8 form misses its bound in {missed}, so fp32 serves unless "
            "whoever runs the server asks for int8."
        ).format(both=both, missed=", ".join(missed))
    return _("{both} The int8 form meets every bound and serves.").format(both=both)


def _sources(counts: Counts) -> str:
    names = {source for sources in counts.values() for source in sources}
    return ngettext("{count} source", "{count} sources", len(names)).format(count=len(names))


def is_within(value: float, interval: Interval) -> bool:
    return interval[0] <= value <= interval[1]


def _phase_of(epoch: Epoch) -> str:
    return epoch["phase"]


def _phase_reading(name: str, epochs: Sequence[Epoch]) -> str:
    losses = {e["epoch"]: e["val_loss"] for e in epochs if e["val_loss"] is not None}
    if not losses:
        return _("{name}: training loss ended at {loss}").format(
            name=phase(name), loss=written(epochs[-1]["loss"], ".3f")
        )
    best = min(losses, key=losses.__getitem__)
    position = list(losses).index(best) + 1
    return _(
        "{name}: validation loss was lowest in epoch {position} of {epochs} ({losses})"
    ).format(
        name=phase(name), position=position, epochs=len(epochs), losses=written(losses[best], ".3f")
    )
