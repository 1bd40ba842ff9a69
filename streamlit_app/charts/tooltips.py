"""What a chart says of a mark under the pointer: fields of its data by names that people read."""

from typing import Any

import altair as alt

from language.catalogue import N_, _

NAMES = {
    "answer": N_("answer"),
    "answers": N_("answers"),
    "class": N_("class"),
    "count": N_("count"),
    "excess": N_("excess"),
    "figure": N_("figure"),
    "films": N_("films"),
    "grey": N_("grey"),
    "label": N_("label"),
    "looked_at": N_("looked at"),
    "name": N_("name"),
    "origin": N_("origin"),
    "phase": N_("phase"),
    "probability": N_("probability"),
    "set": N_("set"),
    "share": N_("share"),
    "source": N_("source"),
    "step": N_("step"),
    "time": N_("time"),
    "truth": N_("truth"),
    "value": N_("value"),
    "version": N_("version"),
    "window": N_("window"),
}


def tooltip(shorthand: str, **more: Any) -> alt.Tooltip:
    """A field such as 'share:Q', under its own name unless `title` says another."""
    return alt.Tooltip(
        shorthand, **{"title": _(NAMES.get(shorthand.partition(":")[0], "")), **more}
    )
