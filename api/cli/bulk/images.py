"""The films of a bulk prediction by name: of folders, files, buckets, and lists of them."""

import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from api.cli.bulk import buckets
from api.errors import InvalidRequest

# A text file with a film's path in each line.
LIST_SUFFIX = ".txt"
ENCODING, ERRORS = "utf-8", "surrogateescape"


def names_in(sources: Sequence[str], *, but: Path | None = None) -> Iterator[str]:
    """Every film once, in the order of `python -m api predict`: of a folder all files that are not
    hidden, by name; of a bucket (`s3://…`) all below a prefix; of a list (`.txt`) its lines; else
    the file itself. What is in the folder `but` is none of them.

    One folder is read entry by entry; only several sources are remembered, to know what was there.

    Raises: InvalidRequest for a source that is not there; for a bucket also MissingPackage,
        StorageFailed, StorageUnavailable.
    """
    found = (name for source in sources for name in _names_of(source, but))
    if len(sources) == 1 and not sources[0].endswith(LIST_SUFFIX):
        yield from found
    else:
        yield from dict.fromkeys(found)


def in_parts(names: Iterable[str], size: int) -> Iterator[list[str]]:
    """The names in their order, `size` at a time; the last part has what is left."""
    names = iter(names)
    while part := list(islice(names, size)):
        yield part


def read_image(base: Path, name: str) -> bytes:
    """A film's bytes; its name is relative to `base`. Raises: OSError, AppError."""
    return buckets.read(name) if buckets.is_in_bucket(name) else (base / name).read_bytes()


def is_readable(base: Path, name: str) -> bool:
    """Whether a film can be read here. Raises: StorageUnavailable, StorageFailed."""
    if buckets.is_in_bucket(name):
        return buckets.is_there(name)
    try:
        with (base / name).open("rb") as file:
            file.read(1)
    except OSError:
        return False
    return True


def _names_of(source: str, but: Path | None) -> Iterator[str]:
    if buckets.is_in_bucket(source):
        yield from _names_in_bucket(source)
        return
    path = Path(source)
    if path.is_dir():
        yield from _walked(str(path), but)
    elif not path.is_file():
        raise InvalidRequest(f"There is no file or folder '{source}'.")
    elif path.suffix == LIST_SUFFIX:
        yield from _listed(path)
    else:
        yield str(path)


def _names_in_bucket(source: str) -> Iterator[str]:
    if source.endswith(LIST_SUFFIX):
        lines = buckets.read(source).decode(ENCODING, ERRORS).splitlines()
        yield from filter(None, lines)
    else:
        yield from buckets.names_below(source)


def _walked(folder: str, but: Path | None) -> Iterator[str]:
    try:
        with os.scandir(folder) as scan:
            entries = sorted(scan, key=lambda entry: entry.name)
    except OSError as exc:
        raise InvalidRequest(f"'{folder}' cannot be read ({exc.strerror}).") from exc
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            if but is None or entry.name != but.name or not but.samefile(entry.path):
                yield from _walked(entry.path, but)
        elif entry.is_file():
            yield str(Path(entry.path))


def _listed(path: Path) -> Iterator[str]:
    with path.open(encoding=ENCODING, errors=ERRORS) as lines:
        yield from (line for each in lines if (line := each.rstrip("\r\n")))
