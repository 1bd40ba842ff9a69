"""How the weights of a version came to be, and how to make them again."""

import streamlit as st

from api_types import Card
from components.model_metrics import absent
from formatting import plain
from language.catalogue import _
from language.numbers import written


def show(card: Card) -> None:
    training = card["training"]
    st.subheader(_("Training record"))
    biases = ", ".join(
        f"{name} {written(bias, '+.2f')}"
        for name, bias in zip(card["classes"], training["biases"], strict=False)
    )
    st.markdown(
        _(
            "- {duration_s} min, {history} epochs, seed {seed}; the curves are on the "
            "page Insights\n"
            "- Calibrated on validation, folded into the last layer: mean temperature "
            "{temperature}, class biases {biases}"
        ).format(
            duration_s=written(training["duration_s"] / 60, ".0f"),
            history=len(training["history"]),
            seed=training["seed"],
            temperature=written(training["temperature"], ".3f"),
            biases=biases,
        )
    )
    with st.expander(_("Recipe")):
        st.json(training["recipe"])
    st.subheader(_("How to make it again"))
    if training["command"]:
        st.code(training["command"], language="bash")
    elif card["parent"]:
        st.markdown(
            _(
                "It was retrained from {parent} by the server: with {parent} serving and "
                "the same films collected, *Train → Start retraining* makes it again."
            ).format(parent=card["parent"])
        )
    else:
        absent(_("command it was trained with"))
    st.markdown(
        _(
            "- Program {code_version}\n"
            "- Films: SHA-256 of the sorted labels and contents `{manifest_sha256}`"
        ).format(
            code_version=plain(card["code_version"]),
            manifest_sha256=card["data"]["manifest_sha256"],
        )
    )
