"""Queries of the dashboard, in Prometheus' language, made from metrics."""

from dataclasses import dataclass

from api.monitoring.metrics import definitions as m

# Of panels with a rate: at least four scrapes, whatever the dashboard's time range.
RATE = "$__rate_interval"
OF_TASK = 'task=~"$task"'


@dataclass(frozen=True, slots=True)
class Query:
    """One line of a panel, and how its series are called."""

    expr: str
    legend: str


def rate_by(metric: m.Metric, *by: str, only: str = "") -> str:
    """How many a second, by labels."""
    return f"sum by ({', '.join(by)}) (rate({metric.name}{{{only}}}[{RATE}]))"


def quantile(metric: m.Metric, q: float, *, only: str = "") -> str:
    """Of a histogram, over all its series."""
    return f"histogram_quantile({q}, {rate_by_bucket(metric, only)})"


def rate_by_bucket(metric: m.Metric, only: str) -> str:
    """What a quantile is computed from."""
    return f"sum by (le) (rate({metric.name}_bucket{{{only}}}[{RATE}]))"


def quantiles(metric: m.Metric, *, only: str = "") -> tuple[Query, ...]:
    """p50, p95 and p99."""
    return tuple(
        Query(quantile(metric, q, only=only), f"p{q * 100:.0f}") for q in (0.5, 0.95, 0.99)
    )


def share_above_one(metric: m.Metric) -> str:
    """Share of films beyond a limit, by task."""
    below = f'sum by (task) (rate({metric.name}_bucket{{le="1.0", {OF_TASK}}}[{RATE}]))'
    every = f"sum by (task) (rate({metric.name}_count{{{OF_TASK}}}[{RATE}]))"
    return f"1 - {below} / {every}"


def newest(metric: m.Metric, *by: str, only: str = "") -> str:
    """A gauge; figures of shared records are the same at each machine."""
    return f"max by ({', '.join(by)}) ({metric.name}{{{only}}})"
