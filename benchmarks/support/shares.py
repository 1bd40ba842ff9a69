"""Shares of counted things, as tables of benchmarks have them."""

from api.evaluation.intervals import wilson
from api.reports.markdown import value_with_interval


def share(hits: int, n: int) -> str:
    """With its interval of 95 %; a dash of nothing."""
    return value_with_interval(hits / n, wilson(hits, n)) if n else "–"
