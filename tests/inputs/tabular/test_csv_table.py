"""Tables as people keep them."""

import pytest

from api.errors import AppError, InvalidRow, InvalidUpload, TooLarge
from api.inputs.tabular.csv_table import CsvRow, read_csv
from api.inputs.tabular.rows import Row
from api.tasks.table_task import TableTask
from api.tasks.task_files import load_task

HEADING = "sepal_length,sepal_width,petal_length,petal_width"


def read(text: str | bytes, *, max_rows: int = 10) -> list[CsvRow]:
    task = load_task("iris")
    assert isinstance(task, TableTask)
    content = text if isinstance(text, bytes) else text.encode()
    return read_csv(content, task, filename="t.csv", max_rows=max_rows)


class TestReading:
    @pytest.mark.parametrize(
        "text",
        [
            f"{HEADING}\n5.1,3.5,1.4,0.2\n",
            f"\ufeff{HEADING}\r\n5.1,3.5,1.4,0.2\r\n\r\n",
            "Petal Width;petal length (cm);sepal_width;SepalLengthCm\n0,2;1,4;3,5;5,1",
            "sepal_length\tsepal_width\tpetal_length\tpetal_width\n5.1\t3.5\t1.4\t0.2",
            f'"{HEADING.replace(",", chr(34) + "," + chr(34))}"\n"5.1","3.5","1.4"," 0.2 "',
        ],
        ids=["plain", "windows", "decimal commas", "tabs", "quoted"],
    )
    def test_columns_are_found_whatever_separates_them(self, text: str) -> None:
        (row,) = read(text)

        assert row.row == Row((5.1, 3.5, 1.4, 0.2))
        assert row.label is None

    def test_a_line_has_its_number_its_name_and_its_class(self) -> None:
        first, second = read(f"id,{HEADING},species\na,1,2,3,4,setosa\n\nb,1,2,3,5,")

        assert (first.line, first.name, first.label) == (2, "a", "setosa")
        assert (second.line, second.name, second.label) == (4, "b", None)

    def test_a_wrong_cell_costs_its_line_alone(self) -> None:
        rows = read(f"{HEADING}\n1,2,3,4\n1,two,,-1\n1,2,3,4,5\n1_0,2,3,4\nnan,2,3,4")

        wrong = [{e["field"] for e in r.row.errors} for r in rows if isinstance(r.row, InvalidRow)]
        assert isinstance(rows[0].row, Row)
        assert wrong == [
            {"sepal_width", "petal_length", "petal_width"}, {"row"}, {"sepal_length"},
            {"sepal_length"},
        ]  # fmt: skip


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("text", "error", "words"),
        [
            (b"", InvalidUpload, "is empty"),
            (b"\xff\xfe\x00", InvalidUpload, "not UTF-8"),
            (HEADING, InvalidUpload, "no rows"),
            ("sepal_length,colour\n1,2", InvalidUpload, "lacks sepal_width, petal_length"),
            ("sepal_length,colour\n1,2", InvalidUpload, "unknown columns 'colour'"),
            (f"{HEADING},Sepal Width\n1,2,3,4,5", InvalidUpload, "'Sepal Width' twice"),
            (f"{HEADING},label,species\n1,2,3,4,a,b", InvalidUpload, "'species' twice"),
            (HEADING + "\n1,2,3,4" * 11, TooLarge, "more than the 10 rows"),
        ],
    )
    def test_a_table_that_cannot_be_read(
        self, text: str | bytes, error: type[AppError], words: str
    ) -> None:
        with pytest.raises(error, match=words):
            read(text)
