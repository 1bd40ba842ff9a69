"""The local-site check for the web: an archive in, a report out, in a process of its own.

The films are deleted; the report is kept for a day, so that a profile can be made of it.

The statistics need libraries that would double a server's memory; the command line has them
anyway, so the check is `python -m api evaluate`, asked by the server.
"""

import errno
import hashlib
import shutil
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import IO, TypeVar

from pydantic import ValidationError

from api.errors import (
    AppError,
    Conflict,
    InvalidCheckpoint,
    InvalidDataset,
    InvalidUpload,
    StorageFailed,
)
from api.evaluation_runs.check_process import WatchedCheck, run
from api.evaluation_runs.stored_reports import StoredReports
from api.files import storage_errors
from api.model_card.row_report import RowReport
from api.model_card.sites.site_report import NO_GO, UNUSABLE, SiteReport
from api.samples.archive.reader import Archive, ArchiveLimits, is_archive

# The folder that class folders at the top of an archive lie in, and so the name of their source.
SOURCE = "uploaded"
TABLE = "table.csv"
# What an archive may call a file and a disk may not: too deep, or in letters that it does not know.
UNUSABLE_NAME = frozenset({errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL})
# Most that a disk takes, less room for a number.
MAX_NAME_BYTES = 240
NO_NAME = "unnamed"

Report = TypeVar("Report", SiteReport, RowReport)


@dataclass(frozen=True, slots=True)
class SiteCheck:
    """Runs one check at a time; `folder` is where films lie while they are read."""

    folder: Path
    reports: StoredReports
    limits: ArchiveLimits
    environment: dict[str, str]
    _running: threading.Lock = field(default_factory=threading.Lock)

    def check(
        self,
        file: IO[bytes],
        *,
        version: str,
        operating_point: str | None,
        by: str | None = None,
        watched: WatchedCheck | None = None,
    ) -> SiteReport:
        """Measure a version on a ZIP of class folders. The films are deleted afterwards.

        Args:
            by: who asked for it.

        Raises: InvalidUpload, TooLarge, InvalidDataset, Conflict while another check runs or if it
            was stopped, InvalidCheckpoint, StorageFailed.
        """
        watched = watched or WatchedCheck()
        with self._alone() as folder:
            images = folder / SOURCE
            skipped = self._unpack(file, images, watched)
            report = self._evaluate(images, version, operating_point, SiteReport, watched)
        return self.reports.keep(
            report.model_copy(update={"skipped": dict(skipped + Counter(report.skipped))}), by=by
        )

    def check_table(
        self, file: IO[bytes], *, version: str, watched: WatchedCheck | None = None
    ) -> RowReport:
        """Measure a version on a CSV with a column of classes. Nothing of it is kept.

        Raises: as `check`.
        """
        with self._alone() as folder:
            table = folder / TABLE
            with table.open("wb") as copy:
                shutil.copyfileobj(file, copy)
            return self._evaluate(table, version, None, RowReport, watched or WatchedCheck())

    @contextmanager
    def _alone(self) -> Iterator[Path]:
        """A folder for one check, which nobody else runs meanwhile."""
        if not self._running.acquire(blocking=False):
            raise Conflict("Another check is running; try again when it has finished.")
        try:
            with storage_errors(self.folder):
                self.folder.mkdir(parents=True, exist_ok=True)
                with tempfile.TemporaryDirectory(prefix="check-", dir=self.folder) as temporary:
                    yield Path(temporary)
        finally:
            self._running.release()

    def _unpack(self, file: IO[bytes], target: Path, watched: WatchedCheck) -> Counter[str]:
        """Write the archive's pictures below a folder; counts what was left out, by reason."""
        head = file.read(4)
        file.seek(0)
        if not is_archive(head):
            raise InvalidUpload("Send one ZIP archive with a folder of films for each class.")
        skipped: Counter[str] = Counter()
        with Archive(file, self.limits) as archive:
            for entry in archive.entries():
                watched.require()
                try:
                    content = archive.read(entry)
                except AppError as exc:
                    skipped[exc.message] += 1
                    continue
                try:
                    path = _place(target, entry.path or ())
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(content)
                except OSError as exc:
                    if exc.errno not in UNUSABLE_NAME:
                        raise
                    skipped["The entry's name cannot be a file's here; rename it."] += 1
        if not target.is_dir():
            raise InvalidUpload(
                "No file of the archive can be read: " + skipped.most_common(1)[0][0]
            )
        return skipped

    def _evaluate(
        self,
        data: Path,
        version: str,
        operating_point: str | None,
        report: type[Report],
        watched: WatchedCheck,
    ) -> Report:
        command = [sys.executable, "-m", "api", "evaluate", "--json", "--progress"]
        command += ["--data", str(data), "--model", version]
        command += ["--operating-point", operating_point] if operating_point else []
        ended = run(command, environment=self.environment, folder=data.parent, watched=watched)
        if ended.code not in (0, NO_GO):
            reason = _reason(ended.messages).replace(str(data), "the archive")
            raise (InvalidCheckpoint if ended.code == UNUSABLE else InvalidDataset)(reason)
        try:
            return report.model_validate_json(ended.report)
        except ValidationError as exc:
            raise StorageFailed("The check gave no report; see the server's log.") from exc


def _place(target: Path, parts: tuple[str, ...]) -> Path:
    """A place for an entry that says the same of it as its path, and that nothing is at yet."""
    folder = target
    for part in parts[:-1]:
        folder /= _short(part)
        # Folders say what a film is, so it is the file in the way that gets another name.
        if folder.is_file():
            folder.rename(_free(folder))
    name = parts[-1] if parts else ""
    return _free(folder / _short(name if name.strip(".") == name else NO_NAME + name))


def _short(part: str) -> str:
    """A name that a disk takes. What a long one ends with is told by its hash."""
    name = part.replace("\0", "_")
    encoded = name.encode(errors="replace")
    if len(encoded) <= MAX_NAME_BYTES:
        return name
    digest = hashlib.sha256(part.encode(errors="surrogatepass")).hexdigest()[:16]
    return encoded[: MAX_NAME_BYTES - 17].decode(errors="ignore") + "~" + digest


def _free(path: Path) -> Path:
    """The path, or the first with a number behind it where nothing is."""
    names = (path.name if number < 2 else f"{path.name}~{number}" for number in count(1))
    return next(found for name in names if not (found := path.with_name(name)).exists())


def _reason(stderr: str) -> str:
    lines = [line for line in stderr.strip().splitlines() if line.strip()]
    return lines[-1].removeprefix("Error: ") if lines else "The check failed without a reason."
