"""File names from outside: shown to people, never used as paths."""

from fastapi import UploadFile

MAX_LENGTH = 255


def shown_name(file: UploadFile) -> str:
    """The client's name for a file, printable and of bounded length."""
    name = "".join(char for char in file.filename or "" if char.isprintable())
    return name[:MAX_LENGTH] or "unnamed"
