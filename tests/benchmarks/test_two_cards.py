"""Two cards side by side, `model/two_cards.py`."""

from api.model_card.card import Card
from api.model_card.card_file import read_card
from api.settings import ROOT
from benchmarks.model.two_cards import rows_of

SHIPPED = read_card(ROOT / "models" / "mobilenet_pneumonia_finetuned.json")


def with_auroc(auroc: float, low: float, high: float) -> Card:
    """The shipped card, with another AUROC over all films."""
    overall = SHIPPED.metrics["holdout"].overall
    intervals = overall.intervals | {"auroc": (low, high)}
    changed = overall.model_copy(update={"auroc": auroc, "intervals": intervals})
    holdout = SHIPPED.metrics["holdout"].model_copy(update={"overall": changed})
    return SHIPPED.model_copy(update={"metrics": {**SHIPPED.metrics, "holdout": holdout}})


def test_a_card_agrees_with_itself_in_all_that_has_an_interval() -> None:
    rows = rows_of(SHIPPED, SHIPPED)

    assert len({name for name, *_ in rows}) == len(rows) > 40
    assert {first == second for _, first, second, _ in rows} == {True}
    assert {name for name, *_, agrees in rows if agrees != "yes"} == {"stability: fewest kept"}


def test_a_value_beyond_either_interval_is_said() -> None:
    first = with_auroc(0.95, 0.90, 0.97)

    for second, agrees in (
        (with_auroc(0.93, 0.91, 0.96), "yes"),
        (with_auroc(0.93, 0.92, 0.94), "no"),
        (with_auroc(0.98, 0.94, 0.99), "no"),
    ):
        found = {name: row for name, *row in rows_of(first, second)}
        assert found["all: AUROC"][2] == agrees


def test_what_one_card_lacks_is_left_out() -> None:
    bare = SHIPPED.model_copy(update={"unseen": (), "heatmap": None})

    names = [name for name, *_ in rows_of(SHIPPED, bare)]

    assert "all: AUROC" in names
    assert not [name for name in names if "delhi" in name or "heat map" in name]
