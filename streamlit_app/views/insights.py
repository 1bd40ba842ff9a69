"""What the serving model learned from and how well it does, each figure with its reading."""

import pandas as pd
import streamlit as st

import charts
import model_charts
import readings
from answers import Card, Metrics, SampleSummary
from guard import api, guarded
from palette import Colours, class_colours
from views import pictures
from words import moment, percent

LEARNED, COLLECTED = "learned from", "collected"


@guarded
def show() -> None:
    st.title("Insights")
    status = api().status()
    if status["model_version"] is None:
        st.info("The model is being prepared; its card can be read in a moment.")
        st.button("Look again", key="look-again")
        return
    card, summary = api().card(status["model_version"]), api().samples()
    colours = class_colours(card["classes"], negative_class=card["negative_class"])
    st.caption(
        f"Serving {card['version']}, made {moment(card['created_at'])}, parent "
        f"{card['parent'] or 'none'}. {card['intended_use']}"
    )
    data, model = st.tabs(["Films", "Model"])
    with data:
        _films(card, summary, colours)
    with model:
        _model(card)


def _films(card: Card, summary: SampleSummary, colours: Colours) -> None:
    _distribution(card, summary, colours)
    pictures.show(summary)
    _brightness(card, summary, colours)
    _edges(card, summary, colours)


def _distribution(card: Card, summary: SampleSummary, colours: Colours) -> None:
    learned = card["data"]["counts"].get("train", {})
    totals = {name: sum(row.get(name, 0) for row in learned.values()) for name in colours}
    collected = {figures["label"]: figures["count"] for figures in summary["classes"]}
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Training films by class")
        st.altair_chart(charts.class_counts(learned, colours))
        st.caption(readings.class_balance(totals))
    with right:
        st.subheader("Collected films by class")
        st.altair_chart(charts.class_counts({COLLECTED: collected}, colours))
        st.caption(readings.class_balance(collected))


def _brightness(card: Card, summary: SampleSummary, colours: Colours) -> None:
    learned = {name: figures["histogram"] for name, figures in card["statistics"].items()}
    collected = {f["label"]: f["histogram"] for f in summary["classes"] if f["histogram"]}
    st.subheader("Brightness by class")
    st.altair_chart(charts.brightness({LEARNED: learned, COLLECTED: collected}, colours))
    st.caption(
        readings.brightness(
            {name: figures["brightness"] for name, figures in card["statistics"].items()},
            {
                f["label"]: f["brightness"]
                for f in summary["classes"]
                if f["brightness"] is not None
            },
        )
    )


def _edges(card: Card, summary: SampleSummary, colours: Colours) -> None:
    learned = {name: figures["edge_density"] for name, figures in card["statistics"].items()}
    collected = {
        f["label"]: f["edge_density"] for f in summary["classes"] if f["edge_density"] is not None
    }
    st.subheader("Edge density by class")
    st.altair_chart(charts.edge_density({LEARNED: learned, COLLECTED: collected}, colours))
    st.caption(readings.edge_density(learned))


def _model(card: Card) -> None:
    _curves(card)
    evaluation = card["metrics"].get("holdout")
    if evaluation is None:
        st.info("The card of this version has no held-out figures.")
        return
    _overall(evaluation["overall"])
    _errors(card, evaluation["overall"])
    _sources(evaluation["per_source"])
    st.caption(f"Limits: {card['limits']}")


def _overall(metrics: Metrics) -> None:
    st.subheader(f"On {metrics['n']:,} held-out films")
    figures = {
        "Accuracy": percent(metrics["accuracy"]),
        "Balanced accuracy": percent(metrics["balanced_accuracy"]),
        "Sensitivity": percent(metrics["sensitivity"]),
        "Specificity": percent(metrics["specificity"]),
    }
    for column, (name, value) in zip(st.columns(len(figures)), figures.items(), strict=True):
        column.metric(name, value, border=True)


def _curves(card: Card) -> None:
    st.subheader("Training curves")
    history = card["training"]["history"]
    loss, accuracy = st.columns(2, gap="large")
    loss.altair_chart(model_charts.training_curve(history, "loss"))
    accuracy.altair_chart(model_charts.training_curve(history, "accuracy"))
    st.caption(readings.training(history))


def _errors(card: Card, metrics: Metrics) -> None:
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.subheader("Confusion matrix")
        st.altair_chart(model_charts.confusion_matrix(card["classes"], metrics["confusion"]))
        st.caption(readings.confusion(card["classes"], metrics["confusion"]))
    with right:
        st.subheader("Precision, recall and F1")
        st.altair_chart(model_charts.class_metrics(metrics["per_class"]))
        st.caption(readings.class_metrics(metrics["per_class"]))


def _sources(sources: dict[str, Metrics]) -> None:
    st.subheader("By source")
    rows = [
        {
            "source": name,
            "films": metrics["n"],
            "accuracy": percent(metrics["accuracy"]),
            "balanced accuracy": percent(metrics["balanced_accuracy"]),
            "sensitivity": percent(metrics["sensitivity"]),
            "specificity": percent(metrics["specificity"]),
            "AUROC": "-" if metrics["auroc"] is None else f"{metrics['auroc']:.3f}",
        }
        for name, metrics in sources.items()
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True)
    st.caption(readings.per_source(sources))
