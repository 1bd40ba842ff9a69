"""Days that somebody chooses, as the API reads them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta


def days_of(days: object) -> dict[str, str]:
    """From the first day on, to the end of the last; nothing where none is chosen."""
    if not isinstance(days, Sequence) or not days:
        return {}
    first, last = days[0], days[-1]
    assert isinstance(first, date)
    assert isinstance(last, date)
    until = datetime.combine(last, time(), UTC) + timedelta(days=1)
    since = datetime.combine(first, time(), UTC)
    return {"since": since.isoformat(), "until": until.isoformat()}
