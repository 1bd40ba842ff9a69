"""Every path of each topic, against the guidelines written down once more, in Python.

The tables below are of their own: they read no rule file. What a path did not ask may be anything,
so a path is compared at both ends: with "no" and with "yes" to all that it left out.
"""

import re
from collections.abc import Callable, Mapping

import pytest

from api.intake.decision import Value
from api.intake.topic import MAX_QUESTIONS, Topic, load_topics
from tests.intake.walks import Path, paths

TOPICS = load_topics()
AGES = range(121)
IsYes = Callable[[str], bool]


def breast(age: int, is_yes: IsYes) -> str:
    """NICE NG12, 1.4.1 to 1.4.3."""
    if age >= 30 and is_yes("lump"):
        return "suspected_cancer_referral"
    if age >= 50 and is_yes("nipple") and is_yes("nipple_one_side"):
        return "suspected_cancer_referral"
    if is_yes("skin") or (age >= 30 and is_yes("armpit")):
        return "consider_suspected_cancer_referral"
    if age < 30 and is_yes("lump"):
        return "consider_non_urgent_referral"
    return "advice"


def respiratory(age: int, is_yes: IsYes) -> str:
    """NHS and NHS inform: emergencies; CRB65 without blood pressure; NHS: urgent; NG237."""
    if is_yes("struggling") or is_yes("colour") or is_yes("confused") or is_yes("crushing"):
        return "emergency"
    if (age >= 65) + is_yes("fast_breathing") + is_yes("confused") >= 2:
        return "hospital_assessment"
    urgent = ("fast_breathing", "blood", "breathless", "chest_pain")
    if any(map(is_yes, urgent)) or age < 16:
        return "urgent_examination"
    if is_yes("cough") and (is_yes("long_cough") or is_yes("fever_or_phlegm")):
        return "urgent_examination"
    return "advice"


TABLES: Mapping[str, Callable[[int, IsYes], str]] = {"breast": breast, "respiratory": respiratory}
ORDER = {
    "breast": ("advice", "consider_non_urgent_referral", "consider_suspected_cancer_referral",
               "suspected_cancer_referral"),
    "respiratory": ("advice", "urgent_examination", "hospital_assessment", "emergency"),
}  # fmt: skip
REASSURANCE = re.compile(
    r"no (sign of )?(breast )?(cancer|pneumonia|disease)|not have (cancer|pneumonia)|harmless|"
    r"nothing to worry|all clear|you are (well|healthy|fine)|no need to",
    re.IGNORECASE,
)
IDENTITY = re.compile(r"your name|address|birth|born|phone number|e-?mail|insurance", re.IGNORECASE)


@pytest.fixture(scope="module", params=TOPICS)
def topic(request: pytest.FixtureRequest) -> Topic:
    return TOPICS[request.param]


@pytest.fixture(scope="module")
def walked(topic: Topic) -> list[Path]:
    return list(paths(topic))


def required(name: str, values: Mapping[str, Value], *, unasked: bool) -> str:
    """What the table says of these answers; "I don't know" counts as whatever calls for most."""

    def is_yes(question: str) -> bool:
        return values[question] in {"yes", "unknown"} if question in values else unasked

    age = values.get("age", "unknown")
    ages = AGES if age == "unknown" else [int(age)]
    if "age" not in values and not unasked:
        ages = [40]
    found = {TABLES[name](each, is_yes) for each in ages}
    return max(found, key=ORDER[name].index)


class TestEveryPath:
    def test_each_topic_has_a_table(self) -> None:
        assert set(TABLES) == set(ORDER) == set(TOPICS)

    def test_none_ends_below_or_above_what_the_guideline_says(
        self, topic: Topic, walked: list[Path]
    ) -> None:
        wrong = []
        for answers, end in walked:
            values = {answer.question: answer.answer for answer in answers}
            low, high = (required(topic.name, values, unasked=is_yes) for is_yes in (False, True))
            if not low == end.level == high:
                wrong.append((values, end.level, low, high))

        assert len(walked) > 1000
        assert wrong == []

    def test_the_levels_are_in_the_order_of_the_table(self, topic: Topic) -> None:
        assert tuple(level.name for level in topic.levels) == ORDER[topic.name]

    def test_none_is_longer_than_a_dozen_or_asks_twice(self, walked: list[Path]) -> None:
        for answers, _ in walked:
            names = [answer.question for answer in answers]
            assert len(names) == len(set(names)) <= MAX_QUESTIONS

    def test_the_highest_level_ends_the_talk_at_the_answer_that_reached_it(
        self, topic: Topic, walked: list[Path]
    ) -> None:
        ended = [(answers, end) for answers, end in walked if end.is_red_flag]

        assert ended
        for answers, end in ended:
            before = {answer.question: answer.answer for answer in answers[:-1]}
            assert required(topic.name, before, unasked=False) != end.level

    def test_every_rule_decides_on_some_path(self, topic: Topic, walked: list[Path]) -> None:
        assert {end.rule.id for _, end in walked} == {rule.id for rule in topic.rules}

    def test_every_question_is_asked_on_some_path(self, topic: Topic, walked: list[Path]) -> None:
        asked = {answer.question for answers, _ in walked for answer in answers}

        assert asked == {question.id for question in topic.questions}

    def test_each_end_says_what_to_do_what_to_watch_for_and_where_it_is_from(
        self, walked: list[Path]
    ) -> None:
        for _, end in walked:
            assert end.do
            assert end.watch_for
            assert "does not rule out" in end.caution
            assert end.rule.source
            assert end.rule.section
            assert end.rule.date
            assert end.rule.url.startswith("https://")


class TestTheWords:
    def test_none_says_that_there_is_no_disease(self, topic: Topic) -> None:
        assert not REASSURANCE.findall(str(topic.model_dump()))

    def test_none_asks_who_somebody_is(self, topic: Topic) -> None:
        asked = " ".join(f"{question.text} {question.help}" for question in topic.questions)

        assert not IDENTITY.findall(asked)

    def test_such_words_would_be_found(self) -> None:
        assert REASSURANCE.search("There is no sign of cancer.")
        assert IDENTITY.search("When were you born?")
