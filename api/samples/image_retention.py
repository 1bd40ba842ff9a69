"""Films that were predicted on, kept for a while so that somebody can say what they show."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from api.clock import now
from api.errors import AppError
from api.files import write_atomic

logger = logging.getLogger(__name__)

RetentionMode = Literal["none", "referred", "all"]
REFER = "refer"
DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class RetainedImages:
    """Files named by the SHA-256 of what was sent; by default none."""

    folder: Path
    mode: RetentionMode
    days: float
    # What may be kept of a film: nothing that names anybody.
    deidentified: Callable[[bytes], bytes] = bytes

    def keep(
        self,
        content: bytes,
        *,
        sha256: str,
        decision: str,
        without_metadata: Callable[[bytes], bytes] = bytes,
    ) -> None:
        """Keep a film, if such ones are wanted, without what is beside its picture.

        Never raises: the answer must not fail for it.
        """
        if self.mode == "all" or (self.mode == "referred" and decision == REFER):
            try:
                picture = without_metadata(self.deidentified(content))
                write_atomic(self._path(sha256), picture)
            except AppError as exc:
                logger.warning("film not kept sha256=%s reason=%r", sha256[:12], exc.message)

    def put_back(self, content: bytes, *, sha256: str) -> None:
        """Keep a film again that was kept before. Raises: StorageFailed."""
        write_atomic(self._path(sha256), content)

    def read(self, sha256: str) -> bytes | None:
        """A film that was kept; None if it was not, or no longer is."""
        try:
            return self._path(sha256).read_bytes()
        except OSError:
            return None

    def has(self, sha256: str) -> bool:
        """Whether a film was kept."""
        return self._path(sha256).is_file()

    def drop(self, sha256: str) -> None:
        """Forget a film."""
        retained_path(self.folder, sha256).unlink(missing_ok=True)

    def drop_old(self) -> int:
        """Forget films that were kept for longer than wanted; returns how many."""
        limit = now().timestamp() - self.days * DAY_S
        old = [path for path in self.folder.glob("*") if path.stat().st_mtime < limit]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def _path(self, sha256: str) -> Path:
        return retained_path(self.folder, sha256)


def retained_path(folder: Path, sha256: str) -> Path:
    """Where a kept film lies."""
    return folder / sha256
