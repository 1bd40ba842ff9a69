"""A card as Markdown for people. Sections follow Mitchell et al. 2019."""

from api.errors import InvalidTask
from api.model_card.card import Card
from api.reports.markdown import interval_text
from api.reports.rendering import render
from api.tasks.labels import Population
from api.tasks.task_files import load_task


def card_page(card: Card, *, picture: str | None = None) -> str:
    """The whole card as a page; `picture` is the file name of its curves, if there is one."""
    return render(
        "card.md",
        card=card,
        picture=picture,
        referred=_referred_scores(card),
        remembered=_remembered(card),
        labels=_labels(card),
        populations=_populations(card),
    )


def _referred_scores(card: Card) -> dict[float, str]:
    """For each bound of error, which scores are referred at the balanced operating point."""
    threshold = card.operating_points["balanced"].threshold
    bands = card.refer.bands if card.refer else ()
    ends = {band.max_error: band.ends(threshold) for band in bands}
    return {bound: interval_text(found) if found else "none" for bound, found in ends.items()}


def _labels(card: Card) -> list[str]:
    """The classes, then coarse labels that films were learned by."""
    rows = (row for sources in card.data.counts.values() for row in sources.values())
    coarse = {label for row in rows for label in row} - set(card.classes)
    return [*card.classes, *sorted(coarse)]


def _populations(card: Card) -> dict[str, Population]:
    """Who is pictured in its sources; nothing where its task does not say of any."""
    try:
        known = load_task(card.task).populations
    except InvalidTask:
        return {}
    sources = sorted({name for row in card.data.counts.values() for name in row})
    if not known.keys() & set(sources):
        return {}
    return {name: known.get(name, Population()) for name in sources}


def _remembered(card: Card) -> dict[str, int] | None:
    """How many images of each split the replay memory holds; None: there is no memory."""
    if card.replay is None:
        return None
    return {
        split: sum(n for labels in sources.values() for n in labels.values())
        for split, sources in card.replay.counts.items()
    }
