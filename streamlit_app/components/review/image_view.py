"""The film that is looked at, in the viewer of *Diagnose*, with the heat map off at first."""

import io

import streamlit as st
from PIL import Image

from api_types import Prediction, ReviewItem
from captions import answer_captions
from charts.heatmap_overlay import heat_map
from client import ApiDown, ApiError, RoentgenClient, address_of
from components.media import address_of_png
from components.viewer import image_viewer
from errors import api
from formatting import plain
from language.catalogue import _
from session import task_choice
from worklist.predictions import FULL_PX, THUMBNAIL_PX

VIEWER = "review-viewer"
# The class whose evidence is shown, and of which film.
EVIDENCE = "review-evidence"
# Films at hand are few and large: the one that is looked at, and those before it.
AT_HAND = 4


def show(item: ReviewItem, *, taken: tuple[str, ...]) -> None:
    """The film; its heat map where the answer may be seen and the picture is of the task's kind.

    Args:
        taken: keys that the page itself uses.
    """
    answer, client = item["prediction"], api()
    try:
        picture, small = _pictures(client, item["id"])
    except (ApiError, ApiDown) as exc:
        st.caption(_("The film cannot be shown: {exc}").format(exc=plain(str(exc))))
        return
    is_image = answer is None or not answer_captions.is_other_image(answer)
    label, heat, problem = "", None, None
    task = task_choice.current()
    if answer is not None and is_image:
        label = _label(answer)
        heat, problem = _heat(client, answer["id"], label, small)
    image_viewer.show(
        {
            "key": item["id"],
            "film": address_of_png(picture, place=f"{VIEWER}-film"),
            "heat": address_of_png(heat, place=f"{VIEWER}-heat"),
            "labels": list(answer["probabilities"]) if answer else [],
            "label": label,
            "marks": is_image and task is not None and task["frontal_only"],
            "place": 1,
            "count": 1,
            "note": None,
            "taken": taken,
        },
        key=VIEWER,
        on_move=lambda: None,
        on_evidence=lambda: _choose_label(item["id"]),
    )
    if problem:
        st.caption(plain(problem))


def _label(answer: Prediction) -> str:
    """The answer's class, until another is chosen for this film."""
    chosen: tuple[str, str] = st.session_state.get(EVIDENCE, ("", ""))
    return chosen[1] if chosen[0] == answer["id"] else answer["label"]


def _choose_label(prediction_id: str) -> None:
    if label := image_viewer.requested(VIEWER, "evidence"):
        st.session_state[EVIDENCE] = (prediction_id, label)


def _heat(
    client: RoentgenClient, prediction_id: str, label: str, small: bytes
) -> tuple[bytes | None, str | None]:
    """The heat map as PNG, or why there is none."""
    try:
        heat = heat_map(client, prediction_id, label, small)
    except (ApiError, ApiDown) as exc:
        return None, _("No heat map: {exc}").format(exc=exc)
    if heat is None:
        return None, _("Nothing on this film speaks for {label} more than for the others.").format(
            label=label
        )
    return heat, None


@st.cache_data(max_entries=AT_HAND, show_spinner=False, hash_funcs={RoentgenClient: address_of})
def _pictures(client: RoentgenClient, prediction_id: str) -> tuple[bytes, bytes]:
    """The film as PNG, and the same in few pixels. Raises: ApiError, ApiDown."""
    content = client.image_of(prediction_id, side_px=FULL_PX)
    small = io.BytesIO()
    with Image.open(io.BytesIO(content)) as opened:
        image = opened.convert("L")
    image.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
    image.save(small, "PNG")
    return content, small.getvalue()
