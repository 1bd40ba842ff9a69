"""The verdict of a check: go, caution or no-go, with its reasons."""

from collections.abc import Sequence

import streamlit as st

from formatting import plain
from language.api_sentences import translated
from language.catalogue import N_, _

VERDICTS: dict[str, str] = {
    "go": N_("Go: the model does on your {noun} what its card says"),
    "caution": N_("Caution: read the reasons before you rely on it"),
    "no-go": N_("No-go: do not rely on this model here"),
}


def show(verdict: str, reasons: Sequence[str], *, noun: str) -> None:
    """`noun`: what was checked, films or rows."""
    show_in = {"go": st.success, "caution": st.warning, "no-go": st.error}
    lines = "\n".join(f"- {plain(translated(reason))}" for reason in reasons)
    show_in[verdict](lines, title=_(VERDICTS[verdict]).format(noun=noun))
