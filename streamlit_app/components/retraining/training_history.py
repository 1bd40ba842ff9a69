"""How the weights of a version came to be, and how to make them again."""

import streamlit as st

from api_types import Card
from components.model_metrics import absent
from formatting import plain


def show(card: Card) -> None:
    training = card["training"]
    st.subheader("Training record")
    biases = ", ".join(
        f"{name} {bias:+.2f}"
        for name, bias in zip(card["classes"], training["biases"], strict=False)
    )
    st.markdown(
        f"- {training['duration_s'] / 60:.0f} min, {len(training['history'])} epochs, seed "
        f"{training['seed']}; the curves are on the page Insights\n"
        f"- Calibrated on validation, folded into the last layer: mean temperature "
        f"{training['temperature']:.3f}, class biases {biases}"
    )
    with st.expander("Recipe"):
        st.json(training["recipe"])
    st.subheader("How to make it again")
    if training["command"]:
        st.code(training["command"], language="bash")
    elif card["parent"]:
        st.markdown(
            f"It was retrained from {card['parent']} by the server: with {card['parent']} serving "
            "and the same films collected, *Train → Start retraining* makes it again."
        )
    else:
        absent("command it was trained with")
    st.markdown(
        f"- Program {plain(card['code_version'])}\n- Films: SHA-256 of the sorted labels and "
        f"contents `{card['data']['manifest_sha256']}`"
    )
