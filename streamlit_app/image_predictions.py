"""A film that a person wants read: its bytes, a picture of it, and the answer once it is known."""

import io
from dataclasses import dataclass

import streamlit as st
from PIL import Image

from api_types import Prediction
from client import ApiError, RoentgenClient, address_of

DISPLAY_PX = 900
FINAL_REFUSALS = frozenset({400, 413, 415, 422})
# Films stay in memory with their answers; a session that runs for days must not grow for ever.
MOST_READINGS = 300


@dataclass(frozen=True, slots=True)
class Film:
    """One film in this browser session. `key` is unique within it."""

    key: str
    name: str
    content: bytes
    is_generated: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """How answers are wanted; None leaves it to the server. `prevalence` in (0, 1)."""

    operating_point: str | None = None
    prevalence: float | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """The answer about a film, or the server's sentence why there is none."""

    film: Film
    answer: Prediction | None
    error: str | None
    may_be_asked_again: bool = False


def read(film: Film, client: RoentgenClient, *, model_version: str | None, wish: Wish) -> Reading:
    """The answer about a film; asked once per film, model version and wish.

    Raises: ApiDown.
    """
    known: dict[tuple[str, str | None, Wish], Reading]
    known = st.session_state.setdefault("readings", {})
    key = (film.key, model_version, wish)
    if key not in known:
        try:
            answer = client.predict(
                film.name,
                film.content,
                operating_point=wish.operating_point,
                prevalence=wish.prevalence,
            )
            known[key] = Reading(film, answer, None)
        except ApiError as exc:
            if exc.status not in FINAL_REFUSALS:
                return Reading(film, None, str(exc), may_be_asked_again=True)
            known[key] = Reading(film, None, str(exc))
    reading = known[key]
    for oldest in list(known)[:-MOST_READINGS]:
        del known[oldest]
    return reading


@st.cache_data(max_entries=200, show_spinner=False, hash_funcs={RoentgenClient: address_of})
def picture(client: RoentgenClient, name: str, content: bytes) -> Image.Image | None:
    """The film as the server reads it, shrunk for display; None if it cannot be read.

    The server decodes it: a file that crashes a decoder must not end the page of everybody else.

    Raises: ApiError that may pass, ApiDown.
    """
    try:
        shown = client.preview(name, content, side_px=DISPLAY_PX)
    except ApiError as exc:
        if exc.status not in FINAL_REFUSALS:
            raise
        return None
    with Image.open(io.BytesIO(shown)) as image:
        return image.convert("L")
