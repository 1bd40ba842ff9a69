"""A card as a page for people."""

from api.registry.report import figures, model_page, number, table
from tests.cards import CLASSES, card


class TestThePage:
    def test_it_says_what_people_must_know(self) -> None:
        page = model_page(card())

        assert page.startswith("# Model card: pneumonia v1\n")
        for sentence in ("For tests.", "Knows nothing.", "Split by hand.", "0" * 64):
            assert sentence in page

    def test_figures_name_every_class_and_source(self) -> None:
        page = figures(card())

        for name in (*CLASSES, "| here |", "| all | 40 | 0.900 | 0.900 | – | 0.900 | 0.800 |"):
            assert name in page


class TestTables:
    def test_a_table_has_a_head_a_rule_and_rows(self) -> None:
        assert table(("a", "b"), [("1", "2")]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"

    def test_an_undefined_figure_is_a_dash(self) -> None:
        assert number(None) == "–"
        assert number(0.12345) == "0.123"
