"""When a stream of answers is unlike all that is known: thresholds, and how they were found."""

from pydantic import Field

from api.model_card.base import CardPart


class ShiftTest(CardPart):
    """One two-sample test on the newest answers of a stream.

    `mean` and `spread` are those of the statistic over simulated streams of known films, by which
    a p-value is told.
    """

    test: str
    window: int = Field(gt=1, description="How many of the newest answers it looks at.")
    threshold: float = Field(gt=0)
    mean: float
    spread: float = Field(gt=0)


class ShiftRule(CardPart):
    """How streams are compared with the reference in the file beside the weights.

    A stream is shifted while any of the tests is above its threshold. They are chosen together so
    that streams of known films, of one source or mixed, are called shifted once in `days` at
    `films_per_day`.
    """

    reference_sha256: str
    tests: tuple[ShiftTest, ...]
    every: int = Field(gt=0, description="After so many new answers a stream is looked at again.")
    films_per_day: float = Field(gt=0, description="Assumed, of one source.")
    days: float = Field(gt=0, description="In which one false alarm was aimed at.")
    n_films: int = Field(description="Films that the simulated streams were made of.")
    n_streams: int = Field(description="How many streams were simulated.")
    kinds: int = Field(description="Of which kinds: each group and source, and mixtures.")
    found_within: dict[str, float | None] = Field(
        default_factory=dict,
        description="For each source, were it unknown: after how many of its films half of the "
        "streams are called shifted; null: not within the longest window.",
    )

    @property
    def fewest(self) -> int:
        """Answers before which no test is made."""
        return min((test.window for test in self.tests), default=0)

    @property
    def longest(self) -> int:
        """Answers that are looked at."""
        return max((test.window for test in self.tests), default=0)
