"""The figures of a card as tables."""

from api.model_card.card import Card
from api.reports.rendering import render


def metric_tables(card: Card) -> str:
    """The hold-out figures as tables: per source, per class, confusion, operating points."""
    return render("metric_tables.md", card=card).rstrip("\n")
