"""Sections of Markdown files that the program writes, so that they cannot go stale."""

import re
from pathlib import Path

from api.errors import NotFound
from api.files import write_atomic


def section(text: str, name: str) -> str:
    """What stands between a document's markers. Raises: NotFound."""
    match = _pattern(name).search(text)
    if match is None:
        raise NotFound(
            f"The document has no section '{name}': put <!-- {name} --> and <!-- /{name} --> "
            "around it."
        )
    return match.group("body").strip()


def replace_section(path: Path, name: str, body: str) -> None:
    """Put `body` between a file's markers. Raises: NotFound, StorageFailed."""
    text = path.read_text(encoding="utf-8")
    section(text, name)
    new = _pattern(name).sub(
        lambda match: f"{match.group('start')}\n{body.strip()}\n{match.group('end')}", text
    )
    write_atomic(path, new.encode())


def _pattern(name: str) -> re.Pattern[str]:
    start, end = re.escape(f"<!-- {name} -->"), re.escape(f"<!-- /{name} -->")
    return re.compile(rf"(?P<start>{start})(?P<body>.*?)(?P<end>{end})", re.DOTALL)
