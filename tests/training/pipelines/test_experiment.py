"""The notebook's own seam; what needs a trained network is tested with the notebook."""

from pathlib import Path

import pytest

from api.inputs.discovery import find_images
from api.inputs.images.preprocessing import PreprocessingSpec
from api.tasks.task import Task
from api.training.data.dataset import Decoded, decode_images
from api.training.pipelines.experiment import (
    Gaps,
    gaps,
    statistics_per_source,
    write_generated_images,
)


class TestGaps:
    def test_a_class_gap_is_within_a_source_and_a_source_gap_within_a_class(self) -> None:
        values = {"north": {"ill": 10.0, "well": 13.0}, "south": {"well": 20.0}}

        assert gaps(values) == Gaps(by_class=3.0, by_source=7.0)

    def test_the_widest_gap_counts(self) -> None:
        values = {"north": {"ill": 1.0, "well": 2.0}, "south": {"ill": 5.0, "well": 9.0}}

        assert gaps(values) == Gaps(by_class=4.0, by_source=7.0)

    def test_one_source_tells_nothing_of_sources(self) -> None:
        assert gaps({"north": {"ill": 1.0, "well": 4.0}}) == Gaps(by_class=3.0, by_source=None)

    def test_sources_with_one_class_each_tell_nothing_of_classes(self) -> None:
        assert gaps({"north": {"ill": 1.0}, "south": {"ill": 4.0}}) == Gaps(None, 3.0)


class TestGeneratedImages:
    @pytest.fixture
    def images(self, tmp_path: Path, task: Task) -> Decoded:
        """Two films a class from each of two sources."""
        for source in ("north", "south"):
            write_generated_images(tmp_path / source, task, per_class=2)
        found = find_images([tmp_path / "north", tmp_path / "south"], task)
        spec = PreprocessingSpec.model_validate(task.preprocessing)
        return decode_images(found.images, task, spec)[0]

    def test_they_are_found_by_class_and_source(self, images: Decoded, task: Task) -> None:
        kinds = {(image.source, image.label) for image in images.labelled}

        assert kinds == {(name, label) for name in ("north", "south") for label in task.labels}
        assert len(images) == 2 * 2 * len(task.labels)

    def test_their_statistics_are_kept_apart_by_source(self, images: Decoded, task: Task) -> None:
        statistics = statistics_per_source(images, task)

        assert list(statistics) == ["north", "south"]
        for row in statistics.values():
            assert set(row) == set(task.labels)
            assert all(entry.n == 2 for entry in row.values())
