"""What was chosen in filters, for as long as the session lasts.

Streamlit forgets a widget that is not drawn, and filters are not drawn while an entry is open.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from language.catalogue import N_, _, keyed

ANY = N_("any")
PLACE = "filter-choices"
Value = TypeVar("Value")


def remember(name: str, value: Value) -> Value:
    """Note a choice; it comes back."""
    st.session_state.setdefault(PLACE, {})[name] = value
    return value


def last(name: str, default: Value) -> Value:
    """What was chosen last, as the default of a widget that is drawn anew."""
    value: Value = st.session_state.get(PLACE, {}).get(name, default)
    return value


def place_of(name: str, options: Sequence[str]) -> int:
    """Where the last choice stands among options; the first where it is none of them any more."""
    chosen = last(name, None)
    return options.index(chosen) if chosen in options else 0


def text(place: DeltaGenerator, title: str, *, key: str, on_change: Callable[[], None]) -> str:
    """A field for words."""
    typed = place.text_input(title, value=last(key, ""), key=key, on_change=on_change)
    return remember(key, typed)


def one_of(
    place: DeltaGenerator,
    title: str,
    options: Mapping[str, str],
    *,
    key: str,
    on_change: Callable[[], None],
) -> str:
    """One of `options`, by what the API calls each, what people read; or `ANY`."""
    names = [ANY, *options]
    chosen: str = place.selectbox(
        title,
        names,
        index=place_of(key, names),
        format_func=lambda value: _(ANY) if value == ANY else options[value],
        key=keyed(key),
        on_change=on_change,
    )
    return remember(key, chosen)


def days(
    place: DeltaGenerator, title: str, *, key: str, on_change: Callable[[], None]
) -> Sequence[date]:
    """The first and the last day, or none."""
    chosen: Sequence[date] = place.date_input(
        title, value=last(key, []), key=key, on_change=on_change, format="YYYY-MM-DD"
    )
    return remember(key, chosen)


def active(choices: Mapping[str, str]) -> dict[str, str]:
    """Those that leave something out."""
    return {name: value for name, value in choices.items() if value not in ("", ANY)}
