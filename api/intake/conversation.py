"""A conversation: the answers in their order, the next question, and the outcome at the end."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.errors import InvalidRequest
from api.intake.decision import Value, holding, open_questions
from api.intake.topic import UNKNOWN, Question, Rule, Topic

LABELS = {"yes": "Yes", "no": "No", UNKNOWN: "I don't know"}


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, with the words in which it was asked and given: files change."""

    question: str
    text: str
    answer: Value
    label: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A rule that holds, and where it is from."""

    id: str
    level: str
    statement: str
    source: str
    section: str
    date: str
    url: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the rules say: `rank` counts levels from 1, and at the highest the talk ends at once."""

    level: str
    title: str
    rank: int
    levels: int
    is_red_flag: bool
    do: tuple[str, ...]
    watch_for: tuple[str, ...]
    caution: str
    rule: Reference
    also: tuple[Reference, ...]


@dataclass(frozen=True, slots=True)
class ConversationProgress:
    """How far a conversation is; it never takes more than `at_most` questions in all."""

    answered: int
    at_most: int


def answered(
    topic: Topic, answers: Sequence[Answer], question: str, value: Value
) -> tuple[Answer, ...]:
    """The answers with one more; an answer to an earlier question discards those after it.

    Raises: InvalidRequest, by field, if the question is not asked now, or the answer is not one.
    """
    names = [answer.question for answer in answers]
    former = answers[: names.index(question)] if question in names else answers
    asked = next_question(topic, former)
    if asked is None or asked.id != question:
        raise _refused("question", _not_asked(topic, question, next_question(topic, answers)))
    return (*former, Answer(question, asked.text, value, _label(asked, value)))


def next_question(topic: Topic, answers: Sequence[Answer]) -> Question | None:
    """What is asked now; None: the conversation has ended."""
    return next(iter(open_questions(topic, _values(answers))), None)


def progress(topic: Topic, answers: Sequence[Answer]) -> ConversationProgress:
    """How many questions are answered, and how many there can be in all."""
    return ConversationProgress(
        len(answers), len(answers) + len(open_questions(topic, _values(answers)))
    )


def outcome(topic: Topic, answers: Sequence[Answer]) -> Outcome | None:
    """What the rules say; None while a question is open."""
    if next_question(topic, answers) is not None:
        return None
    first, *others = holding(topic, _values(answers))
    rank = topic.ranks[first.level]
    level = topic.levels[rank]
    return Outcome(
        level=level.name,
        title=level.title,
        rank=rank + 1,
        levels=len(topic.levels),
        is_red_flag=rank + 1 == len(topic.levels),
        do=level.do,
        watch_for=topic.watch_for,
        caution=topic.caution,
        rule=_reference(topic, first),
        # What always holds adds nothing to a rule that says more.
        also=tuple(_reference(topic, rule) for rule in others if rule.when),
    )


def _values(answers: Sequence[Answer]) -> dict[str, Value]:
    return {answer.question: answer.answer for answer in answers}


def _reference(topic: Topic, rule: Rule) -> Reference:
    source = topic.source(rule.source)
    return Reference(
        id=rule.id,
        level=rule.level,
        statement=rule.statement,
        source=source.name,
        section=rule.section,
        date=rule.date,
        url=source.url,
    )


def _label(question: Question, value: Value) -> str:
    """The answer in words. Raises: InvalidRequest if it is none of this question's."""
    if value == UNKNOWN:
        return LABELS[UNKNOWN]
    if question.kind == "yes_no":
        if isinstance(value, str) and value in LABELS:
            return LABELS[value]
        raise _refused(
            "answer", f"'{question.id}' is answered with 'yes', 'no' or '{UNKNOWN}' (I don't know)."
        )
    assert question.minimum is not None
    assert question.maximum is not None
    if not isinstance(value, int) or not question.minimum <= value <= question.maximum:
        raise _refused(
            "answer",
            f"'{question.id}' is answered with a whole number from {question.minimum} to "
            f"{question.maximum}, or with '{UNKNOWN}' (I don't know).",
        )
    return f"{value} {question.unit}".strip()


def _not_asked(topic: Topic, question: str, asked: Question | None) -> str:
    if topic.question(question) is None:
        known = ", ".join(each.id for each in topic.questions)
        return f"There is no question '{question}' in this topic; there are: {known}."
    now = f"'{asked.id}' is" if asked else "none is"
    return f"'{question}' is not asked here; {now}, and answers so far can be given anew."


def _refused(field: str, message: str) -> InvalidRequest:
    return InvalidRequest(message, errors=({"field": field, "message": message},))
