"""A CSV file of answers that grows film by film and can be gone on with."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from api.cli.prediction.batch_runner import FileInput, FileResponse, sha256_of
from api.cli.prediction.predictor import RefusedFile
from api.errors import AppError, InvalidRequest
from api.files import storage_errors, write_atomic
from api.reports.spreadsheet import Cell, answered_row, columns, escape_formula, line, refused_row

SHA256 = "sha256"
WHOLE = re.compile(r"[0-9a-f]{64}")
# What a server said of the film itself; another try would hear the same.
FINAL = frozenset({"200", "400", "413", "415", "422"})
# Paths need not be text everywhere.
ENCODING, ERRORS = "utf-8", "surrogateescape"

Row = Mapping[str, str]


class AnswerTable:
    """Rows by the film's path and SHA-256; each is on the disk before the next is asked for."""

    def __init__(self, path: Path, classes: Sequence[str]) -> None:
        """Read what is there; a last line that was cut off is left out.

        Raises: InvalidRequest if the file is something else.
        """
        self.path, self._classes = path, classes
        self._columns = columns_of(classes)
        self._rows = self._read()
        self._decided: dict[tuple[str, str], str] = {}
        self._file: IO[str] | None = None

    def check(self, what: str, expected: str | float | None) -> None:
        """Refuse a table whose answers were given for something else. Raises: InvalidRequest."""
        for row in self._rows.values():
            if expected is not None and row[what] and not _same(row[what], expected):
                raise self._mixed(what, row[what], expected)

    def resume(self, inputs: Sequence[FileInput]) -> dict[str, Row]:
        """Open the file to add to it; gives the rows, by name, of those inputs that need not be
        asked about.

        The others of them lose their rows: the file has changed since, or something other than the
        film was in the way. Rows of other films stay.

        Raises: StorageFailed.
        """
        done = {one.name: row for one in inputs if (row := self._final(one))}
        again = {escape_formula(one.name) for one in inputs if one.name not in done}
        remaining = [row for name, row in self._rows.items() if name not in again]
        for row in remaining:
            self._check_alike(row)
        # What is there is harmless already, and must not be quoted twice.
        table = io.StringIO(newline="")
        csv.writer(table).writerow(self._columns)
        csv.writer(table).writerows([row[name] for name in self._columns] for row in remaining)
        write_atomic(self.path, table.getvalue().encode(ENCODING, ERRORS))
        with storage_errors(self.path):
            self._file = self.path.open("a", encoding=ENCODING, errors=ERRORS, newline="")
        return done

    def add(self, response: FileResponse) -> None:
        """One row more, in the file when this returns.

        Raises: StorageFailed, InvalidRequest for an answer that was decided in another way than
            those that are there.
        """
        assert self._file is not None
        cells = cells_of(response, self._classes)
        self._check_alike(dict(zip(self._columns, cells, strict=True)))
        with storage_errors(self.path):
            self._file.write(line(cells))
            self._file.flush()

    def close(self) -> None:
        """Nothing more comes. Raises: StorageFailed; what `add` could not write is tried again."""
        if self._file:
            with storage_errors(self.path):
                self._file.close()

    def _check_alike(self, row: Mapping[str, Cell]) -> None:
        """One operating point for all; a version promoted meanwhile may have its own prevalence."""
        for what, among in (("operating_point", ""), ("prevalence", str(row["model_version"]))):
            found = row[what]
            if found in ("", None):
                continue
            former = self._decided.setdefault((what, among), str(found))
            if not _same(former, found):
                raise self._mixed(what, former, found)

    def _mixed(self, what: str, former: str, expected: Cell) -> InvalidRequest:
        return InvalidRequest(
            f"The answers in '{self.path}' are for {what} {former}, not {expected}; "
            "name another --out."
        )

    def _final(self, one: FileInput) -> Row | None:
        row = self._rows.get(escape_formula(one.name))
        if row is None or row["status"] not in FINAL:
            return None
        try:
            content = one.read()
        except (OSError, AppError):
            return None
        return row if row[SHA256] == sha256_of(content) else None

    def _read(self) -> dict[str, Row]:
        if not self.path.exists():
            return {}
        try:
            text = self.path.read_bytes().decode(ENCODING, ERRORS)
            rows = list(csv.reader(io.StringIO(text, newline="")))
        except (OSError, csv.Error) as exc:
            raise InvalidRequest(f"'{self.path}' cannot be read ({exc}).") from exc
        if not rows:
            return {}
        head, *rows = rows
        if tuple(head) != self._columns:
            raise InvalidRequest(
                f"'{self.path}' is no table of answers with the classes of this model; "
                "name another --out."
            )
        whole = (row for row in rows if len(row) == len(head) and WHOLE.fullmatch(row[-1]))
        return {row[0]: dict(zip(head, row, strict=True)) for row in whole}


def columns_of(classes: Sequence[str]) -> tuple[str, ...]:
    """What stands at the head of such a table."""
    return (*columns(classes), SHA256)


def cells_of(response: FileResponse, classes: Sequence[str]) -> list[Cell]:
    """The row of what came of one input."""
    answer = response.answer
    if isinstance(answer, RefusedFile):
        cells = refused_row(response.image, answer.error, classes, status=answer.status)
    else:
        cells = answered_row(response.image, answer, classes)
    return [*cells, response.sha256]


def _same(written: str, expected: Cell) -> bool:
    return (
        float(written) == round(expected, 6) if isinstance(expected, float) else written == expected
    )
