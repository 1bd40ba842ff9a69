"""What became of each uploaded file, what needs attention first; kept after a reload.

The outcomes are in this process alone, under a random word in the page's address, for a day: file
names may be patients'.
"""

import secrets
import time

import pandas as pd
import streamlit as st

from api_types import FileOutcome
from csv_export import as_csv
from language.api_sentences import translated
from language.catalogue import N_, _

# Where the session keeps the word of its last upload.
PARAMETER, WORD = "upload", "upload-word"
# What needs attention most comes first.
ORDER = ("rejected", "conflict", "near_duplicate", "duplicate", "stored")
COUNTED = {
    "rejected": N_("rejected"),
    "conflict": N_("conflict"),
    "near_duplicate": N_("near duplicate"),
    "duplicate": N_("duplicate"),
    "stored": N_("stored"),
}
MEANING = {
    "rejected": N_("not stored"),
    "conflict": N_("came with two classes; see Films, Conflicts"),
    "near_duplicate": N_("the same film in another size or encoding"),
    "duplicate": N_("already there"),
    "stored": N_("stored"),
}
COLUMNS = (N_("file"), N_("class"), N_("outcome"), N_("reason"))
MAX_UPLOADS, KEPT_S = 50, 86_400.0
Uploads = dict[str, tuple[float, list[FileOutcome]]]


@st.cache_resource(show_spinner=False)
def _uploads() -> Uploads:
    """Of all browser sessions of this process."""
    return {}


def begin() -> tuple[str, list[FileOutcome]]:
    """A list for the outcomes of a new upload, and the word that finds it in Train's address."""
    known, at_s = _uploads(), time.time()
    for word in [w for w, (began_s, _outcomes) in known.items() if at_s - began_s > KEPT_S]:
        known.pop(word, None)
    while len(known) >= MAX_UPLOADS:
        known.pop(next(iter(known)), None)
    word = secrets.token_urlsafe(16)
    outcomes: list[FileOutcome] = []
    known[word] = at_s, outcomes
    return word, outcomes


def _last() -> list[FileOutcome]:
    """Those of this session's last upload, or of the one that the address names."""
    word = st.session_state.get(WORD)
    if word is None and (named := st.query_params.get(PARAMETER)) in _uploads():
        word = st.session_state[WORD] = named
    if word is None:
        return []
    # A change of page takes it away.
    st.query_params[PARAMETER] = word
    return _uploads().get(word, (0.0, []))[1]


def show() -> None:
    """The last upload, as a table; nothing where there was none."""
    outcomes = list(_last())
    if not outcomes:
        return
    table = sorted_table(outcomes)
    counts = table["outcome"].value_counts()
    summary = ", ".join(f"{counts.get(name, 0)} {_(COUNTED[name])}" for name in ORDER[::-1])
    st.markdown(_("Last upload: {told}.").format(told=summary))
    shown = table.assign(
        outcome=table["outcome"].map(lambda outcome: _(MEANING[outcome])),
        # What is missing is no text in a table.
        reason=table["reason"].map(
            lambda reason: translated(reason) if isinstance(reason, str) else ""
        ),
    )
    shown = shown.rename(columns={name: _(name) for name in COLUMNS})
    st.dataframe(shown, hide_index=True, placeholder="", alt=_("What became of each file"))
    st.download_button(
        _("Download as CSV"),
        as_csv(table),
        file_name="roentgen-upload.csv",
        mime="text/csv",
        key="upload-csv",
        on_click="ignore",
    )


def sorted_table(outcomes: list[FileOutcome]) -> pd.DataFrame:
    """A row a file, what needs attention first, otherwise as they were sent."""
    ranked = sorted(outcomes, key=lambda outcome: ORDER.index(outcome["outcome"]))
    table = pd.DataFrame(ranked).reindex(columns=["filename", "label", "outcome", "reason"])
    return table.rename(columns={"filename": "file", "label": "class"})
