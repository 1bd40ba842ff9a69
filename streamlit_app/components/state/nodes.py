"""What each node serves, where several share the champion."""

import pandas as pd
import streamlit as st

from api_types import Node, Status
from formatting import ago

WORDS = {
    "serving": "serves",
    "loading": "gets a version ready",
    "refused": "answers nothing",
    "silent": "not heard of",
}


def show(status: Status) -> None:
    """A row a node; nothing where there is one alone."""
    nodes = status["nodes"]
    if len(nodes) < 2:
        return
    st.subheader("Nodes")
    for node in nodes:
        if node["state"] == "refused":
            st.warning(
                f"**{node['node']}** is not ready, and the balancer asks the others: "
                f"{node['reason']}"
            )
    st.dataframe(pd.DataFrame([_row(node, status) for node in nodes]), hide_index=True)
    st.caption(
        f"The champion is {status['model_version'] or 'not known'}, by its change number "
        f"{status['champion_sequence'] or 0}. A node follows within about two seconds."
    )


def _row(node: Node, status: Status) -> dict[str, str | int]:
    is_behind = node["sequence"] != status["champion_sequence"] and node["state"] != "silent"
    return {
        "node": node["node"],
        "state": WORDS[node["state"]] + (", one change behind or more" if is_behind else ""),
        "version": node["version"] or "none",
        "since": ago(node["since"]),
        "processes": node["processes"],
        "heard of": ago(node["last_seen"]),
        "what is wrong": node["reason"],
    }
