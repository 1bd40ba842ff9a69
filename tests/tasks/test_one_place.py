"""What is said in one place only: what a kind of input does differently, and chest wording."""

import re
from collections.abc import Iterator
from pathlib import Path

from api.settings import ROOT

API = ROOT / "api"
# Comparing kinds, or asking for the classes that tables have of their own; `assert` only tells the
# type checker what the caller knows.
ASKS = re.compile(
    r"\b(?:input_)?kind\s*(?:==|!=)\s*(?:\"(?:image|tabular)\"|\w*Card\.)"
    r"|^(?!\s*assert\b).*\bisinstance\(.*\b(?:Table(?:Card|Task|Recipe)|GoldenRow)\b"
)
# The implementations of the kinds, to those who serve, train and export.
KINDS = ("inputs/", "kinds/", "training/pipelines/kinds.py", "exports/kinds.py")


def found(pattern: re.Pattern[str], files: Iterator[Path]) -> list[str]:
    return [
        f"{file.relative_to(API)}:{number}: {line.strip()}"
        for file in files
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]


def sources() -> Iterator[Path]:
    return (file for file in API.rglob("*.py"))


def test_only_the_kinds_ask_which_kind_an_input_is() -> None:
    others = (f for f in sources() if not str(f.relative_to(API)).startswith(KINDS))

    assert found(ASKS, others) == []


def test_the_search_finds_what_it_is_for() -> None:
    questions = ('if task.kind == "image":', "x = card.input_kind != TableCard.input_kind")

    assert all(ASKS.search(line) for line in (*questions, "if isinstance(card, TableCard):"))
    assert not ASKS.search("    assert isinstance(card, TableCard)")


def test_only_task_files_speak_of_the_chest() -> None:
    chest = re.compile("chest", re.IGNORECASE)

    assert found(chest, sources()) == []
    assert found(chest, (API / "tasks").rglob("*.toml"))
