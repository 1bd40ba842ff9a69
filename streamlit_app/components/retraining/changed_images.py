"""The held-out films whose answer a retraining changed, worst first."""

import pandas as pd
import streamlit as st

from api_types import ChangedImage, RetrainingChanges
from client import ApiError, RoentgenClient, address_of
from components.answers import row_form
from components.retraining.class_samples import thumbnail
from errors import api
from formatting import decimal, images, plain, rows_of
from language.api_sentences import translated
from language.catalogue import N_, _
from language.numbers import written

# As many as the API lists.
MAX_LISTED = 200
MAX_IMAGES, COLUMNS = 12, 6
WORDS = {"worse": N_("worse"), "neither": N_("neither better nor worse"), "better": N_("better")}


def show(job_id: str, *, version: str | None) -> None:
    """Counts, the films as a table, and pictures of those that are stored; nothing without a
    version."""
    if version is None:
        return
    try:
        found = _changes(api(), job_id)
    except ApiError as exc:
        st.caption(
            _("Which answers changed cannot be said: {reason}").format(reason=plain(str(exc)))
        )
        return
    with st.expander(plain(title(found))):
        st.caption(plain(translated(found["note"])))
        if not found["changes"]:
            return
        st.dataframe(table(found["changes"]), hide_index=True, placeholder="")
        _pictures([image for image in found["changes"] if image["thumbnail"]][:MAX_IMAGES])


# What a retraining changed stays as it is: its page asks again every few seconds.
@st.cache_data(
    max_entries=50, ttl=600.0, show_spinner=False, hash_funcs={RoentgenClient: address_of}
)
def _changes(client: RoentgenClient, job_id: str) -> RetrainingChanges:
    return client.retraining_changes(job_id, limit=MAX_LISTED)


def title(found: RetrainingChanges) -> str:
    """'Changed answers: 3 of 120 films (2 worse, 1 better)'."""
    count = rows_of if row_form.is_table() else images
    counts = {"worse": found["worse"], "neither": found["neither"], "better": found["better"]}
    total = sum(counts.values())
    parts = ", ".join(
        f"{number} {_(WORDS.get(name, name))}" for name, number in counts.items() if number
    )
    suffix = f" ({parts})" if parts else ""
    return _("Changed answers: {changed} of {compared}{counts}").format(
        changed=written(total), compared=count(found["compared"]), counts=suffix
    )


def table(images: list[ChangedImage]) -> pd.DataFrame:
    """A row a film; the probability is that of its label."""
    return pd.DataFrame([_row(image) for image in images])


def _row(image: ChangedImage) -> dict[str, object]:
    return {
        _("change"): _(WORDS.get(image["change"], image["change"])),
        _("label"): image["truth"],
        _("before"): _answer(image["before"], image["finding_before"]),
        _("now"): _answer(image["after"], image["finding_after"]),
        _("probability of the label before"): decimal(
            image["probabilities_before"].get(image["truth"])
        ),
        _("probability of the label now"): decimal(
            image["probabilities_after"].get(image["truth"])
        ),
        _("source"): image["source"],
        _("from"): _("earlier films") if image["remembered"] else _("your films"),
        _("film"): image["sha256"][:12],
    }


def _answer(label: str, finding: bool | None) -> str:
    if finding is None:
        return label
    finding_text = _("finding") if finding else _("no finding")
    return f"{label}, {finding_text}"


def _pictures(images: list[ChangedImage]) -> None:
    if not images:
        st.caption(_("None of these films is stored here, so there are no pictures of them."))
        return
    client = api()
    cells = st.columns(COLUMNS)
    for place, image in enumerate(images):
        caption = f"{image['truth']}: {image['before']} → {image['after']}"
        alt = _("A held-out film labelled {truth}, answered {answer} now").format(
            truth=image["truth"], answer=image["after"]
        )
        _picture(cells[place % COLUMNS], client, image["sha256"], plain(caption), alt)


def _picture(
    cell: st.delta_generator.DeltaGenerator,
    client: RoentgenClient,
    sha256: str,
    caption: str,
    alt: str,
) -> None:
    """Of a film that was deleted since, that it cannot be had."""
    try:
        cell.image(thumbnail(client, sha256), caption=caption, alt=alt, width="stretch")
    except ApiError:
        missing = _("no picture")
        cell.caption(f"{caption} ({missing})")
