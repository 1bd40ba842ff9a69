"""Pictures of training films, fetched once."""

from collections.abc import Iterable
from functools import partial

import streamlit as st

from api_types import Sample
from client import ApiError, RoentgenClient, address_of
from components import side_by_side
from errors import api
from formatting import file_name, plain
from language.catalogue import _

SMALL_PX, LARGE_PX = 224, 900


@st.cache_data(max_entries=400, show_spinner=False, hash_funcs={RoentgenClient: address_of})
def _picture(client: RoentgenClient, sha256: str, side_px: int) -> bytes:
    return client.thumbnail(sha256, side_px=side_px)


def fetch(samples: Iterable[Sample]) -> None:
    """Fetch small pictures, a few at a time; what goes wrong with one is said where it is shown."""
    client = api()
    with side_by_side.asking() as ask:
        for sample in samples:
            ask(partial(_picture, client, sample["sha256"], SMALL_PX))


def show(sample: Sample, *, large: bool = False, caption: str | None = None) -> None:
    """A film, or in its place why it cannot be shown."""
    picture(sample["sha256"], alt=alt(sample), large=large, caption=caption)


def picture(sha256: str, *, alt: str, large: bool = False, caption: str | None = None) -> None:
    """The same by its hash."""
    try:
        content = _picture(api(), sha256, LARGE_PX if large else SMALL_PX)
    except ApiError as exc:
        st.caption(f"{plain(str(exc))}")
        return
    st.image(content, caption=caption, alt=alt, width="stretch")


def alt(sample: Sample) -> str:
    """What a screen reader says of a film."""
    return _("Training film {filename}, labelled {label}").format(
        filename=file_name(sample["filename"]), label=sample["label"]
    )
