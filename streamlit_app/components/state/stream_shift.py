"""Sources whose films are unlike those of known hospitals: which, since when, and what differs."""

import pandas as pd
import streamlit as st

from api_types import Difference, Status, Stream, StreamDetail
from charts.stream_charts import distributions
from errors import api
from formatting import ago, percent, plain
from language.api_sentences import translated
from language.catalogue import N_, _
from language.numbers import written

SHOWN_STATISTICS = 3
TESTS = {
    "mmd": N_("how films were made (MMD)"),
    "ks_acquisition": N_("how films were made (KS)"),
    "ks_score": N_("scores (KS)"),
    "ks_unlikeness": N_("distance to learned films (KS)"),
}


def show(status: Status) -> None:
    """A table of sources, and a warning with a picture for each that is shifted."""
    st.subheader(_("Sources"))
    if not status["streams"]:
        st.caption(
            _("No source has sent films that could be held against those of known hospitals.")
        )
        return
    st.dataframe(
        pd.DataFrame([_row(stream) for stream in status["streams"]]),
        hide_index=True,
        placeholder="",
    )
    if any(stream["shifted"] for stream in status["streams"]):
        for stream in api().streams():
            if stream["shifted"]:
                _warning(stream)


def _row(stream: Stream) -> dict[str, object]:
    return {
        _("source"): _name(stream),
        _("films"): stream["n"],
        _("state"): _state(stream),
        _("since"): ago(stream["since"]) if stream["since"] else "",
        _("test"): _(TESTS[stream["test"]]) if stream["test"] else "",
        _("times its limit"): stream["excess"],
        "p": "" if stream["p"] is None else written(stream["p"], ".2g"),
    }


def _state(stream: Stream) -> str:
    if stream["shifted"] is None:
        return _("too few films yet")
    return _("unlike known hospitals") if stream["shifted"] else _("as known")


def _name(stream: Stream) -> str:
    if stream["client"]:
        return _("(no site named, by {client})").format(client=stream["client"])
    return stream["source"] or _("(no site named)")


def _warning(stream: StreamDetail) -> None:
    st.warning(
        f"**{plain(_name(stream))}**: {plain(translated(stream['reason']))}",
        icon=":material/warning:",
    )
    clearest = stream["differences"][:SHOWN_STATISTICS]
    st.altair_chart(distributions(clearest), key=f"stream {stream['source']} {stream['client']}")
    listed = ", ".join(map(_difference, clearest))
    st.caption(
        _("Films of this source against known films that are nearest to them: {figures}.").format(
            figures=listed
        )
    )


def _difference(found: Difference) -> str:
    return _("{figure} ({words}, {distance} apart)").format(
        figure=translated(found["figure"]),
        words=translated(found["words"]),
        distance=percent(found["distance"], digits=0),
    )
