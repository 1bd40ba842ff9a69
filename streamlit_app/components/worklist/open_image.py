"""The film that is open, beside its answer: what is drawn anew when a person turns."""

from collections.abc import Mapping, Sequence

import streamlit as st

from api_types import Card, Status
from components.answers import image_and_answer
from components.media import address_of_png
from components.viewer import image_viewer
from errors import api
from language.catalogue import N_, _
from session import stored_worklist
from worklist import near_images
from worklist.image_keeping import keeps_no_images
from worklist.near_images import Fetch
from worklist.order import why
from worklist.rows import Row, Worklist, beside

VIEWER, NEAR, CAME = "viewer", "near-films", "near-film-came"
IMAGE, ANSWER = "diagnose-film", "diagnose-answer"
MISSED = N_("The picture of this film comes once the API is back.")
GONE = N_(
    "This picture is no longer at hand, and the server keeps none. Drop the film again to look."
)
UNREADABLE = N_(
    "There is no picture to show. {reason} Export the film anew where it is from, and drop that "
    "file; the arrow keys go on to the next film."
)
NOT_REMEMBERED = N_(
    "The server keeps no films, and this tab was not to remember them. To look at this one, switch "
    "on 'Remember films in this browser tab' below and drop it again."
)


@st.fragment
def show(keys: Sequence[str], status: Status, card: Card | None, *, is_silent: bool) -> None:
    """A fragment: an arrow key draws nothing else anew.

    Args:
        keys: the films of the list, in its order.
        is_silent: the page says already that the API is.
    """
    worklist = stored_worklist.current()
    row = worklist.rows.get(worklist.open_key or "")
    if row is None:
        return
    if not is_silent:
        if not api().is_alive():
            st.rerun()
        worklist.missed.clear()
    keeps_none = keeps_no_images(api())
    sources = _sources(worklist, keys, status["task"], keeps_none)
    _image(row, worklist, keys, status, card, sources.get(row.image.key), keeps_none)
    st.session_state.pop(CAME, None)
    _near(keys, sources)


def _sources(
    worklist: Worklist, keys: Sequence[str], task: str, keeps_none: bool
) -> dict[str, Fetch]:
    """What has the pictures of the film that is open and of those beside it, beside the browser."""
    looked_at = [worklist.open_key or "", *beside(keys, worklist.open_key or "")]
    rows = [row for key in looked_at if (row := worklist.rows.get(key))]
    found = {
        row.image.key: near_images.source(row, worklist, api(), task=task, keeps_none=keeps_none)
        for row in rows
    }
    return {key: fetch for key, fetch in found.items() if fetch}


def _image(
    row: Row,
    worklist: Worklist,
    keys: Sequence[str],
    status: Status,
    card: Card | None,
    fetch: Fetch | None,
    keeps_none: bool,
) -> None:
    key = row.image.key
    picture = near_images.open_picture(row, worklist, fetch)
    note = None if picture else _note(row, worklist, keeps_none)
    opened = image_and_answer.Opened(
        key,
        row.answer,
        picture.png if picture else None,
        row.thumbnail,
        note=note,
        error=f"{row.image.name}: {why(row)}" if row.error else None,
        credit=row.image.credit,
        name=None if row.image.credit else row.image.name,
        place=keys.index(key) + 1 if key in keys else 1,
        count=len(keys) if key in keys else 1,
        is_quick=picture is not None and not picture.is_full,
    )
    image_and_answer.show(
        opened,
        status,
        card,
        key=VIEWER,
        on_open=_turn,
        places=(st.container(key=IMAGE), st.container(key=ANSWER)),
    )


def _note(row: Row, worklist: Worklist, keeps_none: bool) -> str:
    """Why a film cannot be shown, or not just now."""
    key = row.image.key
    if row.error and not row.may_be_asked_again:
        return _(UNREADABLE).format(reason=why(row))
    if key in worklist.gone:
        return _(NOT_REMEMBERED if keeps_none and not worklist.keep_images else GONE)
    return _(MISSED) if key in worklist.missed else _("The film is on its way …")


@st.fragment
def _near(keys: Sequence[str], sources: Mapping[str, Fetch]) -> None:
    """A fragment of its own: a picture that comes draws nothing else anew."""
    worklist = stored_worklist.current()
    row = worklist.rows.get(worklist.open_key or "")
    if row is None:
        return
    key = row.image.key
    if st.session_state.pop(CAME, False) and key in worklist.gone | worklist.missed:
        # That there is none is said in its place.
        st.rerun()
    near_images.open_picture(row, worklist, sources.get(key))
    found = [(each, worklist.image_cache.get(each)) for each in (*beside(keys, key), key)]
    ahead = {each: fetch for each, fetch in sources.items() if each != key}
    image_viewer.surround(
        {
            "key": key,
            "near": [
                {
                    "key": each,
                    "film": address_of_png(picture.png, place=f"{NEAR}-{place}"),
                    "quick": not picture.is_full,
                }
                for place, (each, picture) in enumerate(found)
                if picture
            ],
            "missing": [
                {"key": each, "full": is_full}
                for each, is_full in near_images.missing(worklist, keys).items()
            ],
            "waits": near_images.fetch_ahead(worklist, ahead),
        },
        key=NEAR,
        on_came=_came,
        on_enlarge=_enlarge,
    )


def _turn() -> None:
    key = image_viewer.requested(VIEWER, "open")
    if key and key in stored_worklist.current().rows:
        stored_worklist.turn_to(key)


def _came() -> None:
    st.session_state[CAME] = True


def _enlarge() -> None:
    stored_worklist.current().enlarged = image_viewer.requested(NEAR, "enlarge")
