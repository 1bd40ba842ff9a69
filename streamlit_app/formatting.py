"""Numbers, moments and states in words that a person reads."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from api_types import Job, Status
from language import numbers
from language.api_sentences import translated
from language.catalogue import N_, _, ngettext
from language.numbers import written

Interval = tuple[float, float]  # low, high; of 95 %

STATES = {
    "queued": N_("waiting to start"),
    "running": N_("running"),
    "promoted": N_("promoted: the new version took over"),
    "promoted_for_site": N_("promoted for the site: its films are answered by the new version"),
    "kept": N_("kept as a challenger: the former version went on serving"),
    "failed": N_("failed"),
    "cancelled": N_("cancelled"),
    "interrupted": N_("interrupted"),
}
OTHER_ENDINGS = {
    "failed": N_("The retraining failed."),
    "cancelled": N_("The retraining was cancelled."),
    "interrupted": N_("The retraining was interrupted."),
}
PHASES = {
    "queued": N_("Waiting to start"),
    "waiting": N_("Waiting for another retraining to end"),
    "reading": N_("Reading the films"),
    "features": N_("Computing what the frozen layers see"),
    "head": N_("Training the last layer"),
    "tail": N_("Fine-tuning the upper layers"),
    "evaluating": N_("Comparing with the serving version on held-out films"),
    "compiling": N_("Preparing the new version for serving"),
    "done": N_("Done"),
}
DECISIONS: dict[str, str] = {
    "positive": N_("Finding present"),
    "negative": N_("No finding"),
    "accept": N_("Answered"),
    "refer": N_("A person must look"),
}
SHORT_DECISIONS: dict[str, str] = {
    "positive": N_("positive"),
    "negative": N_("negative"),
    "accept": N_("accept"),
    "refer": N_("refer"),
}
CAUSES: dict[str, str] = {
    "uncertain": N_("uncertain"),
    "unlike": N_("unlike the films it learned from"),
    "poor_quality": N_("poor picture"),
    "other_view": N_("other view or part of the body"),
    "unfamiliar_site": N_("films of an unfamiliar site"),
    "out_of_range": N_("numbers beyond the training range"),
}
RIGHT_WORDS: dict[str, str] = {
    "read": N_("read"),
    "predict": N_("predict"),
    "label": N_("label"),
    "train": N_("train"),
    "promote": N_("promote"),
    "admin": N_("admin"),
}
ROLE_WORDS: dict[str, str] = {
    "viewer": N_("viewer"),
    "annotator": N_("annotator"),
    "operator": N_("operator"),
    "admin": N_("admin"),
}
METRICS = {
    "accuracy": N_("accuracy of the label"),
    "balanced_accuracy": N_("balanced accuracy"),
    "auroc": N_("AUROC"),
    "sensitivity": N_("sensitivity"),
    "specificity": N_("specificity"),
    "decision_accuracy": N_("accuracy of the decision"),
    "expected_calibration_error": N_("calibration error of the label"),
    "score_calibration_error": N_("calibration error of the score"),
    "brier": N_("Brier score"),
    "referred": N_("left to a person"),
    "answered_error": N_("wrong among the answered"),
}
SITE_METRICS = {
    "healthy_called_positive": N_("healthy films answered positive"),
    "findings_called_negative": N_("films with a finding answered negative"),
    "referred": N_("left to a person"),
    "answered_error": N_("wrong among the answered"),
}
DECIMALS = frozenset({"auroc", "brier"})
MARKUP = re.compile(r"[\\`*_\[\]$~<>#|]|:(?=\w)")
UNITS = ((N_("d"), 86_400), (N_("h"), 3_600), (N_("min"), 60), (N_("s"), 1))


def duration(seconds: float, *, units: int = 2) -> str:
    """The largest units: '2 d 3 h', '4 min 10 s', '0 s'."""
    rest, parts = round(seconds), list[str]()
    for name, size in UNITS:
        count, rest = divmod(rest, size)
        if count or (name == "s" and not parts):
            parts.append(f"{count} {_(name)}")
        elif parts:
            break
    return " ".join(parts[:units])


def instant(text: str) -> datetime:
    """ISO 8601 text as a time with a zone; UTC where none is given."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def moment(text: str | None) -> str:
    """'21 Nov 2025, 08:01 UTC', or a dash."""
    return numbers.moment(instant(text)) if text else "-"


def current_time() -> datetime:
    """The UI's wall clock, UTC."""
    return datetime.now(UTC)


def ago(text: str, *, now: datetime | None = None) -> str:
    """'4 min ago'."""
    return _("{time} ago").format(time=how_long_ago(text, now=now))


