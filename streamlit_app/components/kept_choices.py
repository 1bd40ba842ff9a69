"""What was chosen in filters, for as long as the session lasts.

Streamlit forgets a widget that is not drawn, and filters are not drawn while an entry is open.
"""

from collections.abc import Sequence
from typing import TypeVar

import streamlit as st

PLACE = "kept-choices"
Value = TypeVar("Value")


def keep(name: str, value: Value) -> Value:
    """Note a choice; it comes back."""
    st.session_state.setdefault(PLACE, {})[name] = value
    return value


def kept(name: str, default: Value) -> Value:
    """What was chosen last, as the default of a widget that is drawn anew."""
    value: Value = st.session_state.get(PLACE, {}).get(name, default)
    return value


def place_of(name: str, options: Sequence[str]) -> int:
    """Where the last choice stands among options; the first where it is none of them any more."""
    chosen = kept(name, None)
    return options.index(chosen) if chosen in options else 0
