"""Says on every page, also on one that is only looked at, when the API does not answer.

A page that asks something finds out by itself. This is for whoever reads, and would be told by the
next click: within three seconds, so a look and `liveness.TIMEOUT_S` have to fit into them.
"""

import streamlit as st

from components.state.refreshed import refreshed
from errors import SHOWN, api
from language.catalogue import _

LOOK_AGAIN_S = 0.6
# One question serves all browser sessions of this process for so long.
HEARD_FOR_S = 0.3
FRESH = "api-watch-fresh"


def show() -> None:
    """The watch of a page that is drawn now."""
    st.session_state[FRESH], st.session_state[SHOWN] = True, False
    refreshed(watch, every_s=LOOK_AGAIN_S, key="api-watch")()


def watch() -> None:
    """The note, where the API is silent and the page does not say so itself."""
    # While the page is drawn it asks, and says what it meets.
    if st.session_state.pop(FRESH, False):
        return
    if api().is_alive(heard_for_s=HEARD_FOR_S):
        st.session_state[SHOWN] = False
    elif not st.session_state.get(SHOWN):
        with st.container(key="api-watch"):
            st.error(
                _(
                    "The API does not answer. What stands here stays; this note goes by itself "
                    "once the API is back."
                ),
                icon=":material/cloud_off:",
            )
