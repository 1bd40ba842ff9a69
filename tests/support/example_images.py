"""What `docs/examples/README.md` says of its films."""

import re
from dataclasses import dataclass

from api.settings import ROOT

FOLDER = ROOT / "docs" / "examples"
ANSWER = re.compile(r"^\| \[(\S+)\]\(\1\) \| .+ \| (.+) \| (\d+) % \| (\w+) \|$", re.MULTILINE)
SOURCE = re.compile(r"^\| (\S+\.jpg) \| (.+) \| (.+) \|$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class DocumentedAnswer:
    """`confidence` in [0, 1]."""

    label: str
    confidence: float
    decision: str


def documented_answers() -> dict[str, DocumentedAnswer]:
    """How the shipped model answers each film, by file name."""
    return {
        file: DocumentedAnswer(label, int(percents) / 100, decision)
        for file, label, percents, decision in ANSWER.findall(_page())
    }


def documented_sources() -> dict[str, tuple[str, str]]:
    """Source and licence of each film, by file name."""
    return {file: (source, licence) for file, source, licence in SOURCE.findall(_page())}


def _page() -> str:
    return (FOLDER / "README.md").read_text(encoding="utf-8")
