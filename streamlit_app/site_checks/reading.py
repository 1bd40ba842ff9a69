"""How far a check is, in words and as a share that never falls."""

from dataclasses import dataclass

from formatting import duration
from language.catalogue import _
from language.numbers import written

# A guess from fewer would jump.
ENOUGH = 5


@dataclass(slots=True)
class Reading:
    """`share` never falls, also where the API counts anew."""

    share: float = 0.0
    begun: float | None = None

    def take(self, done: int, total: int | None, *, at: float) -> str:
        """In words, for a step that came at a moment in seconds."""
        if total is None:
            return _("Unpacking, and starting the version…")
        self.share = max(self.share, done / total if total else 0.0)
        if self.begun is None:
            self.begun = at
        if done == total:
            return _("All {total} films are read; measuring…").format(total=written(total))
        parts = [_("{done} of {total} films read").format(done=written(done), total=written(total))]
        if done >= ENOUGH and at > self.begun:
            left_s = (at - self.begun) / done * (total - done)
            parts.append(_("about {time} left").format(time=duration(left_s, units=1)))
        return " · ".join(parts)
