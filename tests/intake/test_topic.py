"""A topic is one file; one that does not say what it needs to is refused with a sentence."""

from pathlib import Path

import pytest

from api.errors import InvalidTopic, NotFound
from api.intake.topic import find_topic, load_topic, load_topics
from tests.intake import topics
from tests.intake.topics import SMALL

BROKEN = {
    "no TOML": (SMALL, "name = ", "cannot be read"),
    "another name": ('name = "knee"', 'name = "hip"', "give both one name"),
    "no version": ('version = "1"', "", "version: Field required"),
    "unknown field": ('version = "1"', 'version = "1"\nmood = "good"', "mood: Extra inputs"),
    "no watching": ('watch_for = ["Heat."]', "watch_for = []", "watch_for: "),
    "no caution": ('caution = "This does not rule out anything."', 'caution = ""', "caution: "),
    "unknown level": ('level = "doctor"', 'level = "nurse"', "unknown level 'nurse'"),
    "unknown source": ('"book"\nsection = "2"', '"blog"\nsection = "2"', "unknown source 'blog'"),
    "unknown question": ('question = "weeks", from', 'question = "days", from', "'days'"),
    "a number asked for yes": ("from = 6", 'is = "yes"', "with `from` or `below`"),
    "yes asked for a number": ('"fever", is = "yes"', '"fever", from = 1', "with `is`"),
    "both in one": ("from = 6", 'from = 6, is = "yes"', "says `is`, or `from` or `below`"),
    "a word as a number": ("from = 6", 'from = "6"', "rules.1.when.0.from: Input should be"),
    "more than there are": ("at_least = 2", "at_least = 4", "there are 3 conditions"),
    "bounds the wrong way": ("minimum = 0", "minimum = 60", "questions.1: a question of kind"),
    "bounds of yes or no": ('"Is it red?"', '"Is it red?"\nunit = "m"', "questions.3: minimum, "),
    "twice": ('id = "red"', 'id = "swollen"', "two of the question 'swollen'"),
    "of no use": (
        '[[questions]]\nid = "red"',
        '[[questions]]\nid = "sore"\ntext = "Sore?"\n\n[[questions]]\nid = "red"',
        "no rule asks for the question 'sore'",
    ),
    "no last rule": ('"advice"\nstatement', '"doctor"\nstatement', "needs a rule without `when`"),
    "no date": ('date = "2020"\n', 'date = "lately"\n', "rules.0.date"),
    "no address": ("https://example.org/book", "a shelf", "sources.0.url"),
    "a kind of its own": ('kind = "number"', 'kind = "text"', "questions.1.kind"),
}  # fmt: skip


class TestABrokenFile:
    @pytest.mark.parametrize(("old", "new", "words"), BROKEN.values(), ids=BROKEN)
    def test_it_is_refused_with_the_place_in_it(
        self, tmp_path: Path, old: str, new: str, words: str
    ) -> None:
        assert old in SMALL
        path = topics.write(tmp_path, SMALL.replace(old, new, 1))

        with pytest.raises(InvalidTopic) as caught:
            load_topic(path)

        assert "'knee.toml'" in caught.value.message
        assert words in caught.value.message
        assert "\n" not in caught.value.message

    def test_more_than_a_dozen_questions(self, tmp_path: Path) -> None:
        more = "".join(f'[[questions]]\nid = "q{n}"\ntext = "?"\n' for n in range(9))
        path = topics.write(tmp_path, SMALL.replace("[[rules]]", f"{more}[[rules]]", 1))

        with pytest.raises(InvalidTopic, match=r"questions: .*at most 12"):
            load_topic(path)

    def test_bytes_that_are_no_text(self, tmp_path: Path) -> None:
        path = tmp_path / "knee.toml"
        path.write_bytes(b"\xff\xfe")

        with pytest.raises(InvalidTopic, match="cannot be read"):
            load_topic(path)


class TestTopics:
    def test_every_file_of_the_folder_is_one(self, tmp_path: Path) -> None:
        topics.write(tmp_path)
        topics.write(tmp_path, SMALL.replace('"knee"', '"hip"'), name="hip")

        assert list(load_topics(tmp_path)) == ["hip", "knee"]

    def test_an_unknown_one_is_refused_with_those_there_are(self, tmp_path: Path) -> None:
        topics.write(tmp_path)

        with pytest.raises(NotFound, match=r"named 'elbow'; there are: knee\."):
            find_topic(load_topics(tmp_path), "elbow")
