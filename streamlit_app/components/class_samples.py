"""Sample pictures of each class: collected films, or a generated one where there is none."""

import streamlit as st

from api_types import SampleFigures, SampleSummary
from captions import data_captions
from client import ApiError, RoentgenClient, address_of
from errors import api
from formatting import plain

SHOWN = 4
SEED = 7


def show(summary: SampleSummary) -> None:
    st.subheader("Sample films by class")
    st.caption(data_captions.thumbnails({f["label"]: f["count"] for f in summary["classes"]}))
    columns = st.columns(len(summary["classes"]))
    for column, figures in zip(columns, summary["classes"], strict=True):
        with column:
            _class_pictures(figures)


def _class_pictures(figures: SampleFigures) -> None:
    client = api()
    st.markdown(f"**{figures['label']}**")
    if not figures["examples"]:
        try:
            image = _phantom(client, figures["label"])
        except ApiError as exc:
            st.caption(plain(str(exc)))
            return
        st.image(image, caption="Generated, not a patient", width="stretch")
        return
    shas = figures["examples"][:SHOWN]
    cells = st.columns(min(len(shas), 2), gap="xsmall")
    for place, sha256 in enumerate(shas):
        cells[place % len(cells)].image(thumbnail(client, sha256), width="stretch")


@st.cache_data(max_entries=400, show_spinner=False, hash_funcs={RoentgenClient: address_of})
def thumbnail(client: RoentgenClient, sha256: str) -> bytes:
    """A small picture of a sample."""
    return client.thumbnail(sha256)


@st.cache_data(max_entries=50, show_spinner=False, hash_funcs={RoentgenClient: address_of})
def _phantom(client: RoentgenClient, label: str) -> bytes:
    return client.phantom(label, seed=SEED)
