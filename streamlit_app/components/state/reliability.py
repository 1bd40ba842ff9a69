"""When a version leaves a film to a person, and what its heat map and its labels stand."""

import streamlit as st

import metric_tables
from api_types import Card, CoveragePoint
from captions import model_captions
from charts import curve_charts
from charts.curve_charts import Estimate
from components.model_metrics import absent, table
from formatting import CAUSES, percent
from language.api_sentences import translated
from language.catalogue import _
from language.numbers import written


def referral(card: Card) -> None:
    st.subheader(_("Coverage against error"))
    rule = card["refer"]
    if rule is None:
        absent(_("rule for uncertain scores: no film is referred for its score"))
        return
    points = _coverage(card)
    if not points:
        absent(_("coverage curve"))
        return
    st.altair_chart(curve_charts.coverage(points, rule["max_error"]))
    st.caption(
        _(
            "{coverage} The bounds were chosen on {n} {chosen_on} films, the curve is "
            "of held-out ones."
        ).format(
            coverage=model_captions.coverage(points, rule["max_error"]),
            n=written(rule["n"]),
            chosen_on=rule["chosen_on"],
        )
    )
    _causes(card)


def outliers(card: Card) -> None:
    st.subheader(_("Pictures unlike the training films"))
    rule = card["outliers"]
    if rule is None:
        absent(_("rule for pictures unlike its training films: none is found unlike"))
        return
    real, generated = st.columns([2, 3], gap="large")
    with real:
        st.markdown(_("Real films that are refused"))
        table(metric_tables.refused(rule))
    with generated:
        st.markdown(_("Generated strangers that are caught"))
        table(metric_tables.caught(rule))
    st.caption(
        _("{outliers} Its limit was chosen on {chosen_on}.").format(
            outliers=model_captions.outliers(rule), chosen_on=rule["chosen_on"]
        )
    )


def heat_map(card: Card) -> None:
    st.subheader(_("What the heat map is worth"))
    test = card["heatmap"]
    if test is None:
        absent(_("deletion test of the heat map"))
        return
    share = percent(test["share"], digits=0)
    rows = [
        Estimate(
            _("hottest {share} blurred").format(share=share),
            test["hottest"],
            test["hottest_interval"],
        ),
        Estimate(
            _("random {share} blurred").format(share=share), test["random"], test["random_interval"]
        ),
    ]
    st.altair_chart(
        curve_charts.estimates(rows, _("Mean fall of the shown class's probability (%)"))
    )
    st.caption(
        _("{deletion} {n} held-out films; the lines are intervals of 95 %.").format(
            deletion=model_captions.deletion(test), n=written(test["n"])
        )
    )


def stability(card: Card) -> None:
    st.subheader(_("Stability under small changes"))
    test = card["stability"]
    if test is None:
        absent(_("test of stability"))
        return
    ordered = sorted(test["kept"].items(), key=lambda entry: entry[1])
    rows = [Estimate(translated(name), share) for name, share in ordered]
    st.altair_chart(curve_charts.estimates(rows, _("Films that keep their label (%)")))
    st.caption(model_captions.stability(test))


def reduced(card: Card) -> None:
    st.subheader(_("Reduced precision (int8)"))
    record = card["reduced"]
    if record is None:
        absent(_("int8 form"))
        return
    st.dataframe(
        [
            {
                _("figure"): translated(figure["name"]),
                _("fp32"): figure["fp32"],
                _("int8"): figure["int8"],
                _("bound"): figure["bound"],
                _("met"): figure["is_met"],
            }
            for figure in record["figures"]
        ],
        hide_index=True,
        placeholder="",
        column_config={
            name: st.column_config.NumberColumn(format="%.3f")
            for name in (_("fp32"), _("int8"), _("bound"))
        },
    )
    st.caption(model_captions.reduced(record))


def _coverage(card: Card) -> list[CoveragePoint]:
    evaluation = card["metrics"].get(metric_tables.HELD_OUT)
    curves = evaluation["curves"] if evaluation else None
    return curves["coverage"] if curves else []


def _causes(card: Card) -> None:
    because = card["metrics"][metric_tables.HELD_OUT]["overall"]["referred_because"]
    if because:
        parts = [f"{_(CAUSES.get(name, name))} {percent(share)}" for name, share in because.items()]
        st.caption(
            _("Held-out films that are left to a person, by cause: {parts}.").format(
                parts=", ".join(parts)
            )
        )
