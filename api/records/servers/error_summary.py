"""What may be kept of an error: types and places in code, never what was worked on.

A message may quote a file's name, and with it a patient's; variables hold whole films. Neither is
here: the log has the message, under the request's id.
"""

import hashlib
import re
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from api.settings import ROOT

# Errors behind an error, and frames of each: the innermost ones.
MAX_CHAIN, MAX_FRAMES = 4, 30
MAX_CHARACTERS = 20_000
# A line of a traceback that another process has written.
REMOTE_FRAME = re.compile(r'^ +File "(?P<file>[^"]+)", line (?P<line>\d+), in (?P<function>\S+)')
REMOTE_TYPE = re.compile(r"^(?P<type>[A-Za-z_][\w.]*)(:|$)")
PACKAGES = "site-packages"


@dataclass(frozen=True, slots=True)
class ErrorSummary:
    """One kind of error.

    Attributes:
        fingerprint: the same for errors of the same types at the same places of our code; lines
            may move.
        type: the error's, with its module where it is not Python's own.
        traceback: files, lines and functions, the newest last.
    """

    fingerprint: str
    type: str
    traceback: str


@dataclass(frozen=True, slots=True)
class _Frame:
    file: str
    line: int
    function: str
    code: str = ""

    @property
    def is_ours(self) -> bool:
        return not self.file.startswith("<") and not Path(self.file).is_absolute()

    def __str__(self) -> str:
        shown = f"  {self.file}:{self.line} in {self.function}"
        return f"{shown}\n    {self.code}" if self.code else shown


@dataclass(frozen=True, slots=True)
class _Link:
    """One error of a chain, and its frames."""

    type: str
    frames: tuple[_Frame, ...]

    @property
    def identity(self) -> str:
        ours = [frame for frame in self.frames if frame.is_ours] or self.frames[-1:]
        return "\n".join([self.type, *(f"{frame.file} {frame.function}" for frame in ours)])

    def __str__(self) -> str:
        return "\n".join([self.type, *map(str, self.frames)])


class RemoteError(RuntimeError):
    """Another process failed; `remote_traceback` is what it wrote down."""

    def __init__(self, message: str, remote_traceback: str) -> None:
        super().__init__(message)
        self.remote_traceback = remote_traceback


def summary_of(exc: BaseException) -> ErrorSummary:
    """What is kept of an error and of those behind it."""
    links = list(_links(exc))
    identity = "\n\n".join(link.identity for link in links)
    shown = "\n\nbecause of\n".join(map(str, links))
    return ErrorSummary(
        fingerprint=hashlib.sha256(identity.encode("utf-8", "replace")).hexdigest()[:16],
        type=links[0].type[:200],
        traceback=shown[:MAX_CHARACTERS],
    )


def _links(exc: BaseException) -> Iterator[_Link]:
    seen: list[BaseException] = []
    current: BaseException | None = exc
    while current is not None and current not in seen and len(seen) < MAX_CHAIN:
        seen.append(current)
        yield _Link(_name_of(type(current)), _frames(current))
        if isinstance(current, RemoteError):
            yield _remote(current.remote_traceback)
        hidden = current.__suppress_context__
        current = current.__cause__ or (None if hidden else current.__context__)


def _name_of(kind: type[BaseException]) -> str:
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"


def _frames(exc: BaseException) -> tuple[_Frame, ...]:
    # Without the values of variables, and only the lines that are shown are looked up.
    extracted = traceback.extract_tb(exc.__traceback__)[-MAX_FRAMES:]
    return tuple(
        _Frame(_shown(each.filename), each.lineno or 0, each.name, each.line or "")
        for each in extracted
    )


def _remote(text: str) -> _Link:
    """From what `traceback.format_exc` wrote in another process."""
    lines = text.splitlines()
    frames = [
        _Frame(_shown(found["file"]), int(found["line"]), found["function"])
        for found in map(REMOTE_FRAME.match, lines)
        if found
    ]
    types = [found["type"] for found in map(REMOTE_TYPE.match, lines) if found]
    known = [name for name in types if name != "Traceback"]
    return _Link(known[-1] if known else "unknown", tuple(frames[-MAX_FRAMES:]))


def _shown(file: str) -> str:
    """A file of ours below the project's folder, of a package below `site-packages`."""
    path = Path(file)
    if path.is_relative_to(ROOT) and PACKAGES not in path.parts:
        return str(path.relative_to(ROOT))
    if PACKAGES in path.parts:
        place = len(path.parts) - path.parts[::-1].index(PACKAGES)
        return f"<{'/'.join(path.parts[place:])}>"
    return f"<{path.name}>"
