"""What has been collected, class by class."""

from datetime import UTC, datetime

from api.records.samples import SampleRecord
from api.samples.summary import EXAMPLES, summarise


def record(name: str, *, label: str = "Normal", brightness: float = 100.0) -> SampleRecord:
    return SampleRecord(
        sha256=name,
        label=label,
        filename="a.png",
        file=f"{label}/{name}.png",
        size_bytes=1,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        brightness=brightness,
        edge_density=0.1,
        histogram=(1.0, 0.0) if brightness < 128 else (0.0, 1.0),
    )


class TestSummarising:
    def test_figures_are_means_and_examples_the_newest_first(self) -> None:
        records = [record(str(n), brightness=100 + 100 * (n % 2)) for n in range(8)]

        summary = summarise(records, ["Normal"])[0]

        assert (summary.count, summary.brightness) == (8, 150)
        assert summary.histogram == [0.5, 0.5]
        assert summary.examples == ["7", "6", "5", "4", "3", "2"]
        assert len(summary.examples) == EXAMPLES

    def test_a_class_without_films_has_no_figures(self) -> None:
        covid, normal = summarise([record("a")], ["COVID-19", "Normal"])

        assert (covid.count, covid.brightness, covid.histogram, covid.examples) == (
            0, None, None, [],
        )  # fmt: skip
        assert normal.count == 1
