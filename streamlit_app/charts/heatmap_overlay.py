"""The heat map of a class laid over a film."""

import io

import streamlit as st
from PIL import Image

from client import RoentgenClient, address_of

# The map has a few places only; enlarged to this side it is as smooth as it will ever be.
HEAT_PX = 336
MIN_PX = 7


@st.cache_data(max_entries=100, show_spinner=False, hash_funcs={RoentgenClient: address_of})
def heat_map(
    client: RoentgenClient, prediction_id: str, label: str, film_size: tuple[int, int]
) -> Image.Image:
    """A class's heat as RGBA with the film's proportions; fetched once a class.

    Raises: ApiError, ApiDown.
    """
    width, height = size_of_heat(film_size)
    content = client.heat_map(prediction_id, label=label, width=width, height=height)
    with Image.open(io.BytesIO(content)) as image:
        return image.convert("RGBA")


def size_of_heat(image_size: tuple[int, int]) -> tuple[int, int]:
    """Width and height to ask for: the film's proportions, the longer side HEAT_PX."""
    scale = HEAT_PX / max(image_size)
    width, height = (max(MIN_PX, round(side * scale)) for side in image_size)
    return width, height


def overlay(image: Image.Image, heat: Image.Image, opacity: float) -> Image.Image:
    """The film under the heat stretched over all of it.

    Args:
        film: greyscale, 8 bits.
        heat: RGBA, any size; where it is opaque it covers the film most.
        opacity: in [0, 1]; 0 gives the film itself.
    """
    if not opacity:
        return image
    stretched = heat.resize(image.size, Image.Resampling.BICUBIC)
    mask = stretched.getchannel("A").point(lambda alpha: round(alpha * opacity))
    return Image.composite(stretched.convert("RGB"), image.convert("RGB"), mask)


def is_empty(heat: Image.Image) -> bool:
    """Whether nothing on the film speaks for the class."""
    return heat.getchannel("A").getextrema()[1] == 0
