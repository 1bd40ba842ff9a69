"""The commands in the shell blocks of the pages, one by one, as somebody would paste them."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from tests.docs.pages import FENCE, Page

SHELLS = ("", "bash")
ASSIGNMENT = re.compile(r"[A-Z]\w*=\S+$|[A-Z]+='[^']*'$")
VARIABLE = re.compile(r"^(?:[A-Z][A-Z_0-9]*=\S+ )+")
# What the pages call the program by, and what they ask it with; what stands before is made for it.
OURS = ("curl", "./roentgen", "python -m api")
SETUP = ("printf", "cat", "echo")


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a page, which may have several lines."""

    page: str
    text: str

    @property
    def program(self) -> str:
        """Its first words, without variables that are set for it alone."""
        text = VARIABLE.sub("", self.text)
        return next((name for name in (*OURS, *SETUP) if text.startswith(f"{name} ")), "")

    @property
    def is_setting(self) -> bool:
        """Whether it only gives a variable a value."""
        return ASSIGNMENT.fullmatch(self.text) is not None

    @property
    def is_ours(self) -> bool:
        return self.program in OURS


def commands_of(page: Page) -> Iterator[Command]:
    """In the page's order; only those that begin as a command of this program does, or make a file
    or a variable that one needs."""
    for language, body in FENCE.findall(page.text):
        if language in SHELLS:
            for text in _joined(body):
                command = Command(page.name, text)
                if command.program or command.is_setting:
                    yield command


def _joined(body: str) -> Iterator[str]:
    """Each command on one line: continued lines, and those within quotes, go together."""
    waiting = ""
    for line in body.replace("\\\n", " ").splitlines():
        waiting = f"{waiting}\n{line}" if waiting else line.strip()
        if not waiting or waiting.startswith("#"):
            waiting = ""
            continue
        if _is_whole(waiting):
            yield re.sub(r"  +", " ", waiting)
            waiting = ""


def _is_whole(text: str) -> bool:
    try:
        shlex.split(text, comments=True)
    except ValueError:
        return False
    return True
