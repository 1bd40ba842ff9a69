"""File names from outside: shown to people, never used as paths."""

from fastapi import UploadFile

MAX_LENGTH = 255


def shown_name(file: UploadFile) -> str:
    """The client's name for a file, printable and of bounded length."""
    return printable_name(file.filename)


def decoded_name(raw: bytes) -> str:
    """A name in a form's headers: UTF-8 as browsers send it, else Latin-1 as old programs do."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def printable_name(name: str | None) -> str:
    """The same for a bare name."""
    printable = "".join(char for char in name or "" if char.isprintable())
    return printable[:MAX_LENGTH] or "unnamed"
