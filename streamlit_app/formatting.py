"""Numbers, moments and states in words that a person reads."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from api_types import Job, Status

Interval = tuple[float, float]  # low, high; of 95 %

STATES = {
    "queued": "waiting to start",
    "running": "running",
    "promoted": "promoted: the new version took over",
    "promoted_for_site": "promoted for the site: its films are answered by the new version",
    "kept": "kept as a challenger: the former version went on serving",
    "failed": "failed",
    "cancelled": "cancelled",
    "interrupted": "interrupted",
}
PHASES = {
    "queued": "Waiting to start",
    "waiting": "Waiting for another retraining to end",
    "reading": "Reading the films",
    "features": "Computing what the frozen layers see",
    "head": "Training the last layer",
    "tail": "Fine-tuning the upper layers",
    "evaluating": "Comparing with the serving version on held-out films",
    "compiling": "Preparing the new version for serving",
    "done": "Done",
}
DECISIONS: dict[str, str] = {
    "positive": "Finding present",
    "negative": "No finding",
    "accept": "Answered",
    "refer": "A person must look",
}
CAUSES: dict[str, str] = {
    "uncertain": "uncertain",
    "unlike": "unlike the films it learned from",
    "poor_quality": "poor picture",
    "other_view": "other view or part of the body",
    "unfamiliar_site": "films of an unfamiliar site",
    "out_of_range": "numbers beyond the training range",
}
FIGURES = {
    "accuracy": "accuracy of the label",
    "balanced_accuracy": "balanced accuracy",
    "auroc": "AUROC",
    "sensitivity": "sensitivity",
    "specificity": "specificity",
    "decision_accuracy": "accuracy of the decision",
    "expected_calibration_error": "calibration error of the label",
    "score_calibration_error": "calibration error of the score",
    "brier": "Brier score",
    "referred": "left to a person",
    "answered_error": "wrong among the answered",
}
SITE_FIGURES = {
    "healthy_called_positive": "healthy films answered positive",
    "findings_called_negative": "films with a finding answered negative",
    "referred": "left to a person",
    "answered_error": "wrong among the answered",
}
DECIMALS = frozenset({"auroc", "brier"})
MARKUP = re.compile(r"[\\`*_\[\]$~<>#|]|:(?=\w)")
UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def duration(seconds: float, *, units: int = 2) -> str:
    """The largest units: '2 d 3 h', '4 min 10 s', '0 s'."""
    rest, parts = round(seconds), list[str]()
    for name, size in UNITS:
        count, rest = divmod(rest, size)
        if count or (name == "s" and not parts):
            parts.append(f"{count} {name}")
        elif parts:
            break
    return " ".join(parts[:units])


def instant(text: str) -> datetime:
    """ISO 8601 text as a time with a zone; UTC where none is given."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def moment(text: str | None) -> str:
    """'21 Nov 2025, 08:01 UTC', or a dash."""
    return f"{instant(text).astimezone(UTC):%d %b %Y, %H:%M} UTC" if text else "-"


def ago(text: str, *, now: datetime | None = None) -> str:
    """'4 min ago'."""
    elapsed_s = ((now or datetime.now(UTC)) - instant(text)).total_seconds()
    return f"{duration(max(elapsed_s, 0), units=1)} ago"


def elapsed(start: str | None, end: str | None) -> str:
    """How long something took, or a dash while that is unknown."""
    if not start or not end:
        return "-"
    return duration((instant(end) - instant(start)).total_seconds())


def percent(share: float | None, *, digits: int = 1) -> str:
    """0.973 as '97.3 %', None as a dash."""
    return "-" if share is None else f"{100 * share:.{digits}f} %"


def decimal(value: float | None) -> str:
    """0.9731 as '0.973', None as a dash."""
    return "-" if value is None else f"{value:.3f}"


def estimate(
    value: float | None, interval: Interval | None, write: Callable[[float | None], str] = percent
) -> str:
    """'97.3 % (96.1 to 98.2)': a value and its interval of 95 %, if it has one."""
    if value is None or interval is None:
        return write(value)
    low, high = (write(end).removesuffix(" %") for end in interval)
    return f"{write(value)} ({low} to {high})"


def within(interval: Interval | None) -> str:
    """An interval of shares in words; nothing where there is none."""
    if interval is None:
        return ""
    low, high = interval
    return f"95 % interval: {percent(low)} to {percent(high)}"


def figure(name: str, value: float | None, interval: Interval | None = None) -> str:
    """A figure of a model in its own unit."""
    return estimate(value, interval, decimal if name in DECIMALS else percent)


def size(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:.1f} MB"


def file_name(name: str) -> str:
    """A stored name; where it is not kept any more, that."""
    return name or "name dropped"


def plain(text: str) -> str:
    """Text from elsewhere (a file name, a server's sentence) as Markdown that reads the same."""
    return MARKUP.sub(r"\\\g<0>", text)


def images(count: int) -> str:
    return "1 film" if count == 1 else f"{count:,} films"


def rows_of(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def phase(name: str) -> str:
    """What a retraining is doing; a phase unknown here keeps its own name."""
    return PHASES.get(name, name.replace("_", " ").capitalize())


def is_under_way(job: Job) -> bool:
    return job["state"] in {"queued", "running"}


def is_waiting(job: Job) -> bool:
    """For another retraining to end."""
    return job["state"] == "queued" and job["phase"] == "waiting"


def progress(job: Job) -> str:
    """One line: what is being done, how far it is and how long it will take."""
    parts = [phase(job["phase"])]
    if job["phase"] in {"head", "tail"} and job["epochs"]:
        parts.append(f"epoch {job['epoch']} of {job['epochs']}")
    parts.append(percent(job["progress"], digits=0))
    if job["paused"]:
        parts.append("paused: the server is busy")
    elif job["eta_seconds"] is not None:
        parts.append(f"about {duration(job['eta_seconds'])} left")
    return " · ".join(parts)


def ending(job: Job) -> str:
    """How a retraining ended, in a sentence or two."""
    verdict = job["verdict"]
    reason = job["reason"] or (verdict["reason"] if verdict else "") or "No reason was recorded."
    match job["state"]:
        case "promoted":
            return f"Version {job['version']} was promoted and took over. {reason}"
        case "promoted_for_site":
            judged = verdict["sites"] if verdict else []
            sites = [site["site"] for site in judged if site["promoted"]]
            return (
                f"Version {job['version']} was promoted for {', '.join(sites)}; {job['parent']} "
                f"goes on answering everybody else. {reason}"
            )
        case "kept":
            return (
                f"Version {job['version']} was kept as a challenger; {job['parent']} went "
                f"on serving. {reason}"
            )
        case state:
            return f"The retraining {'was ' if state != 'failed' else ''}{state}. {reason}"


def labels_of(status: Status) -> dict[str, str]:
    """What a film may be labelled with, each with what a person reads for it."""
    coarse = {name: meaning.rstrip(".") for name, meaning in status["coarse_labels"].items()}
    return {name: name for name in status["classes"]} | coarse
