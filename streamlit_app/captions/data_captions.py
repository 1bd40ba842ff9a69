"""One sentence for each figure of films, answers and traffic: what its data say."""

from collections.abc import Callable, Mapping, Sequence

from api_types import (
    Activity,
    ActivitySlice,
    DeletionTest,
    Explanation,
    RetrainingPlan,
    SampleSummary,
)
from formatting import duration, images, moment, percent, plain
from language.api_sentences import translated
from language.catalogue import _, ngettext
from language.numbers import written

NOTABLE_GREY_LEVELS = 15


def class_balance(counts: Mapping[str, int]) -> str:
    """Which class has most and which fewest films."""
    total = sum(counts.values())
    if not total:
        return _("There are no films yet.")
    empty, between = [label for label, count in counts.items() if not count], _("and")
    none_of = (
        _("; there are none of {empty}").format(empty=f" {between} ".join(empty)) if empty else ""
    )
    sizes = {count for count in counts.values() if count}
    if len(sizes) == 1:
        who = _("Each class that has films") if empty else _("Every class")
        return _("{who} has the same number: {count}{none_of}.").format(
            who=who, count=written(sizes.pop()), none_of=none_of
        )
    most, fewest = max(counts, key=counts.__getitem__), min(counts, key=counts.__getitem__)
    lead = _("{most} has the most films ({counts} of {total}, {total2})").format(
        most=most,
        counts=written(counts[most]),
        total=written(total),
        total2=percent(counts[most] / total, digits=0),
    )
    if none_of:
        return f"{lead}{none_of}."
    share = percent(counts[fewest] / total, digits=0)
    return _("{lead}, {fewest} the fewest ({counts}, {share}).").format(
        lead=lead, fewest=fewest, counts=written(counts[fewest]), share=share
    )


def heat_map(explanation: Explanation, worth: DeletionTest | None) -> str:
    """What a heat map shows and what it does not."""
    rows, columns = len(explanation["evidence"]), len(explanation["evidence"][0])
    sentence = _(
        "The map shows where evidence for the class lay, at {rows} × {columns} "
        "places of the whole film, not what is ill"
    ).format(rows=rows, columns=columns)
    if worth is None:
        return _("{sentence}; the model's card has no measure of its worth.").format(
            sentence=sentence
        )
    return _(
        "{sentence}; blurring its hottest {share} lowers the class's probability "
        "by {hottest} points on average, a random {share} by {random} (deletion "
        "test, page Model card)."
    ).format(
        sentence=sentence,
        share=percent(worth["share"], digits=0),
        hottest=written(100 * worth["hottest"], ".0f"),
        random=written(100 * worth["random"], ".0f"),
    )


def missing(summary: SampleSummary) -> str | None:
    """What a retraining still needs, or None if there is enough."""
    if summary["ready"]:
        return None
    covered = sum(of_class["count"] > 0 for of_class in summary["classes"])
    needs = []
    if summary["total"] < summary["min_images"]:
        needs.append(
            _("at least {images} (there are {total})").format(
                images=images(summary["min_images"]), total=summary["total"]
            )
        )
    if covered < summary["min_classes"]:
        needs.append(
            _("films of at least {min_classes} classes (there are {covered})").format(
                min_classes=summary["min_classes"], covered=covered
            )
        )
    between = _("and")
    return _("A retraining needs {needs}.").format(
        needs=f" {between} ".join(needs) or _("more films")
    )


def plan(found: RetrainingPlan, count: Callable[[int], str]) -> list[str]:
    """What a retraining would learn, sentence by sentence; `count` says how many there are."""
    lines = []
    if found["since"]:
        lines.append(
            _("Since the retraining of {since}: {changed}.").format(
                since=moment(found["since"]), changed=_changed(found, count)
            )
        )
    else:
        lines.append(_("No retraining has run yet: all of it is new."))
    named = {name: n for name, n in found["sources"].items() if name}
    if named:
        sites = [f"{plain(name)} {written(n)}" for name, n in named.items()]
        without = found["sources"].get("", 0)
        rest = _("; {without} name no site").format(without=written(without)) if without else ""
        lines.append(_("By site: {sites}{rest}.").format(sites=", ".join(sites), rest=rest))
    if found.get("no_site"):
        lines.append(plain(translated(found["no_site"])))
    if found["disputed"]:
        lines.append(
            _(
                "Left out: {count} that came with two classes; the page Films has them "
                "under Conflicts."
            ).format(count=count(found["disputed"]))
        )
    took = found["expected_seconds"]
    time = (
        _("Nobody knows yet how long it takes here")
        if took is None
        else _("About {took}").format(took=duration(took))
    )
    lines.append(
        _(
            "{time}; meanwhile the version that serves goes on answering, and a part "
            "of the films is held out to compare the two."
        ).format(time=time)
    )
    if need := _need(found, count):
        lines.append(need)
    return lines


