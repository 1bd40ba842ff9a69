"""File names from outside: shown to people, never used as paths."""

from api.inputs.filenames import printable_name as printable_name


def decoded_name(raw: bytes) -> str:
    """A name in a form's headers: UTF-8 as browsers send it, else Latin-1 as old programs do."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
