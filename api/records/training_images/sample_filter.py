"""Which samples a list, an export or a deletion is about, as conditions of a query."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select

from api.records.training_images.sample_tables import samples


@dataclass(frozen=True, slots=True)
class SampleFilter:
    """Which samples: None where it does not matter."""

    label: str | None = None
    source: str | None = None
    part: str | None = None
    origin: str | None = None
    disputed: bool | None = None
    added_by: str | None = None
    # Since is included, until is not.
    since: datetime | None = None
    until: datetime | None = None
    # These alone; with them nothing else has an index, and they are few.
    only: frozenset[str] | None = None

    @property
    def is_of_sums(self) -> bool:
        """Whether the sums over classes say how many fit."""
        others = (self.source, self.part, self.origin, self.added_by, self.since, self.until)
        return self.only is None and all(value is None for value in others)

    def of(self, query: Select[Any]) -> Select[Any]:
        """The query, narrowed down."""
        for name in ("label", "source", "part", "origin", "added_by"):
            if (value := getattr(self, name)) is not None:
                query = query.where(samples.c[name] == value)
        if self.since is not None:
            query = query.where(samples.c.created_at >= self.since)
        if self.until is not None:
            query = query.where(samples.c.created_at < self.until)
        if self.only is not None:
            query = query.where(samples.c.sha256.in_(self.only))
        if self.disputed is not None:
            settled = samples.c.disputed.is_(None)
            query = query.where(~settled if self.disputed else settled)
        return query
