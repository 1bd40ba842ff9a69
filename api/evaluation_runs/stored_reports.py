"""Reports of finished site checks, kept for a day by their id: figures and hashes, no films."""

import contextlib
import re
import uuid
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from api.clock import now
from api.errors import NotFound
from api.files import read_bounded, write_atomic
from api.model_card.sites.site_report import SiteReport

KEEP_S = 86_400
MAX_REPORTS = 100
MAX_BYTES = 8_000_000
ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class StoredReports:
    """A file a report; all processes that share the state folder find it."""

    folder: Path

    def keep(self, report: SiteReport) -> SiteReport:
        """Write a report down; it comes back with its id. Raises: StorageFailed."""
        self._drop_old()
        stored = report.model_copy(update={"check": uuid.uuid4().hex})
        write_atomic(self._path(str(stored.check)), stored.model_dump_json().encode())
        return stored

    def get(self, check: str) -> SiteReport:
        """Raises: NotFound, also for one that is too old."""
        if ID.fullmatch(check):
            path = self._path(check)
            with contextlib.suppress(OSError, ValueError, ValidationError):
                if _age_s(path) < KEEP_S:
                    return SiteReport.model_validate_json(read_bounded(path, max_bytes=MAX_BYTES))
        raise NotFound(
            f"There is no site check '{check[:40]}' any more, they are kept for a day; send the "
            "films again."
        )

    def _path(self, check: str) -> Path:
        return self.folder / f"{check}.json"

    def _drop_old(self) -> None:
        with contextlib.suppress(OSError):
            newest = sorted(self.folder.glob("*.json"), key=_age_s)
            for number, path in enumerate(newest, start=1):
                if number >= MAX_REPORTS or _age_s(path) >= KEEP_S:
                    path.unlink(missing_ok=True)


def _age_s(path: Path) -> float:
    return now().timestamp() - path.stat().st_mtime
