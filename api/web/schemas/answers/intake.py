"""Guided questions over the wire."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from api.web.schemas.base import Schema

MAX_ANSWER = 40


def _answer(value: Any) -> str | int:
    """A word or a whole number; one sentence for whatever else was sent."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if is_number or (isinstance(value, str) and len(value) <= MAX_ANSWER):
        return value  # type: ignore[no-any-return]
    raise PydanticCustomError(
        "answer",
        "Give 'yes', 'no' or 'unknown' (I don't know), or a whole number where one is asked",
    )


AnswerValue = Annotated[
    str | int,
    PlainValidator(_answer),
    WithJsonSchema({"anyOf": [{"type": "string", "maxLength": MAX_ANSWER}, {"type": "integer"}]}),
]


class IntakeStart(BaseModel):
    """What an intake stands beside, if anything."""

    model_config = ConfigDict(extra="forbid")

    prediction_id: str | None = Field(
        None, max_length=64, description="An answer about an image; neither changes the other."
    )


class IntakeAnswer(BaseModel):
    """The answer to a question: the one that is asked, or an earlier one."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"question": "lump", "answer": "yes"}]},
    )

    question: str = Field(
        max_length=40, description="Its id. An earlier one discards the answers after it."
    )
    answer: AnswerValue = Field(
        description="`yes`, `no` or `unknown` (I don't know: counts as yes); or a whole number."
    )


class IntakeQuestion(Schema):
    """What is asked. `minimum`, `maximum` and `unit` belong to numbers."""

    id: str
    text: str
    help: str
    kind: Literal["yes_no", "number"]
    minimum: int | None
    maximum: int | None
    unit: str


class GivenAnswer(Schema):
    """An answer, with the words in which it was asked and given."""

    question: str
    text: str
    answer: str | int
    label: str


class IntakeRule(Schema):
    """A rule that holds, and where it is from."""

    id: str
    level: str
    statement: str
    source: str
    section: str
    date: str = Field(description="Of the source: its publication, or when a page was read.")
    url: str


class IntakeOutcome(Schema):
    """What the rules say. It never says that there is no disease."""

    level: str
    title: str
    rank: int = Field(description="How high the level is, from 1 to `levels`.")
    levels: int
    is_red_flag: bool = Field(description="Whether it is the highest level; the talk ends at once.")
    do: list[str] = Field(description="What to do now.")
    watch_for: list[str]
    caution: str
    rule: IntakeRule = Field(description="The one that decided.")
    also: list[IntakeRule] = Field(description="Others that hold.")


class IntakeProgress(Schema):
    """How far it is; it never takes more than `at_most` questions in all."""

    answered: int
    at_most: int


class Intake(Schema):
    """A conversation as it stands; it has ended when it has an outcome."""

    id: str
    url: str
    topic: str
    title: str
    task: str
    rules_version: str = Field(description="Version of the file whose questions are asked.")
    created_at: datetime
    prediction_id: str | None
    answers: list[GivenAnswer]
    asked: list[IntakeQuestion] = Field(
        description="The questions of `answers`, to be answered anew; empty once it has ended."
    )
    question: IntakeQuestion | None = Field(
        description="What is asked now; null: it has ended, or its questions have changed."
    )
    progress: IntakeProgress
    outcome: IntakeOutcome | None
    summary: str = Field(description="All of it as plain text, to print or take along.")


class IntakeList(Schema):
    """Intakes beside an answer about an image, newest first."""

    intakes: list[Intake]


class IntakeSource(Schema):
    """A published guideline that rules are from."""

    name: str
    url: str


class IntakeTopic(Schema):
    """What an intake can be about."""

    name: str
    title: str
    version: str
    tasks: list[str] = Field(description="Tasks whose answers it may stand beside.")
    introduction: str
    caution: str
    max_questions: int
    sources: list[IntakeSource]


class IntakeTopics(Schema):
    """All topics, by name."""

    topics: list[IntakeTopic]
