"""What the sections of a task file have in common."""

from pydantic import BaseModel, ConfigDict, ValidationError

MAX_NAMED = 8
WORDS = {"extra_forbidden": "There is no such field"}


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def faults(exc: ValidationError, *, within: str = "") -> str:
    """Each wrong field and what is wrong with it; `within` is the section that was read."""
    found = exc.errors(include_url=False)
    named = [_fault((within, *each["loc"]), each["type"], each["msg"]) for each in found]
    more = len(named) - MAX_NAMED
    return "; ".join(named[:MAX_NAMED]) + (f"; and {more} more" if more > 0 else "")


def _fault(place: tuple[int | str, ...], kind: str, message: str) -> str:
    field = ".".join(str(part) for part in place if part != "")
    wrong = WORDS.get(kind, message.removeprefix("Value error, "))
    return f"'{field}': {wrong}" if field else wrong
