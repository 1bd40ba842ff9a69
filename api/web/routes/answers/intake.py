"""Guided questions about symptoms: rules of a file decide, beside an image's answer or alone."""

from typing import Annotated

from fastapi import APIRouter, Body, Response

from api.intake import intakes
from api.intake.intakes import Intake as Conversation
from api.intake.summary import summary
from api.intake.topic import Topic, find_topic
from api.web.auditing import Action, Audited
from api.web.deps import S
from api.web.links import link
from api.web.problems import documented
from api.web.schemas.answers.intake import (
    GivenAnswer,
    Intake,
    IntakeAnswer,
    IntakeList,
    IntakeOutcome,
    IntakeProgress,
    IntakeQuestion,
    IntakeSource,
    IntakeStart,
    IntakeTopic,
    IntakeTopics,
)

router = APIRouter(tags=["intake"])


@router.get("/intake")
def list_topics(services: S) -> IntakeTopics:
    """What an intake can be about."""
    return IntakeTopics(topics=[_topic(topic) for topic in services.intake_topics.values()])


@router.post("/intake/{topic}", status_code=201, responses=documented(403, 404, 422, 503, 507))
def start(
    topic: str,
    services: S,
    response: Response,
    body: Annotated[IntakeStart | None, Body()] = None,
) -> Intake:
    """Begin an intake; `prediction_id` puts it beside an answer about an image."""
    begun = intakes.start(
        services.records.database,
        find_topic(services.intake_topics, topic),
        body.prediction_id if body else None,
    )
    shown = _as_schema(begun)
    response.headers["Location"] = shown.url
    return shown


@router.post("/intake/{topic}/{intake_id}", responses=documented(403, 404, 409, 422, 503, 507))
def answer(topic: str, intake_id: str, services: S, body: IntakeAnswer) -> Intake:
    """Answer the question that is asked, or an earlier one: the answers after it are discarded."""
    changed = intakes.answer(
        services.records.database,
        find_topic(services.intake_topics, topic),
        intake_id,
        body.question,
        body.answer,
    )
    return _as_schema(changed)


@router.get("/intake/{topic}/{intake_id}", responses=documented(404, 422, 503, 507))
def get_intake(topic: str, intake_id: str, services: S) -> Intake:
    """An intake: its answers, its outcome with the rule behind it, and both as plain text."""
    of = find_topic(services.intake_topics, topic)
    return _as_schema(intakes.get(services.records.database, of, intake_id))


@router.delete(
    "/intake/{topic}/{intake_id}", status_code=204, responses=documented(403, 404, 422, 503, 507)
)
def delete_intake(topic: str, intake_id: str, services: S, audit: Audited) -> None:
    """Forget an intake."""
    of = find_topic(services.intake_topics, topic)
    intakes.delete(services.records.database, of, intake_id)
    audit.record(Action.DELETE_INTAKE, intake_id)


@router.get("/predictions/{prediction_id}/intakes", responses=documented(404, 422, 503, 507))
def list_beside(prediction_id: str, services: S) -> IntakeList:
    """The intakes that stand beside an answer about an image, newest first."""
    found = intakes.beside(services.records.database, services.intake_topics, prediction_id)
    return IntakeList(intakes=[_as_schema(each) for each in found])


def _topic(topic: Topic) -> IntakeTopic:
    return IntakeTopic(
        name=topic.name,
        title=topic.title,
        version=topic.version,
        tasks=list(topic.tasks),
        introduction=topic.introduction,
        caution=topic.caution,
        max_questions=len(topic.questions),
        sources=[IntakeSource.model_validate(source) for source in topic.sources],
    )


def _as_schema(intake: Conversation) -> Intake:
    question, outcome = intake.question, intake.outcome
    return Intake(
        id=intake.id,
        url=link(f"/intake/{intake.topic}/{intake.id}"),
        topic=intake.topic,
        title=intake.title,
        task=intake.task,
        rules_version=intake.rules_version,
        created_at=intake.created_at,
        prediction_id=intake.prediction_id,
        answers=[GivenAnswer.model_validate(each) for each in intake.answers],
        asked=[IntakeQuestion.model_validate(each) for each in intake.asked],
        question=IntakeQuestion.model_validate(question) if question else None,
        progress=IntakeProgress.model_validate(intake.progress),
        outcome=IntakeOutcome.model_validate(outcome) if outcome else None,
        summary=summary(intake),
    )
