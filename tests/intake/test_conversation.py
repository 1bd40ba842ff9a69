"""What is asked next, what is taken as an answer, and what comes of it."""

from pathlib import Path

import pytest

from api.errors import InvalidRequest
from api.intake.conversation import Answer, answered, next_question, outcome, progress
from api.intake.decision import Value
from api.intake.topic import Topic
from tests.intake import topics
from tests.intake.walks import paths


@pytest.fixture
def topic(tmp_path: Path) -> Topic:
    return topics.small(tmp_path)


def answers_of(topic: Topic, *answers: tuple[str, Value]) -> tuple[Answer, ...]:
    so_far: tuple[Answer, ...] = ()
    for question, value in answers:
        so_far = answered(topic, so_far, question, value)
    return so_far


def asked(topic: Topic, answers: tuple[Answer, ...]) -> str | None:
    question = next_question(topic, answers)
    return question.id if question else None


class TestWhatIsAsked:
    def test_questions_come_in_the_order_of_the_file(self, topic: Topic) -> None:
        assert asked(topic, ()) == "fever"
        assert asked(topic, answers_of(topic, ("fever", "no"))) == "weeks"

    def test_one_that_can_change_nothing_is_left_out(self, topic: Topic) -> None:
        answers = answers_of(topic, ("fever", "no"), ("weeks", 2), ("swollen", "no"))

        assert asked(topic, answers) is None

    def test_the_highest_level_ends_it(self, topic: Topic) -> None:
        answers = answers_of(topic, ("fever", "yes"), ("weeks", 2), ("swollen", "yes"))

        end = outcome(topic, answers)

        assert end is not None
        assert (end.level, end.rank, end.levels, end.is_red_flag) == ("now", 3, 3, True)

    def test_a_level_below_it_does_not(self, topic: Topic) -> None:
        answers = answers_of(topic, ("fever", "no"), ("weeks", 8))

        assert asked(topic, answers) == "swollen"
        assert outcome(topic, answers) is None

    def test_it_says_how_far_it_is(self, topic: Topic) -> None:
        assert progress(topic, ()).at_most == 4
        ends = [(progress(topic, answers), answers) for answers, _ in paths(topic)]
        assert all(end.answered == end.at_most == len(answers) for end, answers in ends)


class TestAnswers:
    def test_i_do_not_know_counts_as_yes(self, topic: Topic) -> None:
        answers = answers_of(
            topic, ("fever", "unknown"), ("weeks", "unknown"), ("swollen", "unknown")
        )

        end = outcome(topic, answers)

        assert end is not None
        assert end.level == "now"
        assert [rule.id for rule in end.also] == ["long"]

    def test_they_keep_the_words(self, topic: Topic) -> None:
        answers = answers_of(topic, ("fever", "unknown"), ("weeks", 3))

        assert [(each.text, each.label) for each in answers] == [
            ("A fever?", "I don't know"),
            ("For how many weeks?", "3 weeks"),
        ]

    @pytest.mark.parametrize("value", [-1, 51, "many", "yes", "", 10**30])
    def test_a_number_must_be_one_of_its_range(self, topic: Topic, value: Value) -> None:
        with pytest.raises(InvalidRequest, match="a whole number from 0 to 50") as caught:
            answers_of(topic, ("fever", "no"), ("weeks", value))

        assert caught.value.errors[0]["field"] == "answer"

    @pytest.mark.parametrize("value", ["maybe", "YES", "", 1])
    def test_yes_or_no_must_be_one_of_them(self, topic: Topic, value: Value) -> None:
        with pytest.raises(InvalidRequest, match="'yes', 'no' or 'unknown'"):
            answers_of(topic, ("fever", value))

    @pytest.mark.parametrize(
        ("question", "words"), [("red", "'red' is not asked here; 'fever' is"), ("x", "there are")]
    )
    def test_another_question_is_refused(self, topic: Topic, question: str, words: str) -> None:
        with pytest.raises(InvalidRequest, match=words) as caught:
            answers_of(topic, (question, "yes"))

        assert caught.value.errors[0]["field"] == "question"


class TestGoingBack:
    def test_later_answers_are_discarded(self, topic: Topic) -> None:
        answers = answers_of(topic, ("fever", "yes"), ("weeks", 2), ("fever", "no"))

        assert [(each.question, each.answer) for each in answers] == [("fever", "no")]
        assert asked(topic, answers) == "weeks"

    def test_the_same_answer_again_changes_nothing_before_it(self, topic: Topic) -> None:
        answers = answers_of(topic, ("fever", "yes"), ("weeks", 2))

        assert answered(topic, answers, "weeks", 2) == answers

    def test_an_answer_that_is_none_discards_nothing(self, topic: Topic) -> None:
        answers = answers_of(topic, ("fever", "yes"), ("weeks", 2))

        with pytest.raises(InvalidRequest):
            answered(topic, answers, "fever", "perhaps")
        assert asked(topic, answers) == "swollen"
