"""Which stored answers are looked for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement

from api.records.tables import predictions

ESCAPE = "\\"


@dataclass(frozen=True, slots=True)
class PredictionFilter:
    """What is looked for; None: whatever it is. `name` is a part of the file name, without regard
    to the case of ASCII letters; `since` is included, `until` is not."""

    name: str | None = None
    decision: str | None = None
    label: str | None = None
    model_version: str | None = None
    source: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """As SQL."""
        columns = predictions.c
        if self.name:
            pattern = f"%{_literal(self.name)}%"
            yield columns.filename.ilike(pattern, escape=ESCAPE)
        for column, value in (
            (columns.decision, self.decision),
            (columns.label, self.label),
            (columns.model_version, self.model_version),
            (columns.source, self.source),
        ):
            if value is not None:
                yield column == value
        if self.since is not None:
            yield columns.created_at >= self.since
        if self.until is not None:
            yield columns.created_at < self.until


EVERY = PredictionFilter()


def _literal(text: str) -> str:
    """Text that LIKE takes as it stands."""
    for special in (ESCAPE, "%", "_"):
        text = text.replace(special, ESCAPE + special)
    return text
