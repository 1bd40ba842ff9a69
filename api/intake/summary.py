"""An intake as plain text, to be printed or taken along."""

from collections.abc import Iterator

from api.intake.conversation import Outcome, Reference
from api.intake.intakes import Intake

NOTICE = "Research and education. Not a medical device."


def summary(intake: Intake) -> str:
    """What was asked, what was answered, and what the rules say; lines ended by newlines."""
    return "".join(f"{line}\n" for line in _lines(intake))


def _lines(intake: Intake) -> Iterator[str]:
    yield intake.title
    yield f"{intake.created_at:%d %b %Y, %H:%M} UTC · rules of {intake.rules_version}"
    if intake.prediction_id:
        yield f"Beside the answer {intake.prediction_id} about an image; neither changes the other."
    yield ""
    for number, answer in enumerate(intake.answers, start=1):
        yield f"{number}. {answer.text} {answer.label}"
    yield ""
    if intake.outcome is None:
        yield "Not finished: no rule has been applied yet."
    else:
        yield from _outcome(intake.outcome)
    yield NOTICE


def _outcome(outcome: Outcome) -> Iterator[str]:
    yield outcome.title.upper()
    yield from _list("What to do now", outcome.do)
    yield from _list("Why", [_reason(rule) for rule in (outcome.rule, *outcome.also)])
    yield from _list("Watch for, and come back with", outcome.watch_for)
    yield outcome.caution


def _list(heading: str, lines: tuple[str, ...] | list[str]) -> Iterator[str]:
    yield f"{heading}:"
    yield from (f"- {line}" for line in lines)
    yield ""


def _reason(rule: Reference) -> str:
    return f"{rule.statement} ({rule.source}, {rule.section}, {rule.date}; {rule.url})"
