"""The film that is looked at, large, with the heat map on demand."""

import io

import streamlit as st
from PIL import Image

from api_types import Prediction, ReviewItem
from client import ApiDown, ApiError, RoentgenClient, address_of
from errors import api
from formatting import plain
from language.catalogue import _

# Of the heat map where it is strongest, of 255.
OPACITY = 0.4
IMAGE_PX, HEAT_PX = 900, 448
HEAT = "review-heat"


def show(item: ReviewItem) -> None:
    """The picture; the heat map of the answer's class is laid over it where it was asked for."""
    try:
        image = _image(api(), item["id"])
    except (ApiError, ApiDown) as exc:
        st.caption(_("The film cannot be shown: {exc}").format(exc=plain(str(exc))))
        return
    answer, shown, caption = item["prediction"], image, _("The film, without a heat map")
    if answer is not None and st.session_state.get(HEAT):
        shown, caption = _under_heat(image, answer)
    st.image(shown, caption=plain(caption), alt=_("The film to look at"), width="stretch")


def _under_heat(image: Image.Image, answer: Prediction) -> tuple[Image.Image, str]:
    label = answer["label"]
    try:
        heat = _heat(api(), answer["id"], label, image.size)
    except (ApiError, ApiDown) as exc:
        return image, _("No heat map: {exc}").format(exc=exc)
    strength = heat.getchannel("A")
    if not strength.getextrema()[1]:
        return image, _("Nothing here speaks for {label} more than for the others").format(
            label=label
        )
    mask = strength.point(lambda alpha: round(alpha * OPACITY))
    shown = Image.composite(heat.convert("RGB"), image.convert("RGB"), mask)
    return shown, _("Where evidence for {label} lay, not what is ill").format(label=label)


@st.cache_data(max_entries=20, show_spinner=False, hash_funcs={RoentgenClient: address_of})
def _image(client: RoentgenClient, prediction_id: str) -> Image.Image:
    with Image.open(io.BytesIO(client.image_of(prediction_id, side_px=IMAGE_PX))) as image:
        return image.convert("L")


@st.cache_data(max_entries=20, show_spinner=False, hash_funcs={RoentgenClient: address_of})
def _heat(
    client: RoentgenClient, prediction_id: str, label: str, image_size: tuple[int, int]
) -> Image.Image:
    """RGBA, stretched over the whole film."""
    scale = HEAT_PX / max(image_size)
    width, height = (max(1, round(side * scale)) for side in image_size)
    content = client.heat_map(prediction_id, label=label, width=width, height=height)
    with Image.open(io.BytesIO(content)) as image:
        return image.convert("RGBA").resize(image_size, Image.Resampling.BICUBIC)
