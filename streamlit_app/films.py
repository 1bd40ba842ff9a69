"""A film that a person wants read: its bytes, a picture of it, and the answer once it is known."""

import io
import struct
from dataclasses import dataclass

import streamlit as st
from PIL import Image, ImageOps

from answers import Prediction
from client import ApiError, RoentgenClient

DISPLAY_PX = 900
MOST_PIXELS = 100_000_000
# What Pillow raises for a broken or hostile file; the server names the reason.
BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    ArithmeticError,
    LookupError,
    EOFError,
    struct.error,
    Image.DecompressionBombError,
)
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


@st.cache_data(max_entries=200, show_spinner=False)
def picture(content: bytes) -> Image.Image | None:
    """The film as a browser can show it, shrunk for display; None if it cannot be read."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            if image.width * image.height > MOST_PIXELS:
                return None
            image.draft("L", (DISPLAY_PX, DISPLAY_PX))
            grey = _eight_bits(ImageOps.exif_transpose(image))
    except BROKEN:
        return None
    grey.thumbnail((DISPLAY_PX, DISPLAY_PX))
    return grey


def _eight_bits(image: Image.Image) -> Image.Image:
    """Greyscale of 8 bits; deeper films are stretched between their extremes."""
    if not image.mode.startswith(("I", "F")):
        return image.convert("L")
    deep = image.convert("F")
    extremes = deep.getextrema()
    low, high = float(extremes[0]), float(extremes[1])  # type: ignore[arg-type]
    scale = 255 / (high - low) if high > low else 0.0
    return deep.point(lambda value: value * scale - low * scale).convert("L")
