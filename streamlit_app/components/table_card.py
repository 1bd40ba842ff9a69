"""The model card of a task of tables."""

import streamlit as st

import metric_tables
from api_types import TableCard
from components import model_metrics
from formatting import decimal, moment, percent, plain

TABS = ("What it is", "How good", "When it refers", "Training")


def show(card: TableCard) -> None:
    what, good, refers, training = st.tabs(TABS)
    with what:
        _about(card)
    with good:
        _worth(card)
    with refers:
        _referral(card)
    with training:
        trace(card)
        _record(card)


def trace(card: TableCard) -> None:
    """Loss and accuracy by epoch, of training and of validation."""
    st.subheader("Training trace")
    model_metrics.training_curves(card["training"]["history"])


def _about(card: TableCard) -> None:
    st.subheader("Model details")
    negative = card["negative_class"]
    st.markdown(
        f"- Version {card['version']} for the task {card['task']}, made "
        f"{moment(card['created_at'])} by program {plain(card['code_version'])}, from "
        f"{card['parent'] or 'no other version'}\n"
        f"- {plain(card['training']['backbone'])}; its first layer scales the numbers\n"
        f"- Answers: {', '.join(card['classes'])}"
        f"{f'; {negative} is negative' if negative else '; none is negative'}\n"
        f"- Weights SHA-256 `{card['weights_sha256']}`"
    )
    st.subheader("Intended use")
    st.markdown(card["intended_use"])
    st.subheader("Limits and failure modes")
    st.markdown(card["limits"])
    st.markdown("\n".join(f"- {mode}" for mode in card.get("failure_modes", ())))
    st.subheader("Rows by split, source and class")
    model_metrics.table(metric_tables.counts(card))
    st.caption(f"Split {plain(card['data']['split_rule'])}.")


def _worth(card: TableCard) -> None:
    evaluation = card["metrics"].get(metric_tables.HELD_OUT)
    if evaluation is None:
        model_metrics.absent("held-out figures")
        return
    metrics = evaluation["overall"]
    st.subheader(f"On {metrics['n']:,} held-out rows")
    model_metrics.table(metric_tables.metrics(metrics, evaluation["per_source"]))
    model_metrics.classes(metrics)


def _referral(card: TableCard) -> None:
    rule = card["conformal"]
    st.subheader("Uncertain answers")
    st.markdown(
        f"An answer is given where exactly one class has a probability of at least "
        f"{percent(rule['min_probability'])}. The true class has it for "
        f"{percent(1 - rule['max_error'])} of rows like the {rule['n']} of {rule['chosen_on']} "
        "(conformal prediction)."
    )
    st.subheader("Numbers beyond the training range")
    room = 3
    model_metrics.table(
        [
            {
                "feature": feature["name"],
                "unit": feature["unit"] or "-",
                "trained on": f"{feature['low']:g} to {feature['high']:g}",
                "mean": decimal(feature["mean"]),
                "standard deviation": decimal(feature["deviation"]),
                "referred below": decimal(feature["low"] - room * feature["deviation"]),
                "referred above": decimal(feature["high"] + room * feature["deviation"]),
            }
            for feature in card["table"]["features"]
        ]
    )


def _record(card: TableCard) -> None:
    training = card["training"]
    st.subheader("Training record")
    st.markdown(
        f"{training['duration_s']:.0f} s, {len(training['history'])} epochs, seed "
        f"{training['seed']}, from {plain(training['base_weights'])}"
    )
    with st.expander("Recipe"):
        st.json(training["recipe"])
    if training.get("command"):
        st.code(training.get("command", ""), language="bash")
