"""Code speaks the field's words: identifiers have none of those that this house used before."""

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

from api.settings import ROOT

# Not: but the standard name, as CONTRIBUTING.md has it.
OLD_WORDS = {
    "aftermath", "appraise", "complaints", "courtesy", "doubt", "equalise", "exam", "examine",
    "examiner", "leftover", "leftovers", "making", "patience", "pickup", "prove", "pulse",
    "quantise", "reappraise", "rehearse", "said", "say", "shortage", "sight", "stranger",
    "strangers", "taps", "told", "unmet", "wish",
}  # fmt: skip
# A recipe's setting, and a loss for labels that are not doubted, named after it.
ALLOWED = {"doubt", "with_no_doubt"}
# In the names of modules too, beside an X-ray's other names.
OLD_NAMES_OF_FILES = OLD_WORDS | {"film", "films", "picture", "pictures", "kept"}
# `kept` is what a gate leaves: kinds that are still told apart.
FILES_ALLOWED = {"kept_kinds"}
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def words_in(name: str) -> set[str]:
    """`TestMaking` and `_making_of` have the word 'making'."""
    return {word.lower() for word in WORD.findall(name)}


def identifiers(source: str) -> Iterator[tuple[int, str]]:
    """Each name in the code, with its line; none of comments and texts."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.NAME:
            yield token.start[0], token.string


def old_names(source: str) -> list[tuple[int, str]]:
    return [
        (line, name)
        for line, name in identifiers(source)
        if name not in ALLOWED and words_in(name) & OLD_WORDS
    ]


def files() -> list[Path]:
    return sorted((ROOT / "api").rglob("*.py"))


def test_no_identifier_has_an_old_word() -> None:
    found = {
        f"{file.relative_to(ROOT)}:{line}: {name}"
        for file in files()
        for line, name in old_names(file.read_text(encoding="utf-8"))
    }

    assert found == set()


def test_no_module_has_one() -> None:
    stems = {file.stem for file in files()} - FILES_ALLOWED

    assert {stem for stem in stems if words_in(stem) & OLD_NAMES_OF_FILES} == set()


def test_the_search_looks_at_names_and_not_at_sentences() -> None:
    source = 'def _told():\n    """Said."""  # and told\n    return TestMaking, "said", told_by\n'

    assert old_names(source) == [(1, "_told"), (3, "TestMaking"), (3, "told_by")]
    assert old_names("doubt = essay = example = toldo = 1") == []


def test_no_class_of_tests_is_named_after_one() -> None:
    old = OLD_WORDS | {"asking", "closing", "deciding", "ending"}
    classes = {
        f"{file.relative_to(ROOT)}: {name}"
        for file in (ROOT / "tests").rglob("*.py")
        for name in re.findall(r"^class (\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)
        if words_in(name) & old
    }

    assert classes == set()
