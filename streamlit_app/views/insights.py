"""What the serving model learned from and how it learned, each figure with its reading."""

import streamlit as st

from api_types import Card, SampleSummary, TableCard
from captions import data_captions
from charts import data_charts
from charts.palette import Colours, class_colours
from components import model_metrics, table_card
from components.answers import row_form
from components.retraining import class_samples
from errors import api, guarded
from formatting import moment
from language.catalogue import N_, _

LEARNED, COLLECTED = N_("learned from"), N_("collected")


@guarded
def show() -> None:
    st.title(_("Insights"))
    status = api().status()
    if status["model_version"] is None:
        st.info(_("The model is being prepared; its card can be read in a moment."))
        st.button(_("Look again"), key="look-again")
        return
    if row_form.is_table():
        _of_table(status["model_version"])
        return
    card, summary = api().card(status["model_version"]), api().samples()
    shown = (*card["classes"], *card["statistics"], *(f["label"] for f in summary["classes"]))
    colours = class_colours(dict.fromkeys(shown), negative_class=card["negative_class"])
    st.caption(
        _(
            "Serving {version}, made {created_at}, parent {parent}. How good it is "
            "stands on the page Model card."
        ).format(
            version=card["version"],
            created_at=moment(card["created_at"]),
            parent=card["parent"] or _("none"),
        )
    )
    data, training = st.tabs([_("Films"), _("Training")])
    with data:
        _images(card, summary, colours, status["task"])
    with training:
        _curves(card)


def _of_table(version: str) -> None:
    """Rows have no pictures to look at: how many there are, and the training trace."""
    card, summary = api().table_card(version), api().samples()
    colours = class_colours(card["classes"], negative_class=card["negative_class"])
    _distribution(card, summary, colours, what=_("rows"))
    table_card.trace(card)


def _images(card: Card, summary: SampleSummary, colours: Colours, task: str) -> None:
    _distribution(card, summary, colours)
    class_samples.show(summary, task)
    _brightness(card, summary, colours)
    _edges(card, summary, colours)


def _distribution(
    card: Card | TableCard, summary: SampleSummary, colours: Colours, *, what: str | None = None
) -> None:
    what = what or _("films")
    learned = card["data"]["counts"].get("train", {})
    totals = {name: sum(row.get(name, 0) for row in learned.values()) for name in colours}
    collected = {of_class["label"]: of_class["count"] for of_class in summary["classes"]}
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(_("Training {what} by class").format(what=what))
        st.altair_chart(data_charts.class_counts(learned, colours))
        st.caption(data_captions.class_balance(totals))
    with right:
        st.subheader(_("Collected {what} by class").format(what=what))
        st.altair_chart(data_charts.class_counts({_(COLLECTED): collected}, colours))
        st.caption(data_captions.class_balance(collected))


def _brightness(card: Card, summary: SampleSummary, colours: Colours) -> None:
    learned = {name: of_class["histogram"] for name, of_class in card["statistics"].items()}
    collected = {f["label"]: f["histogram"] for f in summary["classes"] if f["histogram"]}
    st.subheader(_("Brightness by class"))
    st.altair_chart(data_charts.brightness({_(LEARNED): learned, _(COLLECTED): collected}, colours))
    st.caption(
        data_captions.brightness(
            {name: of_class["brightness"] for name, of_class in card["statistics"].items()},
            {
                f["label"]: f["brightness"]
                for f in summary["classes"]
                if f["brightness"] is not None
            },
        )
    )


def _edges(card: Card, summary: SampleSummary, colours: Colours) -> None:
    learned = {name: of_class["edge_density"] for name, of_class in card["statistics"].items()}
    collected = {
        f["label"]: f["edge_density"] for f in summary["classes"] if f["edge_density"] is not None
    }
    st.subheader(_("Edge density by class"))
    st.altair_chart(
        data_charts.edge_density({_(LEARNED): learned, _(COLLECTED): collected}, colours)
    )
    st.caption(data_captions.edge_density(learned))


def _curves(card: Card) -> None:
    st.subheader(_("Training curves"))
    model_metrics.training_curves(card["training"]["history"])
