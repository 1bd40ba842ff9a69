"""What each node serves, where several share the champion."""

import pandas as pd
import streamlit as st

from api_types import Node, Status
from formatting import ago, plain
from language.api_sentences import translated
from language.catalogue import N_, _

WORDS = {
    "serving": N_("serves"),
    "loading": N_("gets a version ready"),
    "refused": N_("answers nothing"),
    "silent": N_("not heard of"),
}


def show(status: Status) -> None:
    """A row a node; nothing where there is one alone."""
    # An API of an earlier release does not say it.
    nodes = status.get("nodes", [])
    if len(nodes) < 2:
        return
    st.subheader(_("Nodes"))
    for node in nodes:
        if node["state"] == "refused":
            st.warning(
                _("**{node}** is not ready, and the balancer asks the others: {reason}").format(
                    node=plain(node["node"]), reason=plain(translated(node["reason"]))
                )
            )
    st.dataframe(
        pd.DataFrame([_row(node, status) for node in nodes]), hide_index=True, placeholder=""
    )
    st.caption(
        _(
            "The champion is {version}, by its change number {number}. A node follows within about "
            "two seconds."
        ).format(
            version=plain(status["model_version"] or "") or _("not known"),
            number=status.get("champion_sequence") or 0,
        )
    )


def _row(node: Node, status: Status) -> dict[str, str | int]:
    is_behind = node["sequence"] != status.get("champion_sequence") and node["state"] != "silent"
    return {
        _("node"): node["node"],
        _("state"): _(WORDS.get(node["state"], node["state"]))
        + (_(", one change behind or more") if is_behind else ""),
        _("version"): node["version"] or _("none"),
        _("since"): ago(node["since"]),
        _("processes"): node["processes"],
        _("heard of"): ago(node["last_seen"]),
        _("what is wrong"): translated(node["reason"]),
    }
