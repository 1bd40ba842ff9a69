"""Moving the champion by hand: forward to any version, or back to the one before."""

from dataclasses import dataclass

from api.errors import AppError, Conflict
from api.registry.champion import Alias, Kind
from api.registry.store import Store
from api.serving.live import LiveModel

BY_HAND = "api"


@dataclass(frozen=True, slots=True)
class Promoter:
    """Moves the alias only to a version that was just proven to serve."""

    store: Store
    alias: Alias
    live: LiveModel

    def champion(self) -> str | None:
        """The version that should serve; None if there is no sound one."""
        try:
            return self.alias.current() or self.store.default().version
        except AppError:
            return None

    def promote(self, version: str, *, reason: str, overrides: tuple[str, ...] = ()) -> None:
        """Make a version the champion, whatever the gate said.

        `overrides` names what the gate had against it; it is kept with the move.

        Raises: NotFound, Conflict if it is the champion already, InvalidCheckpoint, StorageFailed.
        """
        previous = self.champion()
        if version == previous:
            raise Conflict(f"Version '{version}' is the champion already.")
        self._move(version, previous, reason=reason, overrides=overrides)

    def rollback(self, *, reason: str) -> str:
        """Make the champion before the current one serve again; returns it.

        Raises: Conflict if there is none, InvalidCheckpoint, StorageFailed.
        """
        target = self.alias.rollback_target()
        if target is None:
            raise Conflict(
                "There is no earlier champion to go back to; promote a version by name instead."
            )
        self._move(target, self.champion(), reason=reason, kind="rollback")
        return target

    def _move(
        self,
        version: str,
        previous: str | None,
        *,
        reason: str,
        kind: Kind = "promotion",
        overrides: tuple[str, ...] = (),
    ) -> None:
        self.live.prove(version)
        self.alias.move(
            version,
            previous=previous,
            by=BY_HAND,
            reason=reason,
            kind=kind,
            overrides=overrides,
            only_if_there=self.store.weights_of(version),
        )
        self.live.refresh()
