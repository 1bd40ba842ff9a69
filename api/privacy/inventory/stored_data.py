"""One kind of data that an installation stores, and the words for how long."""

from dataclasses import dataclass

from api.settings import PREFIX, Settings

SHARED = "the shared store (`ROENTGEN_STORAGE_URL`)"
FOR_EVER = "as long as the installation"
ERASE = "`python -m api erase`"


@dataclass(frozen=True, slots=True)
class StoredData:
    """Something that is kept.

    Attributes:
        what: what it holds, for people.
        tables: the database's tables that it lies in; none: files.
        setting: the name of the setting that says for how long; None: none does.
    """

    name: str
    what: str
    where: str
    how_long: str
    erased_by: str
    tables: tuple[str, ...] = ()
    setting: str | None = None


def days(days: float, *, zero: str = "0 days") -> str:
    """A time in words; `zero`: what no time means."""
    if not days:
        return zero
    return f"{days:g} day" if days == 1 else f"{days:g} days"


def filenames_stored(settings: Settings) -> str:
    """How long names of files are stored."""
    chosen = settings.keep_filenames
    if chosen == "hashed":
        return "as a keyed hash, as long as the row"
    return "as long as the row" if chosen == "always" else days(chosen, zero="never stored")


def logs_stored(settings: Settings) -> str:
    """How long logs of retrainings and copies of former records are stored."""
    chosen = settings.keep_filenames
    if chosen == "always":
        return FOR_EVER
    return days(30 if chosen == "hashed" else max(7.0, chosen))


def setting_name(data: StoredData) -> str | None:
    """As it is set in the environment."""
    return PREFIX + data.setting.upper() if data.setting else None
