"""Which checkpoints are kept, so that a year of retrainings does not fill the disk."""

import contextlib
import logging
import shutil
from collections.abc import Collection
from pathlib import Path

from api.errors import AppError
from api.files import TEMPORARY_PREFIX
from api.registry.champion import Alias, champion_of
from api.registry.history import CHAMPION, rollback_target
from api.registry.sites.site_versions import site_aliases
from api.registry.store import Checkpoint, Store, compiled_path

logger = logging.getLogger(__name__)


def expired(store: Store, alias: Alias, *, keep: int, in_use: Collection[str] = ()) -> list[str]:
    """Versions that nobody needs, oldest first.

    Needed are the newest `keep`, the champion, its forebears, and where a rollback would go; the
    same of what answers a site.

    Args:
        in_use: those that somebody else says are needed: one in shadow, what a node serves.

    Raises: InvalidCheckpoint, NotFound, StorageFailed if it cannot be told which one serves.
    """
    # A copy may lack the newest moves.
    if problem := alias.standing().problem:
        raise problem
    champion = champion_of(store, alias)
    newest = store.versions()[-keep:]
    needed = {alias.rollback_target(), *newest, *_line(store, champion), *in_use}
    needed |= _needed_by_sites(store, alias)
    return [v for v in store.versions() if v not in needed and (store.folder / v).is_dir()]


def _needed_by_sites(store: Store, champion: Alias) -> set[str | None]:
    """Raises: InvalidCheckpoint, StorageFailed if it cannot be told what answers a site."""
    needed: set[str | None] = set()
    for alias in site_aliases(champion):
        standing = alias.standing()
        if standing.problem:
            raise standing.problem
        needed |= {standing.version, rollback_target(standing.history)}
        # Of a version that is gone or damaged nobody knows where it came from.
        with contextlib.suppress(AppError):
            needed |= _line(store, store.get(standing.version or CHAMPION))
    return needed


def _line(store: Store, champion: Checkpoint) -> set[str]:
    """A checkpoint and those it came from, as far as they are there."""
    line = {champion.version}
    parent = champion.card.parent
    while parent and parent not in line:
        line.add(parent)
        try:
            parent = store.get(parent).card.parent
        except AppError:
            break
    return line


def discard_expired(
    store: Store, alias: Alias, *, keep: int, compiled: Path, in_use: Collection[str] = ()
) -> None:
    """Remove the versions that nobody needs (see `expired`), and what was compiled of them.

    Nobody is promoted meanwhile. Raises: InvalidCheckpoint, NotFound, StorageFailed.
    """
    with alias.locked():
        discard(store, expired(store, alias, keep=keep, in_use=in_use), compiled=compiled)


def discard(store: Store, versions: list[str], *, compiled: Path) -> None:
    """Remove versions, each whole: one that is half gone would look damaged."""
    for version in versions:
        with contextlib.suppress(AppError):
            sha256 = store.get(version).card.weights_sha256
            compiled_path(compiled, sha256).unlink(missing_ok=True)
        try:
            # First: it would be fetched again.
            if store.published is not None:
                store.published.remove(version)
        except AppError as exc:
            logger.warning("version not removed version=%s reason=%r", version, exc.message)
            continue
        remove_copy(store, version)


def remove_copy(store: Store, version: str) -> None:
    """Remove a version from this machine's folder."""
    doomed = store.folder / f"{TEMPORARY_PREFIX}{version}"
    try:
        (store.folder / version).rename(doomed)
    except OSError as exc:
        logger.warning("version not removed version=%s reason=%r", version, exc.strerror)
        return
    shutil.rmtree(doomed, ignore_errors=True)
    logger.info("version removed version=%s", version)
