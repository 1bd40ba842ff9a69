"""What every page does when the API is down or refuses: it says so, and what to do."""

import functools
import time
from collections.abc import Callable
from typing import ParamSpec

import streamlit as st

from client import ApiDown, ApiError, RoentgenClient
from components import for_administrators
from components.state.refreshed import refreshed
from formatting import plain
from language.api_sentences import translated
from language.catalogue import _
from session import identity

P = ParamSpec("P")
# Where the session keeps its client, and the name of its task; none: the server's default one.
CLIENT, TASK = "client", "task"
# Whether the API was silent when it was last looked for, and how often it is while a page waits.
AWAY, LOOK_AGAIN_S = "api-away", 3.0
# When the page was told so, and when it asks again although the API was there all along: it may
# have been slow as it began.
NOTIFIED_AT, ASK_AGAIN_S = "api-away-notified-at", 15.0
# Whether the page itself says that nothing can be asked now.
SHOWN = "api-away-said"


def api() -> RoentgenClient:
    """The client of this browser session, about the task that was chosen."""
    task = st.session_state.get(TASK)
    client: RoentgenClient | None = st.session_state.get(CLIENT)
    if client is None or client.task != task:
        client = st.session_state[CLIENT] = RoentgenClient(task=task)
    client.identity = identity.headers()
    return client


def guarded(show: Callable[P, None]) -> Callable[P, None]:
    """Show the sentence of an API error in place of the rest of a page or panel."""

    @functools.wraps(show)
    def shown(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            show(*args, **kwargs)
        except ApiDown as exc:
            away(exc, place=f"{show.__module__}-{show.__qualname__}")
        except ApiError as exc:
            refusal(exc)

    return shown


def away(error: ApiDown, *, place: str) -> None:
    """Why nothing can be asked now, and what to do; the page comes back with the API."""
    _unreachable(error)
    st.button(_("Try again"), key=f"again-{place}")
    st.session_state[AWAY], st.session_state[NOTIFIED_AT] = False, time.monotonic()
    refreshed(_return, every_s=LOOK_AGAIN_S, key=place)()


def _return() -> None:
    """Draw the page anew once the API answers that was silent; after a while also for one that
    only was slow."""
    if not api().is_alive():
        st.session_state[AWAY] = True
        return
    has_waited = time.monotonic() - st.session_state.get(NOTIFIED_AT, 0.0) >= ASK_AGAIN_S
    if st.session_state.pop(AWAY, False) or has_waited:
        st.rerun()


def _unreachable(error: ApiDown) -> None:
    st.session_state[SHOWN] = True
    st.error(plain(str(error)))
    if error.remedy:
        for_administrators.note(error.remedy)


def refusal(error: ApiError | ApiDown) -> None:
    """Why something was not done: the server's sentence, with its lines for each class, file or
    field, and for administrators the request's id; or why there is no server."""
    if isinstance(error, ApiDown):
        _unreachable(error)
        return
    lines = [" ".join(translated(str(value)) for value in entry.values()) for entry in error.errors]
    text = "\n".join([plain(str(error)), "", *(f"- {plain(line)}" for line in lines)])
    (st.warning if error.status in {409, 503} else st.error)(text)
    if error.remedy or error.request_id:
        for_administrators.request(error.request_id, remedy=plain(error.remedy))
