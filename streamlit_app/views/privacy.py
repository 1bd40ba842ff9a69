"""What this installation keeps, for how long, and how it goes before its time."""

import pandas as pd
import streamlit as st

from api_calls.sentences import for_people
from api_types import Kept
from components import for_administrators
from errors import api, guarded
from language.api_sentences import translated
from language.catalogue import _


@guarded
def show() -> None:
    st.title(_("What is kept"))
    st.caption(
        _(
            "What this installation stores, as its settings say. Films that are sent "
            "for an answer are not stored unless a setting says so."
        )
    )
    kept = api().privacy()
    st.dataframe(_table(kept["kept"]), hide_index=True, placeholder="")
    _how_it_goes(kept["kept"])
    st.subheader(_("Never kept"))
    for sentence in kept["never_kept"]:
        st.markdown(f"- {for_people(translated(sentence))}")
    st.caption(
        _(
            "An answer is deleted where it is open, on the pages Answers and Review, a training "
            "film on the page Films; everything of a patient or of a file name by whoever runs "
            "the server."
        )
    )
    sentences = [translated(sentence) for sentence in kept["never_kept"]]
    if technical := [sentence for sentence in sentences if for_people(sentence) != sentence]:
        for_administrators.note("\n".join(f"- {sentence}" for sentence in technical))


def _table(kept: list[Kept]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                _("what"): translated(one["name"]),
                _("how long"): translated(one["how_long"]),
                _("what it holds"): for_people(_words(one["what"])),
                _("where"): for_people(_words(one["where"])),
            }
            for one in kept
        ]
    )


def _how_it_goes(kept: list[Kept]) -> None:
    """Settings, commands and requests."""
    rows = [
        {
            _("what"): translated(one["name"]),
            _("how it goes before"): _words(one["erased_by"]),
            _("setting"): one["setting"] or "",
        }
        for one in kept
    ]
    with st.expander(_("For administrators")):
        st.dataframe(pd.DataFrame(rows), hide_index=True, placeholder="")
        st.caption(_("`python -m api erase` erases what is of a patient or of a file name."))


def _words(text: str) -> str:
    """Without the marks of code, which a table shows as they are."""
    return translated(text).replace("`", "")
