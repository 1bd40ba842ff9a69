"""What components run in the browser, read once."""

import functools
from pathlib import Path


@functools.cache
def text_of(folder: Path, *names: str) -> str:
    """Some files of a folder, one after the other."""
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in names)
