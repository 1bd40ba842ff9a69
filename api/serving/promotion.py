"""Moving the champion by hand: forward to any version, or back to the one before."""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from api.errors import AppError, Conflict, NotFound, StoreBusy
from api.registry.champion import Alias
from api.registry.champion_file import Standing
from api.registry.history import History, MoveKind, rollback_target
from api.registry.store import Store
from api.serving.live import LiveModel

# Of calls that say nothing of who asks: those of this process itself.
UNNAMED = "local"
# To prove a version takes as long as compiling it, at most.
TURN_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Overview:
    """The champion and how it came to be, at one moment.

    Attributes:
        champion: the version that should serve; where nobody knows, the one that does; None if
            there is no sound one.
        problem: what is wrong with the file that names it.
        sequence: how many moves led here; None where nobody knows.
    """

    champion: str | None
    rollback_target: str | None
    history: History
    problem: str | None
    sequence: int | None = None


@dataclass(frozen=True, slots=True)
class Promoter:
    """Moves the alias only to a version that was just proven to serve."""

    store: Store
    alias: Alias
    live: LiveModel
    # Engines are proven one at a time: each takes as much memory as the one that serves.
    turn: threading.Lock = field(default_factory=threading.Lock)

    def overview(self) -> Overview:
        """What is known, whatever state the files are in."""
        try:
            standing = self.alias.standing()
        except AppError as exc:
            return Overview(self.live.version, None, (), exc.message)
        problem = standing.problem.message if standing.problem else None
        champion = self._version_of(standing) or self.live.version
        history, sequence = standing.history, standing.sequence
        return Overview(champion, rollback_target(history), history, problem, sequence)

    def champion(self) -> str | None:
        """The version that should serve; None if there is no sound one."""
        return self.overview().champion

    def promote(
        self, version: str, *, reason: str, by: str = UNNAMED, overrides: tuple[str, ...] = ()
    ) -> str:
        """Make a version the champion, whatever the gate said.

        Where nodes share the champion it takes the place of the one of the moment that it was asked
        for: of two that are asked for at once, on whichever node, one is refused.

        Args:
            by: whose word it is; kept with the move.
            overrides: what the gate had against it; it is kept with the move.

        Returns: what was done about a damaged `champion.json`; empty if nothing had to be.

        Raises: NotFound, Conflict if it is the champion already, or the champion is another one by
            now, InvalidCheckpoint, StorageFailed, StoreBusy.
        """
        seen = self.overview().sequence
        with self.in_turn():
            overview = self.overview()
            if version == overview.champion and overview.problem is None:
                raise Conflict(f"Version '{version}' is the champion already.")
            self.live.verify(version)
            note = self.alias.move(
                version,
                by=by,
                reason=reason,
                overrides=overrides,
                store=self.store,
                sets_aside=True,
                serving=self.live.version,
                seen=seen,
            )
            self.live.refresh()
        return note

    def rollback(self, *, reason: str, by: str = UNNAMED, from_version: str | None = None) -> str:
        """Make the champion before the current one serve again; returns it.

        It goes back from the champion of the moment that it was asked for: of two that are asked
        for at once, one is refused.

        Args:
            by: whose word it is; kept with the move.
            from_version: the champion that is not wanted any more. None: whichever it is.

        Raises: Conflict if there is none, or the champion is another one by now,
            InvalidCheckpoint, StorageFailed, StoreBusy.
        """
        standing = self.alias.standing()
        champion = self._version_of(standing)
        if from_version and from_version != champion:
            raise Conflict(
                f"The champion is {champion}, not {from_version}; look at GET /models, and roll "
                "back from the one that serves if it is to go."
            )
        target = rollback_target(standing.history)
        if target is None:
            raise Conflict(
                "There is no earlier champion to go back to; promote a version by name instead."
            )
        with self.in_turn():
            self._check_still(champion)
            self._verify_target(target)
            self.alias.move(
                target,
                previous=champion,
                by=by,
                reason=reason,
                kind=MoveKind.ROLLBACK,
                store=self.store,
            )
            self.live.refresh()
        return target

    def _check_still(self, champion: str | None) -> None:
        """Before an engine is built for nothing; it is decided under the alias's lock."""
        found = self._version_of(self.alias.standing())
        if found != champion:
            raise Conflict(
                f"The champion has changed meanwhile: it is {found} by now, no longer {champion}. "
                "Look at GET /models; roll back again if that one is to go too."
            )

    def _verify_target(self, target: str) -> None:
        try:
            self.live.verify(target)
        except NotFound as exc:
            raise Conflict(
                f"The champion before, {target}, was removed; promote another version by name."
            ) from exc

    def _version_of(self, standing: Standing) -> str | None:
        return standing.version or self.store.default_version()

    @contextlib.contextmanager
    def in_turn(self) -> Iterator[None]:
        """Nobody else proves a version in this process. Raises: StoreBusy."""
        if not self.turn.acquire(timeout=TURN_TIMEOUT_S):
            raise StoreBusy("Another version is just being proven; try again in a moment.")
        try:
            yield
        finally:
            self.turn.release()
