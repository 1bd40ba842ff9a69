"""The table of `all_films/kind_sets.py`: how many kinds answers leave open, by source."""

from benchmarks.model.all_films.kind_sets import KindAnswer, kind_rows
from tests.support.cards import card

ALL = ("COVID-19", "Pneumonia-Bacterial", "Pneumonia-Viral")
ANSWERS = [
    KindAnswer("north", "COVID-19", "positive", ("COVID-19",)),
    KindAnswer("north", "COVID-19", "positive", ("Pneumonia-Bacterial", "Pneumonia-Viral")),
    KindAnswer("north", "COVID-19", "refer", ALL),
    KindAnswer("north", "COVID-19", "negative", ()),
    KindAnswer("south", "finding", "positive", ("COVID-19",)),
    KindAnswer("south", "finding", "positive", ("Pneumonia-Viral",)),
    KindAnswer("south", "finding", "positive", ALL),
    KindAnswer("south", "finding", "refer", ALL),
]


def test_a_kind_counts_where_it_is_left_open_and_one_alone_among_positive_answers() -> None:
    north, south = kind_rows("hold-out", ANSWERS, card())

    assert [cell.split(" ")[0] for cell in north] == [
        "hold-out", "north", "COVID-19", "4", "0.667", "2", "1.50", "0.500", "0.500",
    ]  # fmt: skip
    assert [cell.split(" ")[0] for cell in south] == [
        "hold-out", "south", "finding", "4", "–", "3", "1.67", "0.667", "0.333",
    ]  # fmt: skip