def _need(found: RetrainingPlan, count: Callable[[int], str]) -> str:
    """What there has to be room for; earlier releases do not tell, nor do tasks of tables."""
    memory_mb, disk_mb = found.get("memory_mb"), found.get("disk_mb")
    if memory_mb is None or disk_mb is None:
        return ""
    threads = found["threads"]
    cores = ngettext("{n} core", "{n} cores", threads).format(n=written(threads))
    return _(
        "It needs at least {count} of {classes} classes, about {memory} GB of memory, {disk} MB of "
        "disk and {cores}, and gives way to films that are read."
    ).format(
        count=count(found["min_images"]),
        classes=written(found["min_classes"]),
        memory=written(memory_mb / 1000, ".1f"),
        disk=written(disk_mb, ".0f"),
        cores=cores,
    )


def is_unchanged(found: RetrainingPlan) -> bool:
    """Whether another retraining would learn the same again."""
    return not any(_news(found))


def _news(found: RetrainingPlan) -> tuple[int, int, int]:
    """How many are new, were corrected and were taken out; earlier releases tell the first."""
    return found["new"], found.get("relabelled", 0), found.get("removed", 0)


def _changed(found: RetrainingPlan, count: Callable[[int], str]) -> str:
    """What is otherwise than then: '3 films are new, 2 films were corrected'."""
    if is_unchanged(found):
        return _("nothing is new, and nothing was corrected")
    new, relabelled, removed = _news(found)
    parts = [
        ngettext("{films} is new", "{films} are new", new).format(films=count(new)) if new else "",
        ngettext("{films} was corrected", "{films} were corrected", relabelled).format(
            films=count(relabelled)
        )
        if relabelled
        else "",
        ngettext("{films} was taken out", "{films} were taken out", removed).format(
            films=count(removed)
        )
        if removed
        else "",
    ]
    return ", ".join(filter(None, parts))


def thumbnails(collected: Mapping[str, int]) -> str:
    """How many of the pictures are real."""
    real = [label for label, count in collected.items() if count]
    if not real:
        return _("No film has been collected yet; example films stand below, where there are any.")
    if len(real) == len(collected):
        return _("All {collected} classes have collected films; the newest are shown.").format(
            collected=len(collected)
        )
    empty, between = [label for label in collected if label not in real], _("or")
    return _(
        "No film of {empty} has been collected; an example film stands there, if there is one."
    ).format(empty=f" {between} ".join(empty))


def brightness(reference: Mapping[str, float], collected: Mapping[str, float]) -> str:
    """Which class is brightest and whether the collected films are exposed like the reference."""
    if not reference:
        return _("The model's card has no figures of its training films.")
    high, low = max(reference, key=reference.__getitem__), min(reference, key=reference.__getitem__)
    sentence = _(
        "{high} films are the brightest on average ({reference} of 255), {low} the "
        "darkest ({reference2})"
    ).format(
        high=high,
        reference=written(reference[high], ".0f"),
        low=low,
        reference2=written(reference[low], ".0f"),
    )
    shifts = {name: collected[name] - reference[name] for name in collected if name in reference}
    if not shifts:
        return f"{sentence}."
    most = max(shifts, key=lambda name: abs(shifts[name]))
    if abs(shifts[most]) < NOTABLE_GREY_LEVELS:
        return _("{sentence}; the collected films are about as bright.").format(sentence=sentence)
    direction = _("brighter") if shifts[most] > 0 else _("darker")
    return _(
        "{sentence}; collected {most} films are {abs} grey levels {direction} than "
        "those the model learned from."
    ).format(
        sentence=sentence, most=most, abs=written(abs(shifts[most]), ".0f"), direction=direction
    )


def edge_density(reference: Mapping[str, float]) -> str:
    """Which class shows most structure."""
    if not reference:
        return _("The model's card has no figures of its training films.")
    high, low = max(reference, key=reference.__getitem__), min(reference, key=reference.__getitem__)
    return _(
        "{high} films show the most fine structure ({reference} of pixels on an "
        "edge), {low} the least ({reference2})."
    ).format(
        high=high, reference=percent(reference[high]), low=low, reference2=percent(reference[low])
    )


def over_time(slices: Sequence[ActivitySlice]) -> str:
    """Of all slices together: the share referred, the errors, and what the charts leave out."""
    looked_at = sum(each["looked_at"] for each in slices)
    referred = sum(each["referred"] for each in slices)
    refused = sum(each["refused"] for each in slices)
    failed = sum(each["failed"] for each in slices)
    parts = [
        _("{referred} of {looked_at} answers that were looked at were left to a person").format(
            referred=written(referred), looked_at=written(looked_at)
        ),
        ngettext("{count} request was refused", "{count} requests were refused", refused).format(
            count=written(refused)
        ),
        ngettext("{count} failed", "{count} failed", failed).format(count=written(failed)),
    ]
    return _(
        "{parts}. The referral rate is of the newest 50 answers of each slice at most; errors are "
        "requests of any kind. Dashed lines: another version began to serve."
    ).format(parts=", ".join(parts))


def traffic(activity: Activity) -> str:
    """How many predictions, and of which class most."""
    counts = activity["by_label"]
    total = sum(counts.values())
    if not total:
        return _("No prediction in the last {window_minutes} min.").format(
            window_minutes=activity["window_minutes"]
        )
    most = max(counts, key=counts.__getitem__)
    return _("{images} in the last {window_minutes} min, most often {most} ({total}).").format(
        images=images(total),
        window_minutes=activity["window_minutes"],
        most=most,
        total=percent(counts[most] / total, digits=0),
    )
