"""Figures as Prometheus reads them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric as Family

from api.monitoring.metrics.counters import INF, SUM, MetricKey
from api.monitoring.metrics.definitions import METRICS, Metric


def render(values: Mapping[MetricKey, float], accept: str) -> tuple[bytes, str]:
    """The page and its media type, as `Accept` asks for it.

    Args:
        values: all figures; a histogram's are counts of single buckets, and its sum.
    """
    encode, media_type = choose_encoder(accept)
    return encode(_Collector(values)), media_type


@dataclass(frozen=True, slots=True)
class _Collector:
    """What prometheus_client writes down."""

    values: Mapping[MetricKey, float]

    def collect(self) -> Iterator[Family]:
        """Each metric that has a figure."""
        by_metric: dict[str, dict[MetricKey, float]] = {}
        for key, value in self.values.items():
            by_metric.setdefault(key.metric, {})[key] = value
        for metric in METRICS:
            if found := by_metric.get(metric.name):
                yield _histogram(metric, found) if metric.buckets else _plain(metric, found)


def _plain(metric: Metric, values: Mapping[MetricKey, float]) -> Family:
    of_kind = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
    family = of_kind(metric.name, metric.help, labels=metric.labels)
    for key, value in sorted(values.items()):
        family.add_metric(key.labels, value)
    return family


def _histogram(metric: Metric, values: Mapping[MetricKey, float]) -> Family:
    family = HistogramMetricFamily(metric.name, metric.help, labels=metric.labels)
    for labels in sorted({key.labels for key in values}):
        counts = (
            (end, values.get(MetricKey(metric.name, end, labels), 0.0))
            for end in _ends(metric.buckets)
        )
        total = values.get(MetricKey(metric.name, SUM, labels), 0.0)
        family.add_metric(labels, list(_cumulated(counts)), total)
    return family


def _ends(buckets: Iterable[float]) -> list[str]:
    return [*map(repr, buckets), INF]


def _cumulated(counts: Iterable[tuple[str, float]]) -> Iterator[tuple[str, float]]:
    so_far = 0.0
    for end, count in counts:
        so_far += count
        yield end, so_far