def how_long_ago(text: str, *, now: datetime | None = None) -> str:
    """'4 min'."""
    elapsed_s = ((now or current_time()) - instant(text)).total_seconds()
    return duration(max(elapsed_s, 0), units=1)


def elapsed(start: str | None, end: str | None) -> str:
    """How long something took, or a dash while that is unknown."""
    if not start or not end:
        return "-"
    return duration((instant(end) - instant(start)).total_seconds())


def percent(share: float | None, *, digits: int = 1) -> str:
    """0.973 as '97.3 %', None as a dash."""
    return (
        "-" if share is None else _("{number} %").format(number=written(100 * share, f".{digits}f"))
    )


def decimal(value: float | None) -> str:
    """0.9731 as '0.973', None as a dash."""
    return "-" if value is None else written(value, ".3f")


def estimate(
    value: float | None, interval: Interval | None, write: Callable[[float | None], str] = percent
) -> str:
    """'97.3 % (96.1 to 98.2)': a value and its interval of 95 %, if it has one."""
    if value is None or interval is None:
        return write(value)
    # The sign stands once, after the value.
    low, high = (write(end).rstrip("%\N{NO-BREAK SPACE} ") for end in interval)
    return _("{value} ({low} to {high})").format(value=write(value), low=low, high=high)


def within(interval: Interval | None) -> str:
    """An interval of shares in words; nothing where there is none."""
    if interval is None:
        return ""
    low, high = interval
    return _("95 % interval: {low} to {high}").format(low=percent(low), high=percent(high))


def figure(name: str, value: float | None, interval: Interval | None = None) -> str:
    """A figure of a model in its own unit."""
    return estimate(value, interval, decimal if name in DECIMALS else percent)


def size(size_bytes: int) -> str:
    return _("{megabytes} MB").format(megabytes=written(size_bytes / 1e6, ".1f"))


def file_name(name: str) -> str:
    """A stored name; where it is not kept any more, that."""
    return name or _("name dropped")


def plain(text: str) -> str:
    """Text from elsewhere (a file name, a server's sentence) as Markdown that reads the same."""
    return MARKUP.sub(r"\\\g<0>", text)


def images(count: int) -> str:
    return ngettext("{count} film", "{count} films", count).format(count=written(count))


def rows_of(count: int) -> str:
    return ngettext("{count} row", "{count} rows", count).format(count=written(count))


def phase(name: str) -> str:
    """What a retraining is doing; a phase unknown here keeps its own name."""
    return _(PHASES.get(name, name.replace("_", " ").capitalize()))


def is_under_way(job: Job) -> bool:
    return job["state"] in {"queued", "running"}


def is_waiting(job: Job) -> bool:
    """For another retraining to end."""
    return job["state"] == "queued" and job["phase"] == "waiting"


def progress(job: Job) -> str:
    """One line: what is being done, how far it is and how long it will take."""
    parts = [phase(job["phase"])]
    if job["phase"] in {"head", "tail"} and job["epochs"]:
        parts.append(
            _("epoch {epoch} of {epochs}").format(epoch=job["epoch"], epochs=job["epochs"])
        )
    parts.append(percent(job["progress"], digits=0))
    if job["paused"] and job["state"] == "running":
        parts.append(_("paused: the server is busy"))
    elif job["eta_seconds"] is not None:
        parts.append(_("about {time} left").format(time=duration(job["eta_seconds"])))
    return " · ".join(parts)


def outcome_text(job: Job) -> str:
    """How a retraining ended, in a sentence or two."""
    verdict = job["verdict"]
    reason = translated(job["reason"] or (verdict["reason"] if verdict else ""))
    reason = reason or _("No reason was recorded.")
    match job["state"]:
        case "promoted":
            return _("Version {version} was promoted and took over. {reason}").format(
                version=job["version"], reason=reason
            )
        case "promoted_for_site":
            judged = verdict["sites"] if verdict else []
            sites = [site["site"] for site in judged if site["promoted"]]
            return _(
                "Version {version} was promoted for {sites}; {parent} goes on answering "
                "everybody else. {reason}"
            ).format(
                version=job["version"], sites=", ".join(sites), parent=job["parent"], reason=reason
            )
        case "kept":
            return _(
                "Version {version} was kept as a challenger; {parent} went on serving. {reason}"
            ).format(version=job["version"], parent=job["parent"], reason=reason)
        case state:
            return f"{_(OTHER_ENDINGS.get(state, state))} {reason}"


def labels_of(status: Status) -> dict[str, str]:
    """What a film may be labelled with, each with what a person reads for it."""
    coarse = {
        name: translated(meaning).rstrip(".") for name, meaning in status["coarse_labels"].items()
    }
    return {name: name for name in status["classes"]} | coarse
