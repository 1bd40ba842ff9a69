"""Files that people take away."""

import pandas as pd

import csv_export
from api.reports import spreadsheet
from csv_export import as_csv


class TestCsv:
    def test_what_is_a_formula_is_the_same_as_in_the_servers_tables(self) -> None:
        """The page and the server import nothing of each other."""
        assert csv_export.FORMULA_STARTS == spreadsheet.FORMULA_STARTS

    def test_no_text_is_a_formula_and_numbers_stay_numbers(self) -> None:
        table = pd.DataFrame(
            [
                {"file": '=HYPERLINK("x")', "score": -0.5, "label": "Normal"},
                {"file": "röntgen.png", "score": None, "label": "@x"},
            ]
        )

        lines = as_csv(table).decode("utf-8").splitlines()

        assert lines == [
            "file,score,label",
            '"\'=HYPERLINK(""x"")",-0.5,Normal',
            "röntgen.png,,'@x",
        ]
