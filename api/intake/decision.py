"""What the answers so far decide, and what is to be asked next; pure, and the file alone decides.

A rule holds, does not hold, or depends on answers that are not there yet. The talk goes on as long
as such a rule would raise the level that is reached; so it cannot end below what the rules say, and
it ends at once where the highest level is reached. "I don't know" makes a condition hold.
"""

from collections.abc import Iterable, Mapping

from api.intake.topic import UNKNOWN, Condition, Count, Match, Question, Rule, Topic

Value = str | int
Answers = Mapping[str, Value]


def holding(topic: Topic, answers: Answers) -> tuple[Rule, ...]:
    """The rules that hold whatever else is answered, those of the highest level first.

    Rules of one level are in the order of the file. There is always one.
    """
    rules = [rule for rule in topic.rules if rule_holds(rule, answers)]
    return tuple(sorted(rules, key=lambda rule: -topic.ranks[rule.level]))


def open_questions(topic: Topic, answers: Answers) -> tuple[Question, ...]:
    """Questions whose answer may still raise the level, in the order in which they are asked."""
    reached = topic.ranks[holding(topic, answers)[0].level]
    names = {
        name
        for rule in topic.rules
        if topic.ranks[rule.level] > reached and rule_holds(rule, answers) is None
        for condition in rule.when
        if condition_holds(condition, answers) is None
        for name in _unanswered(condition, answers)
    }
    return tuple(question for question in topic.questions if question.id in names)


def rule_holds(rule: Rule, answers: Answers) -> bool | None:
    """None: it depends on answers that are not there yet."""
    return _all(condition_holds(condition, answers) for condition in rule.when)


def condition_holds(condition: Condition, answers: Answers) -> bool | None:
    """None: it depends on answers that are not there yet."""
    if isinstance(condition, Match):
        return _match_holds(condition, answers)
    found = [_match_holds(match, answers) for match in condition.of]
    if found.count(True) >= condition.at_least:
        return True
    return None if found.count(True) + found.count(None) >= condition.at_least else False


def _match_holds(match: Match, answers: Answers) -> bool | None:
    value = answers.get(match.question)
    if value is None:
        return None
    if value == UNKNOWN:
        return True
    if match.is_ is not None:
        return value == match.is_
    number = int(value)
    return (match.from_ is None or number >= match.from_) and (
        match.below is None or number < match.below
    )


def _all(found: Iterable[bool | None]) -> bool | None:
    states = list(found)
    if False in states:
        return False
    return None if None in states else True


def _unanswered(condition: Condition, answers: Answers) -> list[str]:
    matches = condition.of if isinstance(condition, Count) else (condition,)
    return [match.question for match in matches if match.question not in answers]
