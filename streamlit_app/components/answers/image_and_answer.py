"""One film large, with its tools, beside what was answered about it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from api_types import Card, Prediction, Status
from captions import answer_captions, data_captions
from charts.heatmap_overlay import heat_map
from client import ApiDown, ApiError
from components.answers import answer_panel
from components.media import address_of_png
from components.viewer import image_viewer
from errors import api
from formatting import plain
from language.catalogue import _
from session import task_choice

EVIDENCE = "evidence-label"


@dataclass(frozen=True, slots=True)
class Opened:
    """A film that is looked at. `picture` is its PNG, `small` the same in few pixels, None where
    it is not at hand; `note` says why, and stands in its place. `place` counts from 1. `is_quick`:
    the picture has fewer pixels than the film."""

    key: str
    answer: Prediction | None
    picture: bytes | None
    small: bytes | None
    note: str | None = None
    error: str | None = None
    credit: str | None = None
    name: str | None = None
    place: int = 1
    count: int = 1
    is_quick: bool = False


def show(
    opened: Opened,
    status: Status,
    card: Card | None,
    *,
    key: str = "viewer",
    on_move: Callable[[], None] = lambda: None,
    on_open: Callable[[], None] = lambda: None,
    places: Sequence[DeltaGenerator] | None = None,
) -> None:
    """Show it.

    Args:
        card: the model's; None where it cannot be had.
        on_move: when another film is wanted.
        on_open: when the viewer has turned to another film of the list by itself.
        places: where the film goes, and where its answer; None: beside one another.
    """
    left, right = places or st.columns([5, 3], gap="medium")
    with left:
        _viewer(opened, card, key, on_move, on_open)
    with right:
        if opened.name:
            st.caption(plain(opened.name))
        if opened.credit:
            st.caption(opened.credit)
        if opened.answer is None:
            st.error(plain(opened.error or _("There is no answer.")))
        else:
            place = f"{opened.key}-{opened.answer['id']}"
            answer_panel.show(opened.answer, status, key=place, takes_feedback=not opened.credit)


def _viewer(
    opened: Opened,
    card: Card | None,
    key: str,
    on_move: Callable[[], None],
    on_open: Callable[[], None],
) -> None:
    answer = opened.answer
    is_image = answer is not None and not answer_captions.is_other_image(answer)
    labels = list(answer["probabilities"]) if answer else []
    label = _label(opened, key) if answer else ""
    heat, problem = _heat(opened, label) if is_image else (None, None)
    task = task_choice.current()
    image_viewer.show(
        {
            "key": opened.key,
            "film": address_of_png(opened.picture, place=f"{key}-film"),
            "heat": address_of_png(heat, place=f"{key}-heat"),
            "labels": labels,
            "label": label,
            # The patient's right is at the left.
            "marks": is_image and task is not None and task["frontal_only"],
            "place": opened.place,
            "count": opened.count,
            "note": opened.note,
            "quick": opened.is_quick,
        },
        key=key,
        on_move=on_move,
        on_open=on_open,
        on_evidence=lambda: _choose_label(opened, key),
    )
    if problem:
        st.caption(plain(problem))
    elif heat and answer and answer["explanation"]:
        with st.expander(_("What the heat map shows, and what it does not")):
            worth = card["heatmap"] if card else None
            st.caption(data_captions.heat_map(answer["explanation"], worth))


def _label(opened: Opened, key: str) -> str:
    """The class whose evidence is shown: the answer's, until another is chosen for this film."""
    assert opened.answer is not None
    chosen: tuple[str, str] = st.session_state.get(f"{key}-{EVIDENCE}", ("", ""))
    return chosen[1] if chosen[0] == opened.key else opened.answer["label"]


def _choose_label(opened: Opened, key: str) -> None:
    if label := image_viewer.requested(key, "evidence"):
        st.session_state[f"{key}-{EVIDENCE}"] = (opened.key, label)


def _heat(opened: Opened, label: str) -> tuple[bytes | None, str | None]:
    """The heat map, or why there is none."""
    answer = opened.answer
    if answer is None or opened.small is None or not answer.get("explanation"):
        return None, None
    try:
        heat = heat_map(api(), answer["id"], label, opened.small)
    except (ApiError, ApiDown) as exc:
        return None, _("No heat map: {exc}").format(exc=exc)
    if heat is None:
        return None, _("Nothing on this film speaks for {label} more than for the others.").format(
            label=label
        )
    return heat, None
