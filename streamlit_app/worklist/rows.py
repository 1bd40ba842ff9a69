"""The films of this browser session: what was asked about each, and what was answered."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from api_types import Prediction
from worklist.image_cache import ImageCache

# A session that runs for days must not grow for ever.
MAX_ROWS = 2000
# An answer for which the picture is no film of the task's kind: its class means nothing.
NO_IMAGE = frozenset({"unlike", "other_view"})


@dataclass(frozen=True, slots=True)
class DecisionOptions:
    """How answers are wanted; None leaves it to the server. `prevalence` in (0, 1).

    `source` is the site that the films are from.
    """

    operating_point: str | None = None
    prevalence: float | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class WorklistImage:
    """One film. `key` is unique in the session; `credit` says whose an example film is."""

    key: str
    name: str
    credit: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """The answer about a film, or the server's sentence why there is none.

    `status` is the refusal's, None where the server could not be reached; `thumbnail` a small PNG.
    `is_asked_for_prevalence`: the film was sent with one, so that the stored answer is for that.
    """

    image: WorklistImage
    options: DecisionOptions
    answer: Prediction | None = None
    error: str | None = None
    status: int | None = None
    thumbnail: bytes | None = None
    may_be_asked_again: bool = False
    is_asked_for_prevalence: bool = False

    @property
    def decision(self) -> str:
        return self.answer["decision"] if self.answer else "problem"

    @property
    def shows_label(self) -> bool:
        """Whether the class means something: not where the picture is no film of its kind."""
        return self.answer is not None and is_image(self.answer)


@dataclass(slots=True)
class Worklist:
    """What the browser has sent so far, and what of it is open.

    The films themselves stay in the browser; `left` of `total` are still to come from there.
    """

    rows: dict[str, Row] = field(default_factory=dict)
    # What the page's address calls these rows; None: nothing is kept yet.
    name: str | None = None
    # Whose they are; None: nobody knows yet.
    owner: str | None = None
    image_cache: ImageCache = field(default_factory=ImageCache)
    options: DecisionOptions = field(default_factory=DecisionOptions)
    open_key: str | None = None
    # Keys of the films that a person marked, and the number of that change.
    selected: tuple[str, ...] = ()
    selected_at: int = 0
    total: int = 0
    left: int = 0
    # The number of the last group that came from the browser, and of the last that was answered.
    received: int = 0
    answered: int = 0
    # The number of the last answered group that was to be read, not only to be looked at.
    read: int = 0
    # The number of the last group that was on its way when the person stopped.
    stopped: int = 0
    # How often the list was begun anew.
    generation: int = 0
    # Films that the browser is to send again, and how often it was asked to.
    again: tuple[str, ...] = ()
    asked: int = 0
    # Films that the browser has no more.
    gone: set[str] = field(default_factory=set)
    # Films whose picture was asked for while the API was away.
    missed: set[str] = field(default_factory=set)
    # Films whose answer the server cannot correct for another prevalence.
    fixed: set[str] = field(default_factory=set)
    # Films whose picture the server has and was asked for, before anybody turned to them.
    fetched: set[str] = field(default_factory=set)
    # The film of which all pixels are wanted, not only as many as a screen has room for.
    enlarged: str | None = None
    # Whether the tab is to remember films that the server does not keep.
    keep_images: bool = False
    # How many films the list is too short for.
    forgotten: int = 0

    @property
    def is_being_read(self) -> bool:
        return self.left > 0

    def add(self, row: Row) -> None:
        self.rows[row.image.key] = row
        self.forgotten += forget_oldest(self.rows)

    def ask_again(self, keys: Iterable[str]) -> None:
        """Have the browser send films once more."""
        self.again = tuple(keys)
        self.asked += 1

    def lose(self, keys: Collection[str]) -> None:
        """The browser has films no more that it was asked for."""
        self.gone.update(keys)
        self.again = tuple(key for key in self.again if key not in self.gone)

    def clear(self) -> None:
        """Forget all films and answers of this session; another tab may show them still."""
        self.rows = {}
        self.image_cache.clear()
        self.gone.clear()
        self.missed.clear()
        self.fixed.clear()
        self.fetched.clear()
        self.open_key, self.name, self.total, self.left, self.again = None, None, 0, 0, ()
        self.selected, self.enlarged, self.forgotten = (), None, 0
        self.generation += 1

    def chosen(self, shown: Sequence[Row]) -> list[Row]:
        """The films that were marked, as they came; where none is, those that are shown."""
        marked = [row for key, row in list(self.rows.items()) if key in self.selected]
        return marked or list(shown)

    def outdated(self, version: str | None, among: Iterable[str]) -> list[str]:
        """The films that were answered by another version, or with other options than now."""
        return [
            key
            for key in among
            if (row := self.rows.get(key))
            and row.answer is not None
            and (row.options != self.options or row.answer["model_version"] != version)
        ]


def forget_oldest(rows: dict[str, Row]) -> int:
    """Bound a list, and say how many lines went; two tabs may do so at once."""
    oldest = list(rows)[:-MAX_ROWS]
    return sum(rows.pop(key, None) is not None for key in oldest)


def is_image(answer: Prediction) -> bool:
    """Whether the picture is taken for a film of the kind that the task is about."""
    return not NO_IMAGE & set(answer["causes"])


def beside(keys: Sequence[str], current: str) -> list[str]:
    """The keys after and before one, the next two first: most people go on."""
    if current not in keys:
        return []
    place = keys.index(current)
    return [*keys[place + 1 : place + 3], *keys[max(place - 1, 0) : place]]
