"""Rows as JSON: checked field by field."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import InvalidRow
from api.inputs.tabular.rows import MAX_VALUE, Row, parse_row, read_row
from api.tasks.table_task import TableTask
from api.tasks.task_files import load_task
from tests.support.iris import SETOSA


@pytest.fixture(scope="module")
def iris() -> TableTask:
    task = load_task("iris")
    assert isinstance(task, TableTask)
    return task


def problems(fields: object, task: TableTask) -> dict[str, str]:
    with pytest.raises(InvalidRow) as caught:
        read_row(fields, task)
    return {entry["field"]: entry["message"] for entry in caught.value.errors}


class TestReading:
    def test_numbers_come_in_the_order_of_the_features(self, iris: TableTask) -> None:
        turned = dict(reversed(list(SETOSA.items())))

        assert read_row(turned, iris).values == (5.1, 3.5, 1.4, 0.2)

    @pytest.mark.parametrize(
        ("value", "message"),
        [
            ("5.1", "Must be a number"),
            (True, "Must be a number"),
            (None, "Must be a number"),
            ([5.1], "Must be a number"),
            (math.nan, "Must be a finite number"),
            (math.inf, "Must be a finite number"),
            (-0.1, "Must be at least 0 cm"),
            (1e16, f"Must lie between {-MAX_VALUE:g} and {MAX_VALUE:g}"),
            (10**400, f"Must lie between {-MAX_VALUE:g} and {MAX_VALUE:g}"),
        ],
    )
    def test_what_cannot_be_a_length_is_named(
        self, iris: TableTask, value: object, message: str
    ) -> None:
        assert problems(SETOSA | {"petal_width": value}, iris) == {"petal_width": message}

    def test_each_wrong_field_has_its_sentence(self, iris: TableTask) -> None:
        fields = {"sepal_length": "long", "petal_length": 1, "petal_width": -1, "colour": 3}

        assert problems(fields, iris) == {
            "sepal_length": "Must be a number",
            "sepal_width": "Field required",
            "petal_width": "Must be at least 0 cm",
            "colour": "There is no such feature",
        }

    @pytest.mark.parametrize("fields", [5, "row", None, [1, 2, 3, 4]])
    def test_what_is_no_object_is_told_what_is_wanted(
        self, iris: TableTask, fields: object
    ) -> None:
        assert "sepal_length, sepal_width" in problems(fields, iris)["body"]


class TestBytes:
    @given(
        st.lists(
            st.floats(0, MAX_VALUE, allow_subnormal=True) | st.integers(0, 10**15),
            min_size=4,
            max_size=4,
        )
    )
    def test_a_row_comes_back_from_its_bytes_as_it_was(self, values: list[float]) -> None:
        task = load_task("iris")
        assert isinstance(task, TableTask)
        row = read_row(dict(zip(task.feature_names, values, strict=True)), task)

        assert parse_row(row.to_bytes(task), task) == row

    def test_equal_rows_have_equal_bytes(self, iris: TableTask) -> None:
        one, other = read_row(SETOSA, iris), Row((5.1, 3.5, 1.4, 0.2))

        assert one.to_bytes(iris) == other.to_bytes(iris)
        assert read_row(SETOSA | {"petal_width": -0.0}, iris).to_bytes(iris) == read_row(
            SETOSA | {"petal_width": 0}, iris
        ).to_bytes(iris)

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"{", "Expected JSON"),
            (b"\xff", "Expected JSON"),
            (b"[" * 100_000, "nested too deeply"),
            (b'{"sepal_length": 1, "sepal_length": 2}', "a field is given twice"),
        ],
    )
    def test_bytes_that_are_no_row_are_refused(
        self, iris: TableTask, content: bytes, words: str
    ) -> None:
        with pytest.raises(InvalidRow, match=words):
            parse_row(content, iris)
