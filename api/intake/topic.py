"""A topic of the intake: its questions, the rules that decide, and where each rule is from.

Everything is data in one file (`api/tasks/intake/<name>.toml`); nothing here knows a topic.
"""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    model_validator,
)

from api.errors import InvalidTopic, NotFound

FOLDER = Path(__file__).parents[1] / "tasks" / "intake"
MAX_QUESTIONS = 12
UNKNOWN = "unknown"
MAX_NUMBER = 10_000

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
Sentence = Annotated[str, Field(min_length=1)]
Text = Annotated[tuple[Sentence, ...], Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Level(_Part):
    """How much is advised: what it is called, and what to do now."""

    name: Identifier
    title: Sentence
    do: Text


class Question(_Part):
    """What is asked: yes or no, or a whole number. "I don't know" is always an answer."""

    id: Identifier
    text: Sentence
    help: str = ""
    kind: Literal["yes_no", "number"] = "yes_no"
    minimum: int | None = Field(None, ge=0, le=MAX_NUMBER)
    maximum: int | None = Field(None, ge=0, le=MAX_NUMBER)
    unit: str = ""

    @model_validator(mode="after")
    def _bounds_fit_the_kind(self) -> Self:
        if self.kind == "yes_no":
            if self.minimum is not None or self.maximum is not None or self.unit:
                raise ValueError("minimum, maximum and unit are for questions of kind 'number'")
        elif self.minimum is None or self.maximum is None or self.minimum >= self.maximum:
            raise ValueError("a question of kind 'number' needs minimum and maximum, in this order")
        return self


class Match(_Part):
    """What an answer must be: `is` yes or no; or a number `from` here on, or `below` it."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, validate_by_name=False, validate_by_alias=True
    )

    question: Identifier
    is_: Literal["yes", "no"] | None = Field(None, alias="is")
    from_: int | None = Field(None, alias="from")
    below: int | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        says_number = self.from_ is not None or self.below is not None
        if (self.is_ is None) != says_number:
            raise ValueError("a condition says `is`, or `from` or `below`")
        return self


class Count(_Part):
    """At least so many of these must hold."""

    at_least: int = Field(ge=1)
    of: tuple[Match, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _can_hold(self) -> Self:
        if self.at_least > len(self.of):
            raise ValueError(f"at_least = {self.at_least}, but there are {len(self.of)} conditions")
        return self


def _kind(condition: object) -> str:
    """What a condition is meant to be, so that an error is about that and not about both."""
    counts = isinstance(condition, Count) or (
        isinstance(condition, dict) and condition.keys() & {"at_least", "of"}
    )
    return "Count" if counts else "Match"


Condition = Annotated[
    Annotated[Match, Tag("Match")] | Annotated[Count, Tag("Count")], Discriminator(_kind)
]


class Source(_Part):
    """A published guideline."""

    id: Identifier
    name: Sentence
    url: str = Field(pattern=r"^https://\S+$")


class Rule(_Part):
    """If all of `when` holds, at least this level; nothing in `when`: always."""

    id: Identifier
    level: Identifier
    when: tuple[Condition, ...] = ()
    statement: Sentence
    source: Identifier
    section: Sentence
    date: str = Field(pattern=r"^\d{4}(-\d\d(-\d\d)?)?$")

    @property
    def matches(self) -> Iterator[Match]:
        """Everything that the rule asks of answers."""
        for condition in self.when:
            yield from condition.of if isinstance(condition, Count) else (condition,)


class Topic(_Part):
    """A topic's file, parsed. Levels go from the lowest to the highest."""

    name: Identifier
    title: Sentence
    version: Sentence
    tasks: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    introduction: Sentence
    caution: Sentence
    watch_for: Text
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    levels: Annotated[tuple[Level, ...], Field(min_length=2)]
    questions: Annotated[tuple[Question, ...], Field(min_length=1, max_length=MAX_QUESTIONS)]
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_are_given_once(self) -> Self:
        for kind, names in (
            ("question", [question.id for question in self.questions]),
            ("rule", [rule.id for rule in self.rules]),
            ("level", [level.name for level in self.levels]),
            ("source", [source.id for source in self.sources]),
        ):
            if twice := {name for name in names if names.count(name) > 1}:
                raise ValueError(f"there are two of the {kind} '{min(twice)}'")
        return self

    @model_validator(mode="after")
    def _rules_name_what_there_is(self) -> Self:
        for rule in self.rules:
            if rule.level not in self.ranks:
                raise ValueError(f"the rule '{rule.id}' names the unknown level '{rule.level}'")
            if rule.source not in {source.id for source in self.sources}:
                raise ValueError(f"the rule '{rule.id}' names the unknown source '{rule.source}'")
            for match in rule.matches:
                self._check(match, rule)
        return self

    @model_validator(mode="after")
    def _every_talk_ends_with_a_rule(self) -> Self:
        if not any(not rule.when and not self.ranks[rule.level] for rule in self.rules):
            raise ValueError(
                f"the lowest level '{self.levels[0].name}' needs a rule without `when`, so that "
                "every talk ends with one"
            )
        return self

    @model_validator(mode="after")
    def _every_question_is_of_use(self) -> Self:
        used = {match.question for rule in self.rules for match in rule.matches}
        for question in self.questions:
            if question.id not in used:
                raise ValueError(f"no rule asks for the question '{question.id}'")
        return self

    def _check(self, match: Match, rule: Rule) -> None:
        question = next((q for q in self.questions if q.id == match.question), None)
        if question is None:
            raise ValueError(f"the rule '{rule.id}' names the unknown question '{match.question}'")
        if (question.kind == "yes_no") != (match.is_ is not None):
            needed = "`is`" if question.kind == "yes_no" else "`from` or `below`"
            raise ValueError(f"the rule '{rule.id}' must ask '{question.id}' with {needed}")

    @cached_property
    def ranks(self) -> Mapping[str, int]:
        """How high each level is, from 0."""
        return {level.name: rank for rank, level in enumerate(self.levels)}

    def question(self, name: str) -> Question | None:
        """The question of this id, or None."""
        return next((question for question in self.questions if question.id == name), None)

    def source(self, name: str) -> Source:
        """The source that a rule names."""
        return next(source for source in self.sources if source.id == name)


def load_topics(folder: Path = FOLDER) -> Mapping[str, Topic]:
    """Read every topic file of a folder, by name.

    Raises: InvalidTopic, with a sentence that names the file and the place in it.
    """
    return {path.stem: load_topic(path) for path in sorted(folder.glob("*.toml"))}


def load_topic(path: Path) -> Topic:
    """Read one topic file. Raises: InvalidTopic."""
    try:
        # Arrays of TOML are lists; JSON's are taken as tuples by a strict model.
        content = _with_tuples(tomllib.loads(path.read_text(encoding="utf-8")))
        topic = Topic.model_validate(content)
    except ValidationError as exc:
        raise InvalidTopic(
            f"The intake file '{path.name}' is not valid: {_first(exc)}. Correct it, then start "
            "again; docs/use/intake.md says what such a file holds."
        ) from exc
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise InvalidTopic(f"The intake file '{path.name}' cannot be read: {exc}.") from exc
    if topic.name != path.stem:
        raise InvalidTopic(
            f"The intake file '{path.name}' names its topic '{topic.name}'; give both one name."
        )
    return topic


def find_topic(topics: Mapping[str, Topic], name: str) -> Topic:
    """The topic of this name. Raises: NotFound, which lists them."""
    if name not in topics:
        known = ", ".join(topics) or "none"
        raise NotFound(f"There is no intake topic named '{name}'; there are: {known}.")
    return topics[name]


def _with_tuples(value: object) -> object:
    if isinstance(value, dict):
        return {key: _with_tuples(part) for key, part in value.items()}
    return tuple(map(_with_tuples, value)) if isinstance(value, list) else value


def _first(exc: ValidationError) -> str:
    """The first thing that is wrong, with its place: 'rules.3.level: …'."""
    error = exc.errors(include_url=False)[0]
    # The names of the kinds of condition say nothing to whoever wrote the file.
    parts = [str(part) for part in error["loc"] if part not in {"Match", "Count"}]
    message = error["msg"].removeprefix("Value error, ")
    return f"{'.'.join(parts)}: {message}" if parts else message
