"""What has been collected, class by class."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from api.records.training_images import sample_edits, samples
from api.records.training_images.samples import SampleRecord
from api.samples.summary import EXAMPLES, summarise

START = datetime(2026, 1, 1, tzinfo=UTC)


def record(number: int, *, label: str = "Normal", brightness: float = 100.0) -> SampleRecord:
    return SampleRecord(
        sha256=str(number),
        label=label,
        filename="a.png",
        file=f"{label}/{number}.png",
        size_bytes=1,
        created_at=START + timedelta(seconds=number),
        brightness=brightness,
        edge_density=0.1,
        histogram=(1.0, 0.0) if brightness < 128 else (0.0, 1.0),
    )


class TestSummarising:
    def test_figures_are_means_and_examples_the_newest_first(self, database: Engine) -> None:
        for number in range(8):
            samples.add(
                database, record(number, brightness=100 + 100 * (number % 2)), task="pneumonia"
            )

        total, (summary,) = summarise(database, ["Normal"], task="pneumonia")

        assert (total, summary.count, summary.brightness) == (8, 8, 150)
        assert summary.histogram == [0.5, 0.5]
        assert summary.examples == ["7", "6", "5", "4", "3", "2"]
        assert len(summary.examples) == EXAMPLES

    def test_a_class_without_images_has_no_figures(self, database: Engine) -> None:
        samples.add(database, record(1), task="pneumonia")

        _, (covid, normal) = summarise(database, ["COVID-19", "Normal"], task="pneumonia")

        assert (covid.count, covid.brightness, covid.histogram, covid.examples) == (
            0, None, None, [],
        )  # fmt: skip
        assert normal.count == 1

    def test_what_is_disputed_or_deleted_does_not_count(self, database: Engine) -> None:
        for number, brightness in ((1, 10.0), (2, 200.0), (3, 90.0)):
            samples.add(database, record(number, brightness=brightness), task="pneumonia")
        sample_edits.dispute(database, "1", "COVID-19", remark="", task="pneumonia")
        sample_edits.delete(database, "2", remark="", task="pneumonia")

        total, (summary,) = summarise(database, ["Normal"], task="pneumonia")

        assert (total, summary.count, summary.brightness) == (1, 1, 90.0)
        assert summary.histogram == [1.0, 0.0]
        assert summary.examples == ["3"]

    def test_an_image_that_gets_another_class_moves(self, database: Engine) -> None:
        samples.add(database, record(1), task="pneumonia")
        sample_edits.settle(
            database, "1", "COVID-19", file="COVID-19/1.png", remark="", task="pneumonia"
        )

        total, (covid, normal) = summarise(database, ["COVID-19", "Normal"], task="pneumonia")

        assert (total, covid.count, covid.brightness, normal.count) == (1, 1, 100.0, 0)
