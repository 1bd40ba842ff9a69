"""Task files whose inputs are rows of a table."""

import tomllib
from typing import Any

import pytest
from pydantic import ValidationError

from api.tasks.table_task import TableTask
from api.tasks.task_files import FOLDER, load_task, parse_task


def described(**changes: Any) -> dict[str, Any]:
    return tomllib.loads((FOLDER / "iris.toml").read_text()) | changes


class TestIris:
    def test_it_is_a_task_of_four_lengths_and_three_classes(self) -> None:
        task = load_task("iris")

        assert isinstance(task, TableTask)
        assert task.feature_names == (
            "sepal_length", "sepal_width", "petal_length", "petal_width",
        )  # fmt: skip
        assert {(feature.unit, feature.minimum) for feature in task.features} == {("cm", 0)}
        assert task.labels == ("setosa", "versicolor", "virginica")
        assert task.negative_class is None
        assert task.weights_name == "mlp_iris.h5"

    @pytest.mark.parametrize(
        "heading", ["sepal_length", "Sepal Length", "sepal length (cm)", "SepalLengthCm"]
    )
    def test_a_column_is_found_by_any_of_its_headings(self, heading: str) -> None:
        task = load_task("iris")

        assert isinstance(task, TableTask)
        assert task.column_named(heading) == "sepal_length"
        assert task.column_named("length") is None
        assert task.is_label_column("Species")


class TestWhatIsRefused:
    def test_an_image_task_without_a_negative_class(self) -> None:
        pneumonia = tomllib.loads((FOLDER / "pneumonia.toml").read_text())
        del pneumonia["negative_class"]

        with pytest.raises(ValidationError, match="'negative_class' is missing"):
            parse_task(pneumonia)

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"negative_class": "rose"}, "negative_class 'rose' is not a class"),
            ({"features": []}, "features"),
            ({"features": [{"name": "a,b"}]}, "features.0.name"),
            ({"features": [{"name": "a"}, {"name": "A"}]}, "the column 'A' stands for two things"),
            ({"features": [{"name": "species"}]}, "'species' stands for two things"),
            ({"features": [{"name": "a", "minimum": 2, "maximum": 2}]}, "has no room"),
            ({"coarse_labels": [{"name": "x", "meaning": "", "classes": ["setosa"]}]}, "coarse"),
            ({"preprocessing": {"height": 224}}, "preprocessing"),
        ],
    )
    def test_a_file_that_makes_no_sense(self, changes: dict[str, Any], words: str) -> None:
        with pytest.raises(ValidationError, match=words):
            parse_task(described(**changes))

    def test_phases_of_an_image_recipe(self) -> None:
        recipe = described()["training"] | {"tail_epochs": 3}

        with pytest.raises(ValidationError, match="tail_epochs"):
            parse_task(described(training=recipe))
