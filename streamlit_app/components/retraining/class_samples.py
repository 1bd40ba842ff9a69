"""Sample pictures of each class: collected films, or an example film where there is none."""

import streamlit as st

from api_types import ClassSummary, SampleSummary
from captions import data_captions
from client import RoentgenClient, address_of
from errors import api
from example_images import example_of_class
from language.catalogue import _

SHOWN = 4


def show(summary: SampleSummary, task: str) -> None:
    st.subheader(_("Sample films by class"))
    st.caption(data_captions.thumbnails({f["label"]: f["count"] for f in summary["classes"]}))
    columns = st.columns(len(summary["classes"]))
    for column, of_class in zip(columns, summary["classes"], strict=True):
        with column:
            _class_pictures(of_class, task)


def _class_pictures(of_class: ClassSummary, task: str) -> None:
    client = api()
    st.markdown(f"**{of_class['label']}**")
    if not of_class["examples"]:
        _example(of_class["label"], task)
        return
    shas = of_class["examples"][:SHOWN]
    cells = st.columns(min(len(shas), 2), gap="xsmall")
    for place, sha256 in enumerate(shas):
        alt = _("A training film labelled {label}").format(label=of_class["label"])
        cells[place % len(cells)].image(thumbnail(client, sha256), alt=alt, width="stretch")


@st.cache_data(max_entries=400, show_spinner=False, hash_funcs={RoentgenClient: address_of})
def thumbnail(client: RoentgenClient, sha256: str) -> bytes:
    """A small picture of a sample."""
    return client.thumbnail(sha256)


def _example(label: str, task: str) -> None:
    if image := example_of_class(task, label):
        st.image(
            image.content,
            caption=image.credit,
            alt=_("Example film: {shows}").format(shows=_(image.shows)),
            width="stretch",
        )
    else:
        st.caption(_("No film yet."))
