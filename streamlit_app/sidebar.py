"""The column at the left of every page: the task, whether all is well, and the other pages."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from api_types import Me, Status
from client import ApiDown, ApiError
from components import for_administrators
from components.state.refreshed import refreshed
from errors import api
from formatting import plain
from language import choice
from language.api_sentences import translated
from language.catalogue import N_, _
from session import sign_in, task_choice


@dataclass(frozen=True, slots=True)
class Linked:
    """A page and its icon, which is for links alone: Streamlit would fetch the one of a page from
    the internet, for the browser's tab."""

    page: st.Page
    icon: str

    def show(self) -> None:
        """A link to it."""
        st.page_link(self.page, icon=self.icon, width="stretch")


STATE_EVERY_S = 15.0
NOTICE = N_("Research and education. Not a medical device.")


def show(me: Me | None, pages: Mapping[str, Sequence[Linked]], *, is_let_in: bool) -> None:
    """Name, task and state; the pages in their groups; who is there.

    Args:
        me: who the API takes the person for; None: it does not say.
        pages: by the title of their group; '' for those of none.
    """
    task_choice.follow_url()
    with st.sidebar:
        st.markdown("**Roentgen**")
        if is_let_in:
            _task()
            refreshed(_state, every_s=STATE_EVERY_S, key="sidebar")()
        _navigation(pages)
        sign_in.show_account(me)
        choice.show()
        st.caption(_(NOTICE))
        for_administrators.note(_("API: {base_url}").format(base_url=f"`{api().base_url}`"))


def _navigation(pages: Mapping[str, Sequence[Linked]]) -> None:
    with st.container(key="navigation", gap="xsmall"):
        for group, members in pages.items():
            if group:
                st.markdown(f"**{group}**")
            for page in members:
                page.show()


def _task() -> None:
    # What is wrong is said below, and on the page.
    with contextlib.suppress(ApiDown, ApiError):
        task_choice.show()


def _state() -> None:
    try:
        st.markdown(plain(sentence(api().status())))
    except ApiDown:
        st.markdown(_("The API cannot be reached."))
    except ApiError as exc:
        st.markdown(plain(str(exc)))


def sentence(status: Status) -> str:
    """'Serving v1', or what is wrong."""
    unwell = [
        f"{translated(name)}: {translated(part['detail'])}"
        for name, part in status["health"].items()
        if not part["ok"]
    ]
    if unwell:
        return "; ".join(unwell)
    if status["model_version"] is None:
        return _("The model is being prepared.")
    if status["running_job"]:
        return _("Serving {model_version}; a retraining is running.").format(
            model_version=status["model_version"]
        )
    return _("Serving {model_version}").format(model_version=status["model_version"])
