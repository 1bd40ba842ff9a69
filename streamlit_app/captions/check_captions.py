"""One sentence for each thing that a check of a site's films says of a model."""

from collections.abc import Sequence

from api_types import Comparison, SiteReport
from captions.model_captions import is_within
from formatting import METRICS, decimal, figure
from language.catalogue import _
from language.numbers import written


def comparison(rows: Sequence[Comparison]) -> str:
    """Which figures are not what the card says, by more than chance explains."""
    both = [row for row in rows if row["interval"] and row["card"] is not None]
    if not both:
        return _("There is no figure that both the card and these films have.")
    off = [
        _("{figures} ({figure} here, {figure2} in the card)").format(
            figures=_(METRICS[row["figure"]]),
            figure=figure(row["figure"], row["here"]),
            figure2=figure(row["figure"], row["card"]),
        )
        for row in both
        if row["card"] is not None
        and row["interval"] is not None
        and not is_within(row["card"], row["interval"])
    ]
    if not off:
        return _("Nothing differs from the card by more than chance explains.")
    return _("By more than chance explains, these differ from the card: {off}.").format(
        off=", ".join(off)
    )


def suggestion(report: SiteReport) -> str:
    """What would fit these films better."""
    threshold, temperature = report["suggestion"]["threshold"], report["suggestion"]["temperature"]
    if threshold is None or temperature is None:
        return _("There are too few films of a kind to suggest a threshold or a temperature.")
    return _(
        "For films like these a threshold of {threshold} instead of {threshold2} "
        "gives the largest sum of sensitivity and specificity; a temperature of "
        "{temperature} would fit: the model is {confidence} here."
    ).format(
        threshold=decimal(threshold),
        threshold2=decimal(report["threshold"]),
        temperature=written(temperature, ".2f"),
        confidence=_confidence(temperature),
    )


def _confidence(temperature: float) -> str:
    if temperature > 1.1:
        return _("over-confident")
    return _("too cautious") if temperature < 0.9 else _("about as sure as it should be")
