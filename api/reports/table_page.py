"""The card of a table's checkpoint as Markdown, and its training trace as a picture."""

from collections.abc import Callable

from api.model_card.card import Epoch
from api.model_card.table_card import TableCard
from api.reports.curves_svg import (
    FAINT,
    GAP,
    HEIGHT,
    INK,
    LINE,
    MARGIN,
    MARK,
    SIDE,
    Axes,
    Panel,
    Polyline,
)
from api.reports.rendering import render

PANELS = 2
WIDTH = PANELS * (SIDE + MARGIN + GAP)
# Lines of the trace that the page lists; the picture shows all.
LISTED_EPOCHS = 15


def table_page(card: TableCard, *, picture: str | None = None) -> str:
    """The whole card as a page; `picture` is the file name of its training trace."""
    return render(
        "table_card.md",
        card=card,
        picture=picture,
        epochs=listed_epochs(card),
    )


def table_metrics(card: TableCard) -> str:
    """The hold-out figures as tables: all rows, per class, confusion."""
    return render("table_metrics.md", card=card).rstrip("\n")


def listed_epochs(card: TableCard) -> list[Epoch]:
    """The first epoch, the last, and some at equal distances between them."""
    history = card.training.history
    if not history:
        return []
    step = max(1, -(-len(history) // LISTED_EPOCHS))
    return [*history[: len(history) - 1 : step], history[-1]]


def trace_svg(card: TableCard) -> str | None:
    """Loss and accuracy by epoch, of training and of validation; None without a trace."""
    history = card.training.history
    if len(history) < 2:
        return None
    losses = [value for e in history for value in (e.loss, e.val_loss) if value is not None]
    return render(
        "curves.svg",
        title=f"{card.task} {card.version}: training trace",
        panels=(
            _panel("Loss", history, lambda e: e.loss, lambda e: e.val_loss, max(losses) * 1.05),
            _panel("Accuracy", history, lambda e: e.accuracy, lambda e: e.val_accuracy, 1.0),
        ),
        width=WIDTH,
        height=HEIGHT,
        side=SIDE,
        margin=MARGIN,
        gap=GAP,
        ink=INK,
        faint=FAINT,
    )


def _panel(
    title: str,
    history: tuple[Epoch, ...],
    trained: Callable[[Epoch], float | None],
    checked: Callable[[Epoch], float | None],
    highest: float,
) -> Panel:
    axes = Axes((1.0, float(len(history))), (0.0, highest or 1.0))

    def line(value_of: Callable[[Epoch], float | None], colour: str) -> Polyline:
        values = ((number, value_of(epoch)) for number, epoch in enumerate(history, start=1))
        return axes.line([(float(n), value) for n, value in values if value is not None], colour)

    lines = [line(trained, LINE), line(checked, MARK)]
    ends = [(trained, LINE, "training"), (checked, MARK, "validation")]
    dots = tuple(
        axes.dot((float(len(history)), value), colour, f"{name} {value:.3f}")
        for value_of, colour, name in ends
        if (value := value_of(history[-1])) is not None
    )
    return Panel(
        title,
        "epoch",
        title.lower(),
        ticks=axes.ticks(),
        lines=tuple(line for line in lines if line.points),
        dots=dots,
    )
