"""Pictures of training films, fetched once."""

from collections.abc import Iterable, Sequence
from functools import partial

import streamlit as st

from api_types import Sample
from client import ApiError, RoentgenClient, address_of
from components import concurrent_questions
from components.media import address_of_png
from components.viewer import image_viewer
from errors import api
from formatting import file_name, plain
from language.catalogue import _
from session import task_choice
from worklist.predictions import FULL_PX

SMALL_PX = 224
# Keys of the page *Films* while it shows one film large.
VIEWER = "sample-viewer"


@st.cache_data(max_entries=400, show_spinner=False, hash_funcs={RoentgenClient: address_of})
def _thumbnail(client: RoentgenClient, sha256: str, side_px: int) -> bytes:
    return client.thumbnail(sha256, side_px=side_px)


# Few and large: the one that is looked at, and those before it.
@st.cache_data(max_entries=4, show_spinner=False, hash_funcs={RoentgenClient: address_of})
def _large(client: RoentgenClient, sha256: str) -> bytes:
    return client.thumbnail(sha256, side_px=FULL_PX)


def fetch(samples: Iterable[Sample]) -> None:
    """Fetch small ones, a few at a time; what goes wrong with one is said where it is shown."""
    client = api()
    with concurrent_questions.at_once() as ask:
        for sample in samples:
            ask(partial(_thumbnail, client, sample["sha256"], SMALL_PX))


def show(sample: Sample) -> None:
    """A film, or in its place why it cannot be shown."""
    by_hash(sample["sha256"], alt=alt(sample))


def by_hash(sha256: str, *, alt: str) -> None:
    """The same by its hash."""
    try:
        content = _thumbnail(api(), sha256, SMALL_PX)
    except ApiError as exc:
        st.caption(plain(str(exc)))
        return
    st.image(content, alt=alt, width="stretch")


def show_large(sample: Sample, *, taken: Sequence[str] = ()) -> None:
    """A film in the viewer of *Diagnose*: zoom, window and level, invert, full screen.

    Args:
        taken: keys that the page itself uses.
    """
    try:
        content = _large(api(), sample["sha256"])
    except ApiError as exc:
        st.caption(plain(str(exc)))
        return
    task = task_choice.current()
    image_viewer.show(
        {
            "key": sample["sha256"],
            "film": address_of_png(content, place=VIEWER),
            "heat": None,
            "labels": [],
            "label": "",
            "marks": task is not None and task["frontal_only"],
            "place": 1,
            "count": 1,
            "note": None,
            "taken": taken,
        },
        key=VIEWER,
        on_move=lambda: None,
        on_evidence=lambda: None,
    )


def alt(sample: Sample) -> str:
    """What a screen reader says of a film."""
    return _("Training film {filename}, labelled {label}").format(
        filename=file_name(sample["filename"]), label=sample["label"]
    )
