"""Which training films are shown, and which page of them."""

from collections.abc import Mapping
from functools import partial

import streamlit as st

from api_types import RetrainingPlan
from components import filter_choices
from components.day_range import days_of
from language.catalogue import N_, _

# The hashes at which earlier pages begin, the newest page's first.
STARTS = "films-starts"
SPLITS = {"train": N_("training"), "holdout": N_("held out")}
ORIGINS = {
    "upload": N_("upload"),
    "import": N_("import"),
    "folder": N_("folder"),
    "feedback": N_("review"),
}


def choose(labels: Mapping[str, str], plan: RetrainingPlan) -> dict[str, str]:
    """The controls, and what was chosen, as the API takes it."""
    sources = [name for name in plan["sources"] if name]
    first, second = st.columns(3), st.columns(3)
    one_of = partial(filter_choices.one_of, on_change=first_page)
    chosen = {
        "label": one_of(first[0], _("Class"), labels, key="films-label"),
        "source": one_of(
            first[1], _("Site"), dict(zip(sources, sources, strict=True)), key="films-site"
        ),
        "part": one_of(first[2], _("Used for"), _in_words(SPLITS), key="films-part"),
        "origin": one_of(second[0], _("Came by"), _in_words(ORIGINS), key="films-origin"),
        "added_by": filter_choices.text(
            second[1], _("Added by"), key="films-added-by", on_change=first_page
        ),
    }
    days = filter_choices.days(
        second[2], _("Added on (UTC)"), key="films-days", on_change=first_page
    )
    return filter_choices.active(chosen) | days_of(days)


def _in_words(options: Mapping[str, str]) -> dict[str, str]:
    return {name: _(words) for name, words in options.items()}


def first_page() -> None:
    st.session_state[STARTS] = [None]


def starts() -> list[str | None]:
    """Where each page up to the current one begins."""
    found: list[str | None] = st.session_state.setdefault(STARTS, [None])
    return found


def turn(following: str | None, *, total: int, page: int) -> None:
    """Buttons to the newer and the older page."""
    known = starts()
    newer, where, older = st.columns([1, 2, 1], vertical_alignment="center")
    if newer.button(_("Newer"), key="films-newer", disabled=len(known) == 1, width="stretch"):
        known.pop()
        st.rerun()
    pages = max(1, -(-total // page))
    where.markdown(
        _("Page {known} of {pages}").format(known=len(known), pages=pages), text_alignment="center"
    )
    is_last = following is None or len(known) >= pages
    if older.button(_("Older"), key="films-older", disabled=is_last, width="stretch"):
        known.append(following)
        st.rerun()
