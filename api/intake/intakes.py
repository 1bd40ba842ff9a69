"""An intake from its start to its outcome, in the records."""

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from sqlalchemy import Engine

from api.clock import now
from api.errors import Conflict, InvalidRequest
from api.intake.conversation import (
    Answer,
    ConversationProgress,
    Outcome,
    Reference,
    answered,
    next_question,
    outcome,
    progress,
)
from api.intake.decision import Value
from api.intake.topic import Question, Topic
from api.records.answers import intakes as records
from api.records.answers.intakes import IntakeRecord


@dataclass(frozen=True, slots=True)
class Intake:
    """A conversation as it stands. It has ended when it has an outcome.

    `asked` are the questions of the answers, which can be answered anew; none where it has ended.
    `question` is also None where the topic's file has changed since it began: it cannot go on.
    """

    id: str
    topic: str
    title: str
    task: str
    rules_version: str
    created_at: datetime
    prediction_id: str | None
    answers: tuple[Answer, ...]
    asked: tuple[Question, ...]
    question: Question | None
    progress: ConversationProgress
    outcome: Outcome | None


def start(database: Engine, topic: Topic, prediction_id: str | None) -> Intake:
    """Begin one; it may stand beside an answer about an image.

    Raises: NotFound if there is no such answer, InvalidRequest if it is of another kind of image.
    """
    task = topic.tasks[0]
    if prediction_id is not None:
        task = records.task_of_prediction(database, prediction_id)
        _check_task(topic, task)
    record = IntakeRecord(
        id=uuid.uuid4().hex,
        task=task,
        topic=topic.name,
        rules_version=topic.version,
        created_at=now(),
        answers=[],
        outcome=None,
        prediction_id=prediction_id,
    )
    records.add(database, record)
    return _as_intake(record, topic)


def answer(database: Engine, topic: Topic, intake_id: str, question: str, value: Value) -> Intake:
    """Take one answer; to an earlier question: those after it are discarded.

    Raises: NotFound; InvalidRequest, by field; Conflict if it has ended, or if the topic's file
    has changed since it began.
    """

    def changed(record: IntakeRecord) -> IntakeRecord:
        _check_open(record, topic)
        answers = answered(topic, _answers(record), question, value)
        end = outcome(topic, answers)
        return replace(
            record,
            answers=[asdict(each) for each in answers],
            outcome=asdict(end) if end else None,
        )

    return _as_intake(records.change(database, topic.name, intake_id, changed), topic)


def get(database: Engine, topic: Topic, intake_id: str) -> Intake:
    """One as it stands. Raises: NotFound."""
    return _as_intake(records.get(database, topic.name, intake_id), topic)


def delete(database: Engine, topic: Topic, intake_id: str) -> None:
    """Forget one. Raises: NotFound."""
    records.remove(database, topic.name, intake_id)


def beside(database: Engine, topics: Mapping[str, Topic], prediction_id: str) -> list[Intake]:
    """Those beside an answer, newest first; of topics that there still are. Raises: NotFound."""
    records.task_of_prediction(database, prediction_id)
    found = records.of_prediction(database, prediction_id)
    return [_as_intake(each, topics[each.topic]) for each in found if each.topic in topics]


def _check_task(topic: Topic, task: str) -> None:
    if task not in topic.tasks:
        message = (
            f"This answer is about an image of the task '{task}'; the topic '{topic.name}' goes "
            f"with {', '.join(topic.tasks)}."
        )
        entry = {"field": "prediction_id", "message": message}
        raise InvalidRequest(message, errors=(entry,))


def _check_open(record: IntakeRecord, topic: Topic) -> None:
    if record.outcome is not None:
        raise Conflict(
            f"This intake has ended, and its outcome stays as it was shown; POST /intake/"
            f"{topic.name} begins another one."
        )
    if record.rules_version != topic.version:
        raise Conflict(
            f"The questions have changed since this intake began (version {record.rules_version}, "
            f"now {topic.version}); POST /intake/{topic.name} begins another one."
        )


def _as_intake(record: IntakeRecord, topic: Topic) -> Intake:
    answers = _answers(record)
    is_current = record.rules_version == topic.version
    goes_on = is_current and record.outcome is None
    return Intake(
        id=record.id,
        topic=record.topic,
        title=topic.title,
        task=record.task,
        rules_version=record.rules_version,
        created_at=record.created_at,
        prediction_id=record.prediction_id,
        answers=answers,
        asked=_asked(topic, answers) if goes_on else (),
        question=next_question(topic, answers) if goes_on else None,
        progress=progress(topic, answers)
        if goes_on
        else ConversationProgress(len(answers), len(answers)),
        outcome=_outcome(record),
    )


def _asked(topic: Topic, answers: tuple[Answer, ...]) -> tuple[Question, ...]:
    found = (topic.question(answer.question) for answer in answers)
    return tuple(question for question in found if question is not None)


def _answers(record: IntakeRecord) -> tuple[Answer, ...]:
    return tuple(Answer(**each) for each in record.answers)


def _outcome(record: IntakeRecord) -> Outcome | None:
    if record.outcome is None:
        return None
    values = record.outcome
    return Outcome(
        **values
        | {
            "do": tuple(values["do"]),
            "watch_for": tuple(values["watch_for"]),
            "rule": Reference(**values["rule"]),
            "also": tuple(Reference(**each) for each in values["also"]),
        }
    )
