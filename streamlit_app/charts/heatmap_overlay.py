"""The heat map of a class, to lay over a film: only where the body is."""

import io

import streamlit as st
from PIL import Image, ImageDraw, ImageFilter

from client import RoentgenClient, address_of

# The map has a few places only; enlarged to this side it is as smooth as it will ever be.
HEAT_PX = 512
MIN_PX = 7
BODY_PX = 128
# Grey levels of the air around a body, of 255.
AIR = 12
EDGE_PX = 3


@st.cache_data(max_entries=100, show_spinner=False, hash_funcs={RoentgenClient: address_of})
def heat_map(client: RoentgenClient, prediction_id: str, label: str, image: bytes) -> bytes | None:
    """A class's heat as RGBA PNG with the film's proportions; None if nothing speaks for it.

    Args:
        image: the film as PNG, however small: what is outside the body is taken from it.

    Raises: ApiError, ApiDown.
    """
    with Image.open(io.BytesIO(image)) as opened:
        picture = opened.convert("L")
    width, height = size_of_heat(picture.size)
    content = client.heat_map(prediction_id, label=label, width=width, height=height)
    with Image.open(io.BytesIO(content)) as opened:
        heat = opened.convert("RGBA")
    if is_empty(heat):
        return None
    buffer = io.BytesIO()
    within(heat, body(picture)).save(buffer, "PNG")
    return buffer.getvalue()


def size_of_heat(image_size: tuple[int, int]) -> tuple[int, int]:
    """Width and height to ask for: the film's proportions, the longer side HEAT_PX."""
    scale = HEAT_PX / max(image_size)
    width, height = (max(MIN_PX, round(side * scale)) for side in image_size)
    return width, height


def body(image: Image.Image) -> Image.Image:
    """Where the body is: all but the black that reaches the film's edge.

    Args:
        image: greyscale, 8 bits; air is black.

    Returns: greyscale of at most BODY_PX a side, 255 on the body, with a soft edge; dark lungs,
    which the body surrounds, belong to it.
    """
    small = image.copy()
    small.thumbnail((BODY_PX, BODY_PX))
    # Noise and writing are no body: their specks would stop the flood.
    is_air = small.filter(ImageFilter.MedianFilter(3)).point(lambda grey: 255 * (grey <= AIR))
    framed = Image.new("L", (is_air.width + 2, is_air.height + 2), 255)
    framed.paste(is_air, (1, 1))
    outside = 128
    ImageDraw.floodfill(framed, (0, 0), outside)
    mask = framed.crop((1, 1, framed.width - 1, framed.height - 1))
    return mask.point(lambda value: 255 * (value != outside)).filter(
        ImageFilter.GaussianBlur(EDGE_PX)
    )


def within(heat: Image.Image, mask: Image.Image) -> Image.Image:
    """The heat, RGBA, made transparent where the mask, stretched over it, is black."""
    stretched = mask.resize(heat.size, Image.Resampling.BICUBIC)
    alpha = Image.composite(heat.getchannel("A"), Image.new("L", heat.size), stretched)
    shown = heat.copy()
    shown.putalpha(alpha)
    return shown


def is_empty(heat: Image.Image) -> bool:
    """Whether nothing on the film speaks for the class."""
    return heat.getchannel("A").getextrema()[1] == 0
