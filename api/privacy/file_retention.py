"""Files that hold names or films for a time only: copies of the records, logs of trainers, what a
check left behind when it was killed, and files that could not become samples."""

import contextlib
import logging
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from api.files import sha256_of
from api.inputs.stored_names import FilenamePolicy
from api.samples.erasing.erasure import NOT_TAKEN, SHA256
from api.settings import Settings

logger = logging.getLogger(__name__)

# A copy of the records is a way back to the version before; nobody needs it sooner than this, and
# whoever keeps names for ever keeps it for ever.
MIN_KEPT = timedelta(days=7)
# Reports of checks are used within a day, and a check takes a quarter of an hour.
OF_CHECKS = timedelta(days=1)
HASHED_TERM = timedelta(days=30)


def file_term(policy: FilenamePolicy) -> timedelta | None:
    """How long files that may hold names are kept; None: for ever."""
    if policy.key is not None:
        return HASHED_TERM
    return None if policy.days is None else max(MIN_KEPT, timedelta(days=policy.days))


def tidy_files(settings: Settings, policy: FilenamePolicy, moment: datetime) -> int:
    """Remove or rename what is too old; returns how many files and folders.

    Raises: OSError.
    """
    gone = _remove_old(_of_checks(settings), moment - OF_CHECKS)
    term = file_term(policy)
    if term is not None:
        gone += _remove_old(_with_names(settings), moment - term)
        gone += _rename_not_taken(settings.retrain_dir, moment - term)
    if gone:
        logger.info("files dropped for their age n=%d", gone)
    return gone


def former_copies(settings: Settings) -> list[Path]:
    """The copies of the SQLite file that upgrades made."""
    return sorted(settings.state_dir.glob("*.bak"))


def _of_checks(settings: Settings) -> Iterator[Path]:
    yield from (settings.state_dir / "checks").glob("check-*")
    yield from settings.state_dir.glob("check_reports*/*.json")


def _with_names(settings: Settings) -> Iterator[Path]:
    yield from former_copies(settings)
    yield from settings.job_logs_dir.glob("*.log")


def _remove_old(paths: Iterator[Path], limit: datetime) -> int:
    gone = 0
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_mtime < limit.timestamp():
                shutil.rmtree(path) if path.is_dir() else path.unlink()
                gone += 1
    return gone


def _rename_not_taken(retrain_dir: Path, limit: datetime) -> int:
    """Give files that were put aside their hash as a name; their folders' names go too."""
    renamed = 0
    for home in retrain_dir.glob(f"*/{NOT_TAKEN}"):
        for path in sorted(home.rglob("*"), reverse=True):
            with contextlib.suppress(FileNotFoundError):
                # When it came here; what its own date says is of its camera.
                is_old = path.stat().st_ctime < limit.timestamp()
                if path.is_file() and is_old and not SHA256.fullmatch(path.stem):
                    path.rename(home / f"{sha256_of(path)}{_extension(path)}")
                    renamed += 1
                elif path.is_dir() and not any(path.iterdir()):
                    path.rmdir()
    return renamed


def _extension(path: Path) -> str:
    """A usual one; anything longer could be part of a name."""
    suffix = path.suffix.lower()
    return suffix if suffix[1:].isalnum() and len(suffix) <= 5 else ""
