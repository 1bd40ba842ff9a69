"""The documents as text: their pages, headings, links, code and commands."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from api.settings import ROOT

FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
TRANSCRIPTS = ("json", "python")


@dataclass(frozen=True, slots=True)
class Page:
    """One Markdown file."""

    path: Path

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def prose(self) -> str:
        """Everything but the fenced blocks."""
        return FENCE.sub("", self.text)

    @property
    def links(self) -> list[str]:
        """Targets of links and pictures."""
        return LINK.findall(INLINE.sub("", self.prose))

    @property
    def anchors(self) -> set[str]:
        """What `#…` may name, as GitHub derives it from headings."""
        found: set[str] = set()
        for heading in HEADING.findall(self.prose):
            words = re.sub(r"[^\w\- ]", "", LINK.sub("", heading).lower()).replace(" ", "-")
            number = sum(1 for other in found if re.fullmatch(rf"{re.escape(words)}(-\d+)?", other))
            found.add(f"{words}-{number}" if number else words)
        return found

    def blocks(self, language: str) -> list[str]:
        """The fenced blocks of one language; an empty one for those that name none."""
        return [body for name, body in FENCE.findall(self.text) if name == language]

    @property
    def commands(self) -> Iterator[str]:
        """Each line of a shell block, continued lines joined, and each piece of inline code."""
        for language, body in FENCE.findall(self.text):
            if language not in TRANSCRIPTS:
                yield from map(str.strip, body.replace("\\\n", " ").splitlines())
        yield from INLINE.findall(self.prose)


def words_of(command: str) -> list[str]:
    """A command's words as a shell splits them, its comment left out."""
    return shlex.split(command, comments=True)


README = Page(ROOT / "README.md")
INDEX = Page(ROOT / "docs/README.md")
EXAMPLES = Page(ROOT / "docs/examples/README.md")
GUIDES = [
    README,
    *(Page(ROOT / name) for name in ("CONTRIBUTING.md", "SECURITY.md")),
    *(Page(path) for path in sorted((ROOT / "docs").rglob("*.md")) if path != EXAMPLES.path),
]
# Beside them, pages whose links must hold but that are not about today's program.
ALL = [
    *GUIDES,
    EXAMPLES,
    Page(ROOT / "CHANGELOG.md"),
    *map(Page, sorted((ROOT / "models").glob("*.md"))),
]


def guide(name: str) -> Page:
    """A page of `docs/`, whichever room it is in."""
    (path,) = (ROOT / "docs").glob(f"*/{name}")
    return Page(path)
