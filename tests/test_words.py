"""Code speaks the field's words: no name has one of those that this house used before."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from api.settings import ROOT

FOLDERS = ("api", "streamlit_app", "tests", "benchmarks", "deploy", "clients")
# Not: but the standard name, as CONTRIBUTING.md has it.
OLD_WORDS = {
    "aftermath", "answerer", "appraise", "asking", "complaint", "complaints", "courtesy",
    "deciding", "doubt", "ending", "equalise", "exam", "examine", "examiner", "leftover",
    "leftovers", "making", "patience", "pickup", "prove", "pulse", "quantise", "reappraise",
    "rehearse", "said", "say", "saying", "shortage", "sight", "stranger", "strangers", "taps",
    "telling", "told", "unmet", "wanted", "wish",
}  # fmt: skip
# Beside them in what runs: an image is no film, and metrics are no figures. Tests draw figures.
OF_THE_PROGRAM = {"film", "films", "figures"}
PROGRAM = ("api", "streamlit_app")
# In the names of files too; `closing` is a block of the standard library.
OF_FILES = OLD_WORDS | {"closing", "figures", "film", "films", "kept", "picture", "pictures"}
# A command of the documents.
FILES_ALLOWED = {"unlike_films"}
# Keys of task files and cards, settings, columns and fields of answers keep their names.
STORED = {
    "doubt", "figures", "film", "films", "films_per_day", "films_per_s", "max_film_seconds",
    "min_local_films", "min_site_films", "n_films", "wanted_error", "wanted_rate", "without_film",
}  # fmt: skip
# A loss for labels that are not doubted, after the recipe's setting.
ALLOWED = STORED | {"with_no_doubt"}
# Where a stored name may stand that is short enough to be anything.
PLACES = {
    "doubt": {"api/tasks/recipe.py", "api/training/sampling.py"},
    "figures": {
        "api/cli/training/reduce.py", "api/model_card/quantization.py",
        "api/training/assessment/int8_acceptance.py", "api/web/schemas/state/quality.py",
        "streamlit_app/api_types.py",
    },
    "film": {
        "api/web/routes/answers/feedback.py", "api/web/routes/answers/review.py",
        "api/web/schemas/answers/review.py", "streamlit_app/api_types.py",
        "streamlit_app/components/viewer/image_viewer.py",
    },
    "films": {
        "api/cli/predict.py", "api/decision/stream_shift/reference.py",
        "api/evaluation/gate/class_gate.py", "api/evaluation/gate/promotion_gate.py",
        "api/model_card/promotion_policy.py", "api/monitoring/reader_agreement.py",
        "api/web/schemas/answers/review.py",
        "streamlit_app/api_types.py",
    },
}  # fmt: skip
# Not in comments and docstrings either, however they end.
OLD_IN_PROSE = re.compile(
    r"\b(aftermath|(re)?apprais\w+|courtesy|equalis\w+|examiner|leftovers?|patience|quantis\w+)\b",
    re.IGNORECASE,
)
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


@cache
def words_in(name: str) -> set[str]:
    """`TestMaking` and `_making_of` have the word 'making'."""
    return {word.lower() for word in WORD.findall(name)}


@cache
def identifiers(source: str) -> tuple[tuple[int, str], ...]:
    """Each name in the code with its line, of f-strings too; a file is parsed once for all tests.

    Not: a test's sentence, and the fields of a text that people read (`.format(said=…)`).
    """
    return tuple(_identifiers(source))


def _identifiers(source: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            is_text = isinstance(node.func, ast.Attribute) and node.func.attr == "format"
            names = [] if is_text else [word.arg for word in node.keywords if word.arg]
        else:
            names = [name for name in _names_of(node) if not name.startswith("test_")]
        yield from ((getattr(node, "lineno", 0), name) for name in names)


def _names_of(node: ast.AST) -> list[str]:
    match node:
        case ast.FunctionDef(name) | ast.AsyncFunctionDef(name) | ast.ClassDef(name):
            return [name]
        case ast.Name(name) | ast.Attribute(attr=name) | ast.arg(name):
            return [name]
        case ast.alias(name, renamed):
            return [*name.split("."), *([renamed] if renamed else [])]
        case ast.ImportFrom(module):
            return (module or "").split(".")
        case _:
            return []


def old_names(source: str, words: set[str] = OLD_WORDS) -> list[tuple[int, str]]:
    # Many files have none anywhere, and need not be parsed. A pattern would take ten times as long.
    lowered = source.lower()
    if not any(word in lowered for word in words):
        return []
    return [
        (line, name)
        for line, name in identifiers(source)
        if name not in ALLOWED and words_in(name) & words
    ]


def old_prose(source: str) -> list[tuple[int, str]]:
    """Old words in comments and docstrings; other texts are data, or for people."""
    if not OLD_IN_PROSE.search(source):
        return []
    docstrings = {
        node.body[0].value.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        (token.start[0], found.group())
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
        or (token.type == tokenize.STRING and token.start[0] in docstrings)
        for found in OLD_IN_PROSE.finditer(token.string)
    ]


def files(*folders: str) -> list[Path]:
    return sorted(file for folder in folders for file in (ROOT / folder).rglob("*.py"))


def place_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


@cache
def text_of(file: Path) -> str:
    return file.read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_identifier_has_an_old_word(folder: str) -> None:
    words = OLD_WORDS | OF_THE_PROGRAM if folder in PROGRAM else OLD_WORDS
    found = {
        f"{place_of(file)}:{line}: {name}"
        for file in files(folder)
        for line, name in old_names(text_of(file), words)
    }

    assert found == set()


@pytest.mark.parametrize("name", PLACES)
def test_a_stored_name_stands_only_where_it_is_stored(name: str) -> None:
    sources = {place_of(file): text_of(file) for file in files(*PROGRAM)}
    found = {
        place
        for place, source in sources.items()
        if name in source and any(name == used for _, used in identifiers(source))
    }

    assert found == PLACES[name]


def test_no_file_is_named_after_one() -> None:
    found = {
        place_of(file)
        for file in files(*FOLDERS)
        if file.stem not in FILES_ALLOWED and words_in(file.stem) & OF_FILES
    }

    assert found == set()


def test_no_comment_has_one() -> None:
    found = {
        f"{place_of(file)}:{line}: {word}"
        for file in files(*FOLDERS)
        for line, word in old_prose(text_of(file))
    }

    assert found == set()


def test_the_search_looks_at_names_and_not_at_sentences() -> None:
    source = (
        'def _told():\n    """Said."""  # and told\n    return TestMaking, "said", f"{told_by}"\n'
        'def test_it_is_said(): return "{said}".format(said=1)\n'
    )

    assert sorted(old_names(source)) == [(1, "_told"), (3, "TestMaking"), (3, "told_by")]
    assert old_names("doubt = essay = example = toldo = 1") == []
    assert old_names("from api.wish import x as y\nf(said=1)") == [(1, "wish"), (2, "said")]
    assert old_prose('"""With patience."""\nx = "courtesy"  # Quantised.\n') == [
        (1, "patience"),
        (2, "Quantised"),
    ]
