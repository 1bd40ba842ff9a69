"""The finished table: CSV, NDJSON or Parquet, written row by row and there only when whole."""

import contextlib
import csv
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path, PurePath, PurePosixPath
from typing import Any

from api.cli.bulk import buckets
from api.cli.bulk.plan import Row
from api.errors import InvalidRequest, MissingPackage
from api.files import TEMPORARY_PREFIX, storage_errors, sync_folder
from api.reports.spreadsheet import line

ROWS_A_GROUP = 20_000
# Names of films need not be text everywhere.
ENCODING, ERRORS = "utf-8", "surrogateescape"
TEXT = frozenset(
    {
        "filename", "label", "decision", "causes", "reasons", "operating_point", "model_version",
        "id", "error", "sha256",
    }
)  # fmt: skip

Write = Callable[[Path, Sequence[str], Iterable[Row]], None]


def writer_for(path: PurePath) -> Write:
    """What writes such a table. Raises: InvalidRequest, MissingPackage."""
    write = WRITERS.get(path.suffix)
    if write is None:
        raise InvalidRequest(
            f"--out with --cluster ends in {', '.join(WRITERS)}; '{path}' is none."
        )
    if write is _write_parquet:
        _pyarrow()
    return write


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Put a table there as a whole, with the rows in memory that are written at once.

    Raises: StorageFailed, and nothing is left behind; as `writer_for`.
    """
    write = writer_for(path)
    with storage_errors(path), _renamed_to(path) as temporary:
        write(temporary, columns, rows)


def put_table(out: str, columns: Sequence[str], rows: Iterable[Row], *, by_way_of: Path) -> None:
    """The same where `out` may be in a bucket (`s3://…`): written into a folder first.

    Raises: as `write_table`; StorageUnavailable, MissingPackage.
    """
    if not buckets.is_in_bucket(out):
        write_table(Path(out), columns, rows)
        return
    here = by_way_of / PurePosixPath(out).name
    write_table(here, columns, rows)
    buckets.put(here, out)


@contextlib.contextmanager
def _renamed_to(path: Path) -> Iterator[Path]:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=TEMPORARY_PREFIX)
    temporary = Path(name)
    try:
        yield temporary
        os.fsync(descriptor)
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        os.close(descriptor)
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def _write_csv(path: Path, columns: Sequence[str], rows: Iterable[Row]) -> None:
    with path.open("w", encoding=ENCODING, errors=ERRORS, newline="") as file:
        csv.writer(file).writerow(columns)
        file.writelines(map(line, rows))


def _write_ndjson(path: Path, columns: Sequence[str], rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(dict(zip(columns, row, strict=True))) + "\n")


def _write_parquet(path: Path, columns: Sequence[str], rows: Iterable[Row]) -> None:
    pa, pq = _pyarrow()
    schema = pa.schema([(name, _type_of(name, pa)) for name in columns])
    rows = iter(rows)
    with pq.ParquetWriter(path, schema) as writer:
        while group := list(islice(rows, ROWS_A_GROUP)):
            cells = zip(*(map(_as_text, row) for row in group), strict=True)
            arrays = [pa.array(column, field.type) for column, field in zip(cells, schema)]  # noqa: B905
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))


def _type_of(column: str, pa: Any) -> Any:
    if column in TEXT:
        return pa.string()
    return pa.int16() if column == "status" else pa.float64()


def _as_text(cell: Any) -> Any:
    """Parquet has no bytes in its strings that are no UTF-8."""
    if isinstance(cell, str) and not cell.isascii():
        return cell.encode(ENCODING, ERRORS).decode(ENCODING, "replace")
    return cell


def _pyarrow() -> tuple[Any, Any]:
    """Raises: MissingPackage."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as exc:
        raise MissingPackage(
            "Parquet needs the package 'pyarrow'; install what is in requirements_ray.txt, or name "
            "an --out that ends in .csv or .ndjson."
        ) from exc
    return pyarrow, parquet


WRITERS: dict[str, Write] = {
    ".parquet": _write_parquet,
    ".csv": _write_csv,
    ".ndjson": _write_ndjson,
}
