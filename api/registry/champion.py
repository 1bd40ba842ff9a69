"""Who serves: the alias that names the champion, or what answers one site, and the one door through
which it moves."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout

from api.clock import now
from api.errors import AppError, Conflict, InvalidCheckpoint, StorageFailed, StoreBusy
from api.files import storage_errors
from api.registry import champion_file
from api.registry.champion_file import BACKUP_NAME, FILE_NAME, Standing, read_standing
from api.registry.history import CHAMPION, AliasChange, History, MoveKind, rollback_target
from api.registry.store import Checkpoint, Store

LOCK_NAME = ".champion.lock"

# Whoever holds the lock writes two small files, or removes old versions.
LOCK_TIMEOUT_S = 30.0


# Changes whenever an alias has moved.
Stamp = tuple[int, int, int]


class SharedMoves(Protocol):
    """The moves of a task's aliases where several nodes share them: rows instead of files.

    Each alias has a key: an empty one is the champion's, a site's is the name of its folder.
    """

    def standing(self, key: str) -> Standing:
        """All moves as they are now. Raises: StoreBusy, StorageFailed, InvalidCheckpoint."""

    def append(self, key: str, move: AliasChange, *, after: int) -> bool:
        """Add a move if there were `after` of them, no more and no fewer; False: there were not.

        Raises: StoreBusy, StorageFailed.
        """

    def sites(self) -> Sequence[tuple[str, str]]:
        """Key and name of each site that ever had a version of its own, by key."""

    def locked(self, *, timeout_s: float) -> contextlib.AbstractContextManager[None]:
        """Nobody else moves an alias of the task, or removes versions.

        Raises: StoreBusy, StorageFailed.
        """


@dataclass(frozen=True, slots=True)
class Alias:
    """The file `champion.json` in a task's folder; absent while the default serves.

    Where it is damaged, missing or unreadable, its copy is followed.

    With `site` it names the version that answers that site; it is absent while the champion does,
    and the folder is one of `registry.sites.site_versions`. With `shared` it is no file, but rows
    that several nodes follow.
    """

    folder: Path
    site: str | None = None
    shared: SharedMoves | None = None

    @property
    def path(self) -> Path:
        return self.folder / FILE_NAME

    @property
    def backup(self) -> Path:
        return self.folder / BACKUP_NAME

    def standing(self) -> Standing:
        """All moves as they are now.

        Raises: InvalidCheckpoint if the file is damaged, StorageFailed if the system does not let
            it be read; both only if there is no sound copy. Where rows are: StoreBusy,
            StorageFailed.
        """
        if self.shared is not None:
            return self.shared.standing(self._key)
        return read_standing(self.folder)

    def stamp(self) -> Stamp | None:
        """Changes whenever the alias moves; None: it never did, or that cannot be seen."""
        if self.shared is not None:
            sequence = self.standing().sequence
            return (sequence, 0, 0) if sequence else None
        try:
            status = self.path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_ino, status.st_size

    def history(self) -> History:
        """All moves, oldest first. Raises: as `standing`."""
        return self.standing().history

    def current(self) -> str | None:
        """The promoted version, or None while the default serves. Raises: as `standing`."""
        return self.standing().version

    def rollback_target(self) -> str | None:
        """The champion before the current one, None if there is none. Raises: as `standing`."""
        return rollback_target(self.history())

    def move(
        self,
        version: str,
        *,
        by: str,
        reason: str,
        previous: str | None = None,
        kind: MoveKind = MoveKind.PROMOTION,
        overrides: tuple[str, ...] = (),
        store: Store | None = None,
        sets_aside: bool = False,
        serving: str | None = None,
        seen: int | None = None,
    ) -> str:
        """Make `version` the champion; returns what was done about a damaged file, if it was.

        Who is the champion, and where a rollback goes, is decided while nobody else can move it.
        To promote the champion itself is refused, but where its file is damaged: that is mended.

        Args:
            previous: the champion that the caller saw; nothing moves if it is another one by now.
                None: whichever it is.
            store: tells the default champion, and whether the version's files are still there.
            sets_aside: a damaged file without a copy is set aside, and the history begins anew
                with `serving` as the champion before. Otherwise nothing moves then.
            seen: how many moves the caller saw (`Standing.sequence`); where nodes share them,
                nothing moves if there were others since. None: however many.

        Raises: Conflict if it is the champion already, is gone, or the champion is another one;
            InvalidCheckpoint, StorageFailed, StoreBusy.
        """
        with self.locked():
            standing = self._standing_to_change(sets_aside=sets_aside)
            if standing.is_known:
                champion = standing.version or self._unmoved(store, previous)
            else:
                champion = serving if serving != version else None
            if previous is not None and champion != previous:
                found = champion or "not known"
                raise Conflict(f"{self._what} is {found} by now, no longer {previous}.")
            if version == champion and standing.problem is None:
                raise Conflict(self.already(version))
            if self.shared is not None and seen is not None and standing.sequence != seen:
                raise Conflict(self._changed_meanwhile(champion))
            if version == champion:
                return champion_file.mend(self.folder, standing)
            _check(version, kind, standing, store)
            move = AliasChange(
                version=version,
                previous=champion,
                kind=kind,
                at=now().replace(microsecond=0),
                by=by,
                reason=reason,
                overrides=overrides,
                site=self.site,
            )
            return self._written(standing, move)

    @contextlib.contextmanager
    def locked(self, *, timeout_s: float = LOCK_TIMEOUT_S) -> Iterator[None]:
        """Nobody else moves the alias, or removes versions: no thread, process or server.

        Raises: StorageFailed, StoreBusy.
        """
        if self.shared is not None:
            with self.shared.locked(timeout_s=timeout_s):
                yield
            return
        with storage_errors(self.path):
            self.folder.mkdir(parents=True, exist_ok=True)
            # One for the champion and all sites: whoever removes versions asks all of them.
            home = self.folder if self.site is None else self.folder.parent.parent
            lock = FileLock(home / LOCK_NAME)
            try:
                lock.acquire(timeout=timeout_s)
            except Timeout as exc:
                raise StoreBusy(
                    "The champion is being changed by somebody else; try again in a moment."
                ) from exc
            try:
                yield
            finally:
                lock.release()

    def back_up(self) -> None:
        """Renew the copy where it is not as the file; left for later if that cannot be done."""
        if self.shared is None and not champion_file.is_backed_up(self.folder):
            with contextlib.suppress(AppError), self.locked(timeout_s=0):
                champion_file.back_up(self.folder)

    def already(self, version: str) -> str:
        """That there is nothing to move, in words."""
        if self.site is None:
            return f"Version '{version}' is the champion already."
        return f"Version '{version}' answers '{self.site}' already."

    @property
    def _key(self) -> str:
        return "" if self.site is None else self.folder.name

    def _written(self, standing: Standing, move: AliasChange) -> str:
        """What was done about a damaged file. Raises: Conflict where another node was quicker."""
        if self.shared is None:
            return champion_file.write_move(self.folder, standing, move)
        if not self.shared.append(self._key, move, after=standing.sequence):
            raise Conflict(self._changed_meanwhile(self.standing().version))
        return ""

    def _changed_meanwhile(self, found: str | None) -> str:
        return (
            f"{self._what} was changed by somebody else at the same time: it is "
            f"{found or 'the default'} by now. Look at GET /models, and ask again if that one is "
            "to go."
        )

    @property
    def _what(self) -> str:
        return "The champion" if self.site is None else f"The version of '{self.site}'"

    def _unmoved(self, store: Store | None, previous: str | None) -> str | None:
        """What serves where nothing was ever promoted."""
        if self.site is not None:
            return CHAMPION
        return store.default_version() if store else previous

    def _standing_to_change(self, *, sets_aside: bool) -> Standing:
        """Raises: StorageFailed where the file cannot be read, for it may hold newer moves."""
        try:
            standing = self.standing()
        except InvalidCheckpoint as exc:
            if not sets_aside:
                raise
            return Standing((), exc, is_known=False)
        if isinstance(standing.problem, StorageFailed):
            raise standing.problem
        return standing


def _check(version: str, kind: MoveKind, standing: Standing, store: Store | None) -> None:
    """Raises: Conflict if a rollback goes elsewhere by now, or the version is gone."""
    if kind == MoveKind.ROLLBACK and version != rollback_target(standing.history):
        raise Conflict(f"A rollback does not go to {version} any more; look at GET /models.")
    if store and version != CHAMPION and not store.has(version):
        raise Conflict(f"Version '{version}' was removed meanwhile; promote another one.")


def retraining(job_id: str) -> str:
    """Who moved the champion, where a job did."""
    return f"retraining {job_id}"


def champion_of(store: Store, alias: Alias) -> Checkpoint:
    """The checkpoint that should serve: the promoted one, else the default.

    Raises: NotFound, InvalidCheckpoint, StorageFailed.
    """
    return checkpoint_of(store, alias.standing())


def checkpoint_of(store: Store, standing: Standing) -> Checkpoint:
    """The checkpoint that serves after these moves. Raises: NotFound, InvalidCheckpoint."""
    return store.get(standing.version) if standing.version else store.default()
