"""How answers are wanted: at which operating point, for which prevalence."""

import streamlit as st

import metric_tables
from api_types import Card, Status
from components.model_metrics import table
from formatting import percent
from language.catalogue import _, keyed
from worklist.rows import DecisionOptions


def show(card: Card | None, status: Status) -> DecisionOptions:
    """The controls, and what was chosen."""
    with st.expander(_("How to decide")):
        left, right = st.columns(2, gap="large")
        with left:
            name = operating_point(card, status, key="operating-point")
        with right:
            share = st.number_input(
                _("Films with a finding here, in percent (prevalence)"),
                min_value=0.1,
                max_value=99.9,
                value=None,
                step=1.0,
                placeholder=servers_choice(percent(_usual_prevalence(card, status))),
                key="prevalence",
            )
        st.caption(
            _(
                "The operating point decides how many findings are missed and how many "
                "false alarms are raised; the prevalence changes the probabilities and "
                "what an answer is worth, not which films are called positive."
            )
        )
        if card:
            table(metric_tables.operating_points(card))
    return DecisionOptions(operating_point=name, prevalence=None if share is None else share / 100)


def operating_point(card: Card | None, status: Status, *, key: str) -> str | None:
    """A name in the card, or None: the server's choice."""
    names = list(card["operating_points"]) if card else []
    usual = servers_choice(status["operating_point"])
    chosen = st.selectbox(
        _("Operating point"), ["", *names], format_func=lambda name: name or usual, key=keyed(key)
    )
    return chosen or None


def _usual_prevalence(card: Card | None, status: Status) -> float | None:
    return status["prevalence"] or (card["prevalence"] if card else None)


def servers_choice(value: str) -> str:
    """What happens where nothing is chosen."""
    return _("as the server is set ({value})").format(value=value)
