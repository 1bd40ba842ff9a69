"""How good a model is on some films, each figure with its reading; for cards and site checks."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

import metric_tables
from api_types import CrossValidation, Curves, Epoch, Metrics, Rates
from captions import model_captions
from charts import curve_charts, model_charts
from charts.reliability_bins import MIN_IMAGES, merged
from formatting import decimal, estimate, images, plain
from language.api_sentences import translated
from language.catalogue import _
from language.numbers import written

CHANCE = 0.5


def table(rows: metric_tables.Rows) -> None:
    st.dataframe(pd.DataFrame(list(rows)), hide_index=True, placeholder="", height="content")


def absent(what: str) -> None:
    """Old cards have less."""
    st.info(_("The card of this version has no {what}.").format(what=what))


def training_curves(history: Sequence[Epoch]) -> None:
    """Loss and accuracy by epoch, of training and of validation."""
    loss, accuracy = st.columns(2, gap="large")
    loss.altair_chart(model_charts.training_curve(history, "loss"))
    accuracy.altair_chart(model_charts.training_curve(history, "accuracy"))
    st.caption(model_captions.training(history))


def left_out(reasons: Mapping[str, int]) -> None:
    """Files that were not read, the commonest reason first."""
    ordered = sorted(reasons.items(), key=lambda entry: -entry[1])
    st.markdown(
        "\n".join(f"- {written(count)}: {plain(translated(reason))}" for reason, count in ordered)
    )


def by_source(overall: Metrics, per_source: Mapping[str, Metrics]) -> None:
    table(metric_tables.metrics(overall, per_source))
    st.caption(
        _(
            "{per_source} In brackets: intervals of 95 %; sensitivity and specificity "
            "are of any finding."
        ).format(per_source=model_captions.per_source(per_source))
    )


def cross_validation(checked: CrossValidation) -> None:
    """What the method is worth where a hold-out is too small to say."""
    low, high = checked["auroc_interval"]
    found = estimate(checked["auroc"], checked["auroc_interval"], decimal)
    st.subheader(_("Cross-validated on {n} films").format(n=written(checked["n"])))
    st.metric(_("AUROC (95 % interval)"), found, border=True)
    table(metric_tables.cross_validation(checked))
    verdict = (
        _("Chance is 0.5, and the interval lies above it.")
        if low > CHANCE
        else _("Chance is 0.5, and the interval, up to {high}, does not exclude it.").format(
            high=written(high, ".2f")
        )
    )
    st.caption(
        _(
            "{verdict} Each film was answered by a network that learned without it and "
            "without other films of the same person ({folds} parts). Where films are "
            "this few, go by these figures, not by those of the hold-out below."
        ).format(verdict=verdict, folds=checked["folds"])
    )


def roc(curves: Curves, metrics: Metrics) -> None:
    """The whole curve, and the corner where the operating points lie."""
    at = {name: rates for name, rates in metrics["at"].items() if _is_known(rates)}
    st.subheader(_("ROC and operating points"))
    if not curves["roc"]:
        st.info(_("There are films of one kind only, so there is no ROC curve."))
        return
    whole, corner = st.columns(2, gap="large")
    with whole:
        st.altair_chart(curve_charts.roc(curves["roc"], at))
        st.caption(model_captions.discrimination(metrics))
    with corner:
        if at:
            st.altair_chart(curve_charts.operating_points(curves["roc"], at))
            st.caption(
                _("{operating_points} The crosses are intervals of 95 %.").format(
                    operating_points=model_captions.operating_points(at)
                )
            )
        else:
            st.info(_("The operating points were not measured on these films."))


def reliability(curves: Curves) -> None:
    st.subheader(_("Does a score mean what it says?"))
    bins = merged(curves["reliability"])
    st.altair_chart(curve_charts.reliability(bins))
    words = [
        model_captions.reliability(bins),
        _("The lines are intervals of 95 %; a larger dot is more films."),
    ]
    if len(bins) < len(curves["reliability"]):
        words.append(
            _("Neighbouring bins of fewer than {films} are drawn as one.").format(
                films=images(MIN_IMAGES)
            )
        )
    st.caption(" ".join(words))


def classes(metrics: Metrics) -> None:
    st.subheader(_("By class"))
    rows = metric_tables.classes(metrics)
    if not rows:
        st.info(
            _("The exact class of no film with a finding is known, so there is nothing by class.")
        )
        return
    matrix, of_kinds = st.columns(2, gap="large")
    names = list(metrics["per_class"])
    with matrix:
        st.altair_chart(model_charts.confusion_matrix(names, metrics["confusion"]))
        st.caption(model_captions.confusion(names, metrics["confusion"]))
    with of_kinds:
        st.altair_chart(model_charts.class_metrics(metrics["per_class"]))
        st.caption(model_captions.class_metrics(metrics["per_class"]))
    table(rows)


def _is_known(rates: Rates) -> bool:
    return rates["sensitivity"] is not None and rates["specificity"] is not None
