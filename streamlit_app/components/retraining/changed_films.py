"""The held-out films whose answer a retraining changed, worst first."""

import pandas as pd
import streamlit as st

from api_types import ChangedFilm, RetrainingChanges
from client import RoentgenClient, address_of
from components.answers import row_form
from components.retraining.class_samples import thumbnail
from errors import api
from formatting import decimal, images, plain, rows_of

# As many as the API lists.
MAX_LISTED = 200
MAX_PICTURES, COLUMNS = 12, 6
WORDS = {"worse": "worse", "neither": "neither better nor worse", "better": "better"}


def show(job_id: str, *, version: str | None) -> None:
    """Counts, the films as a table, and pictures of those that are stored; nothing without a
    version."""
    if version is None:
        return
    found = _changes(api(), job_id)
    with st.expander(plain(title(found))):
        st.caption(plain(found["note"]))
        if not found["changes"]:
            return
        st.dataframe(table(found["changes"]), hide_index=True)
        _pictures([film for film in found["changes"] if film["thumbnail"]][:MAX_PICTURES])


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
    parts = ", ".join(f"{number} {WORDS[name]}" for name, number in counts.items() if number)
    told = f" ({parts})" if parts else ""
    return f"Changed answers: {total:,} of {count(found['compared'])}{told}"


def table(films: list[ChangedFilm]) -> pd.DataFrame:
    """A row a film; the probability is that of its label."""
    return pd.DataFrame([_row(film) for film in films])


def _row(film: ChangedFilm) -> dict[str, object]:
    return {
        "change": WORDS[film["change"]],
        "label": film["truth"],
        "before": _answer(film["before"], film["finding_before"]),
        "now": _answer(film["after"], film["finding_after"]),
        "probability of the label before": decimal(film["probabilities_before"].get(film["truth"])),
        "now ": decimal(film["probabilities_after"].get(film["truth"])),
        "source": film["source"],
        "from": "earlier" if film["remembered"] else "your films",
        "film": film["sha256"][:12],
    }


def _answer(label: str, finding: bool | None) -> str:
    if finding is None:
        return label
    return f"{label}, {'finding' if finding else 'no finding'}"


def _pictures(films: list[ChangedFilm]) -> None:
    if not films:
        st.caption("None of these films is stored here, so there are no pictures of them.")
        return
    client = api()
    cells = st.columns(COLUMNS)
    for place, film in enumerate(films):
        caption = f"{film['truth']}: {film['before']} → {film['after']}"
        alt = f"A held-out film labelled {film['truth']}, answered {film['after']} now"
        cells[place % COLUMNS].image(
            thumbnail(client, film["sha256"]), caption=plain(caption), alt=alt, width="stretch"
        )
