"""A folder that is there whole or not at all."""

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from api.errors import InvalidRequest
from api.files import make_folder, staged_by, storage_errors, sync_folder


@contextlib.contextmanager
def new_folder(out: Path) -> Iterator[Path]:
    """A folder beside `out` to write into, which becomes `out` at the end; gone if anything fails.

    Raises: InvalidRequest if `out` is there and is not an empty folder; StorageFailed.
    """
    _check_free(out)
    with storage_errors(out):
        make_folder(out.absolute().parent)
        staged = staged_by(f"{out.name}-{secrets.token_hex(4)}", out.absolute().parent)
        staged.mkdir()
    try:
        with storage_errors(out):
            yield staged
            _flush(staged)
            # An empty folder gives way; one that was filled meanwhile does not.
            staged.rename(out)
            sync_folder(out.absolute().parent)
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _check_free(out: Path) -> None:
    try:
        is_free = not out.exists() or (out.is_dir() and not any(out.iterdir()))
    except OSError as exc:
        raise InvalidRequest(
            f"'{out}' cannot be read ({exc.strerror}); name another folder."
        ) from exc
    if not is_free:
        raise InvalidRequest(
            f"'{out}' is there already and is not an empty folder; name another one, or remove it."
        )


def _flush(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        if path.is_dir():
            sync_folder(path)
        else:
            with path.open("rb") as file:
                os.fsync(file.fileno())
