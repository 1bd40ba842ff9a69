"""Reports of finished site checks, kept for a day by their id: figures and hashes, no films."""

import contextlib
import re
import uuid
from dataclasses import dataclass

from pydantic import ValidationError

from api.clock import now
from api.errors import BlobNotFound, NotFound, StorageFailed
from api.model_card.sites.site_report import SiteReport
from api.storage.blob_store import BlobInfo, BlobStore

KEEP_S = 86_400
MAX_REPORTS = 100
MAX_BYTES = 8_000_000
SUFFIX = ".json"
ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class StoredReports:
    """A blob a report, where all servers of an installation find it."""

    blobs: BlobStore

    def keep(self, report: SiteReport, *, by: str | None = None) -> SiteReport:
        """Write a report down; it comes back with its id, when it was made, and who asked for it.

        Raises: StorageFailed, StorageUnavailable.
        """
        self._drop_old()
        named = {"check": uuid.uuid4().hex, "checked_at": now(), "checked_by": by}
        kept = report.model_copy(update=named)
        self.blobs.put(_key(str(kept.check)), kept.model_dump_json().encode())
        return kept

    def get(self, check: str) -> SiteReport:
        """Raises: NotFound, also for one that is too old; StorageUnavailable."""
        if ID.fullmatch(check):
            found = self.blobs.head(_key(check))
            if found and _age_s(found) < KEEP_S and found.size_bytes <= MAX_BYTES:
                with contextlib.suppress(BlobNotFound, StorageFailed, ValidationError):
                    return SiteReport.model_validate_json(self.blobs.get(found.key))
        raise NotFound(
            f"There is no site check '{check[:40]}' any more, they are kept for a day; send the "
            "films again."
        )

    def _drop_old(self) -> None:
        newest = sorted((b for b in self.blobs.list() if b.key.endswith(SUFFIX)), key=_age_s)
        self.blobs.delete(
            *(
                blob.key
                for number, blob in enumerate(newest, start=1)
                if number >= MAX_REPORTS or _age_s(blob) >= KEEP_S
            )
        )


def _key(check: str) -> str:
    return f"{check}{SUFFIX}"


def _age_s(blob: BlobInfo) -> float:
    return (now() - blob.modified_at).total_seconds()
