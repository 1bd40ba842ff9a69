"""What a bulk prediction answers: its films in parts, fixed before the first is read."""

import contextlib
import json
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from filelock import FileLock, Timeout

from api.cli.bulk import buckets
from api.cli.bulk.buckets import is_in_bucket
from api.cli.bulk.images import in_parts
from api.errors import Conflict, InvalidRequest, StorageFailed
from api.files import TEMPORARY_PREFIX, make_folder, storage_errors, write_atomic
from api.reports.spreadsheet import Cell

# About two seconds of one core: little is lost with a node, and a million films are 10 000 parts.
IMAGES_A_PART = 100

Part = tuple[int, list[str]]
Row = list[Cell]


@dataclass(frozen=True, slots=True)
class Subject:
    """What the answers of one table have in common; another one is another table.

    Attributes:
        sources: as they were named.
        base: the folder that names are relative to.
        weights_sha256: of the checkpoint that answers.
    """

    sources: tuple[str, ...]
    base: str
    weights_sha256: str
    operating_point: str | None
    prevalence: float | None
    max_error: float | None
    columns: tuple[str, ...]


class BulkProgress:
    """The folder beside the table in which finished parts wait for the others.

    A part is there whole or not at all, and is never written again. Of a table in a bucket the
    folder is in the current one.
    """

    def __init__(self, out: str) -> None:
        self.out = out
        table = Path(PurePosixPath(out).name) if is_in_bucket(out) else Path(out)
        self.folder = table.with_name(f"{table.name}.parts")
        self._plan = self.folder / "plan.json"
        self._images = self.folder / "films.ndjson"

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Nobody else works on this table meanwhile. Raises: Conflict, StorageFailed."""
        with storage_errors(self.folder):
            make_folder(self.folder)
        lock = FileLock(self.folder / "lock")
        try:
            with storage_errors(self.folder):
                lock.acquire(timeout=0)
        except StorageFailed as exc:
            if not isinstance(exc.__cause__, Timeout):
                raise
            raise Conflict(
                f"Somebody is writing '{self.out}' already; wait for them, or name another --out."
            ) from exc
        try:
            yield
        finally:
            lock.release()

    def check_free(self) -> None:
        """Refuse to touch a table that is finished, or is somebody else's.

        Raises: InvalidRequest; StorageUnavailable, StorageFailed, MissingPackage.
        """
        if not self._plan.exists() and self._is_there():
            raise InvalidRequest(
                f"'{self.out}' is there already; remove it to have the films answered anew, or "
                "name another --out."
            )

    def begin(
        self, subject: Subject, names: Iterable[str], *, images_a_part: int = IMAGES_A_PART
    ) -> int:
        """Fix what is to be answered, unless a run before has done so; gives the number of films.

        Raises: InvalidRequest if a run before was about something else, or there are no films;
            StorageFailed.
        """
        if self._plan.exists():
            return self._resumed(subject)
        try:
            images = self._write_images(names, images_a_part)
        except BaseException:
            self.remove()
            raise
        if not images:
            self.remove()
            raise InvalidRequest("There are no films in " + ", ".join(subject.sources) + ".")
        # Written last: with it the list is whole.
        write_atomic(self._plan, json.dumps({"films": images} | asdict(subject)).encode())
        return images

    def parts(self) -> Iterator[Part]:
        """All parts by number, read one at a time."""
        with self._images.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines):
                yield number, json.loads(line)

    def open_parts(self) -> Iterator[Part]:
        """The parts that are not finished."""
        return (part for part in self.parts() if not self._path(part[0]).exists())

    def finish(self, part: Part, rows: list[Row]) -> None:
        """Keep the rows of a part, one for each of its films in their order. Raises:
        StorageFailed."""
        number, names = part
        assert [row[0] for row in rows] == names, f"part {number} has the rows of other films"
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        write_atomic(self._path(number), lines.encode())

    def rows(self) -> Iterator[Row]:
        """The rows of finished parts in the films' order, read one part at a time."""
        for number, _ in self.parts():
            path = self._path(number)
            if path.exists():
                yield from map(json.loads, path.read_text(encoding="utf-8").splitlines())

    def finished(self) -> int:
        """Films of the parts that are finished."""
        return sum(len(names) for number, names in self.parts() if self._path(number).exists())

    def remove(self) -> None:
        """The table is written; nothing of this is needed any more."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _is_there(self) -> bool:
        return buckets.is_there(self.out) if is_in_bucket(self.out) else Path(self.out).exists()

    def _path(self, number: int) -> Path:
        return self.folder / f"part-{number:07}.ndjson"

    def _write_images(self, names: Iterable[str], images_a_part: int) -> int:
        images = 0
        temporary = self.folder / f"{TEMPORARY_PREFIX}films"
        with storage_errors(temporary):
            with temporary.open("w", encoding="utf-8") as file:
                for part in in_parts(names, images_a_part):
                    file.write(json.dumps(part) + "\n")
                    images += len(part)
            temporary.replace(self._images)
        return images

    def _resumed(self, subject: Subject) -> int:
        there = json.loads(self._plan.read_text(encoding="utf-8"))
        expected: dict[str, Any] = json.loads(json.dumps(asdict(subject)))
        for what, value in expected.items():
            if there.get(what) != value:
                raise InvalidRequest(
                    f"The answers in '{self.folder}' are for {what} {_shown(there.get(what))}, not "
                    f"{_shown(value)}; name another --out, or remove that folder."
                )
        return int(there["films"])


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
