"""What killed processes left half-made among checkpoints and compiled models."""

import contextlib
import logging
import shutil
from collections.abc import Callable
from pathlib import Path

from api.files import TEMPORARY_PREFIX, discard_abandoned, staged_by
from api.registry.champion import Alias
from api.registry.sites.site_versions import SITE_VERSIONS
from api.registry.store import Store

logger = logging.getLogger(__name__)


def discard_workspace_of(owner: str, store: Store, *, compiled: Path) -> None:
    """Remove what a trainer that is gone was making."""
    left = staged_by(owner, store.folder)
    for path in (left, *store.folder.glob(f"{left.name}-*")):
        shutil.rmtree(path, ignore_errors=True)
    with contextlib.suppress(OSError):
        staged_by(owner, compiled).unlink(missing_ok=True)


def remove_abandoned(
    store: Store, alias: Alias, *, compiled: Path, is_at_work: Callable[[], bool]
) -> bool:
    """Remove whatever nobody is at any more; False if it has to be looked at again.

    What lies there is listed before it is asked whether a trainer works: one that begins
    afterwards has made none of it. All others who write there hold the champion's lock.

    Raises: StorageFailed.
    """
    half_made = [
        path
        for pattern in (f"{TEMPORARY_PREFIX}*", f"{SITE_VERSIONS}/*/{TEMPORARY_PREFIX}*")
        for path in store.folder.glob(pattern)
    ]
    if is_at_work():
        return False
    if half_made:
        with alias.locked():
            for path in half_made:
                _remove(path)
                logger.info("left over and removed name=%s", path.name)
    return discard_abandoned(compiled)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
