"""One sentence for each figure of films, answers and traffic: what its data say."""

from collections.abc import Callable, Mapping

from api_types import (
    Activity,
    DeletionTest,
    Explanation,
    RetrainingPlan,
    SampleSummary,
)
from formatting import duration, images, moment, percent, plain

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


def heat_map(explanation: Explanation, worth: DeletionTest | None) -> str:
    """What a heat map shows and what it does not."""
    rows, columns = len(explanation["evidence"]), len(explanation["evidence"][0])
    sentence = (
        f"The map shows where evidence for the class lay, at {rows} × {columns} places of the "
        "whole film, not what is ill"
    )
    if worth is None:
        return f"{sentence}; the model's card has no measure of its worth."
    return (
        f"{sentence}; blurring its hottest {percent(worth['share'], digits=0)} lowers the class's "
        f"probability by {100 * worth['hottest']:.0f} points on average, a random "
        f"{percent(worth['share'], digits=0)} by {100 * worth['random']:.0f} (deletion test, page "
        "Model card)."
    )


def missing(summary: SampleSummary) -> str | None:
    """What a retraining still needs, or None if there is enough."""
    if summary["ready"]:
        return None
    covered = sum(figures["count"] > 0 for figures in summary["classes"])
    needs = []
    if summary["total"] < summary["min_images"]:
        needs.append(f"at least {images(summary['min_images'])} (there are {summary['total']})")
    if covered < summary["min_classes"]:
        needs.append(f"films of at least {summary['min_classes']} classes (there are {covered})")
    return f"A retraining needs {' and '.join(needs) or 'more films'}."


def plan(found: RetrainingPlan, count: Callable[[int], str]) -> list[str]:
    """What a retraining would learn, sentence by sentence; `count` says how many there are."""
    lines = []
    if found["since"]:
        lines.append(f"Since the retraining of {moment(found['since'])}: {_changed(found, count)}.")
    else:
        lines.append("No retraining has run yet: all of it is new.")
    named = {name: n for name, n in found["sources"].items() if name}
    if named:
        sites = [f"{plain(name)} {n:,}" for name, n in named.items()]
        without = found["sources"].get("", 0)
        rest = f"; {without:,} name no site" if without else ""
        lines.append(f"By site: {', '.join(sites)}{rest}.")
    if found["disputed"]:
        lines.append(
            f"Left out: {count(found['disputed'])} that came with two classes; the page Films has "
            "them under Conflicts."
        )
    took = found["expected_seconds"]
    time = "Nobody knows yet how long it takes here" if took is None else f"About {duration(took)}"
    lines.append(
        f"{time}; meanwhile the version that serves goes on answering, and a part of the films is "
        "held out to compare the two."
    )
    return lines


def is_unchanged(found: RetrainingPlan) -> bool:
    """Whether another retraining would learn the same again."""
    return not (found["new"] or found["relabelled"] or found["removed"])


def _changed(found: RetrainingPlan, count: Callable[[int], str]) -> str:
    """What is otherwise than then: '3 films are new, 2 films were corrected'."""
    if is_unchanged(found):
        return "nothing is new, and nothing was corrected"
    new, relabelled, removed = found["new"], found["relabelled"], found["removed"]
    parts = [
        f"{count(new)} {'is' if new == 1 else 'are'} new" if new else "",
        f"{count(relabelled)} {_were(relabelled)} corrected" if relabelled else "",
        f"{count(removed)} {_were(removed)} taken out" if removed else "",
    ]
    return ", ".join(filter(None, parts))


def _were(number: int) -> str:
    return "was" if number == 1 else "were"


def thumbnails(collected: Mapping[str, int]) -> str:
    """How many of the pictures are real."""
    real = [label for label, count in collected.items() if count]
    if not real:
        return "No film has been collected yet; example films stand below, where there are any."
    if len(real) == len(collected):
        return f"All {len(collected)} classes have collected films; the newest are shown."
    empty = [label for label in collected if label not in real]
    return (
        f"No film of {' or '.join(empty)} has been collected; an example film stands there, if "
        "there is one."
    )


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


def traffic(activity: Activity) -> str:
    """How many predictions, and of which class most."""
    counts = activity["by_label"]
    total = sum(counts.values())
    if not total:
        return f"No prediction in the last {activity['window_minutes']} min."
    most = max(counts, key=counts.__getitem__)
    return (
        f"{images(total)} in the last {activity['window_minutes']} min, most often {most} "
        f"({percent(counts[most] / total, digits=0)})."
    )
