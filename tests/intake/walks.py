"""Every way through a topic, asked of the engine as a person would go."""

from collections.abc import Iterator

from api.intake.conversation import Answer, Outcome, answered, next_question, outcome
from api.intake.decision import Value
from api.intake.topic import UNKNOWN, Question, Topic

Path = tuple[tuple[Answer, ...], Outcome]


def values_of(question: Question) -> tuple[Value, ...]:
    """Everything that may be answered; each whole number of its range."""
    if question.kind == "yes_no":
        return ("yes", "no", UNKNOWN)
    assert question.minimum is not None
    assert question.maximum is not None
    return (*range(question.minimum, question.maximum + 1), UNKNOWN)


def paths(topic: Topic, answers: tuple[Answer, ...] = ()) -> Iterator[Path]:
    """Each complete conversation, with its outcome."""
    question = next_question(topic, answers)
    if question is None:
        end = outcome(topic, answers)
        assert end is not None
        yield answers, end
        return
    assert outcome(topic, answers) is None
    for value in values_of(question):
        yield from paths(topic, answered(topic, answers, question.id, value))
