"""The model card of a task of tables."""

import streamlit as st

import metric_tables
from api_types import TableCard
from components import model_metrics
from formatting import METRICS, decimal, moment, percent, plain
from language.api_sentences import translated
from language.catalogue import N_, _
from language.numbers import written

TABS = (N_("What it is"), N_("How good"), N_("When it refers"), N_("Training"))


def show(card: TableCard) -> None:
    _tiles(card)
    what, good, refers, training = st.tabs([_(name) for name in TABS])
    with what:
        _about(card)
    with good:
        _worth(card)
    with refers:
        _referral(card)
    with training:
        trace(card)
        _record(card)


def _tiles(card: TableCard) -> None:
    """The four figures that most is decided by, before anything else."""
    evaluation = card["metrics"].get(metric_tables.HELD_OUT)
    if evaluation is None:
        return
    overall = evaluation["overall"]
    per_class = overall["per_class"].items()
    recalls = {name: found for name, one in per_class if (found := one["recall"]) is not None}
    weakest = min(recalls, key=recalls.__getitem__, default="")
    headlines = (
        (_("Class right"), overall["balanced_accuracy"], _(METRICS["balanced_accuracy"])),
        (_("Weakest class"), recalls.get(weakest), _("{name}: found").format(name=plain(weakest))),
        (_("Left to a person"), overall.get("referred"), _(METRICS["referred"])),
        (_("Wrong answers"), overall.get("answered_error"), _(METRICS["answered_error"])),
    )
    for column, (name, share, words) in zip(st.columns(len(headlines)), headlines, strict=True):
        column.metric(name, percent(share), border=True, help=words)


def trace(card: TableCard) -> None:
    """Loss and accuracy by epoch, of training and of validation."""
    st.subheader(_("Training trace"))
    model_metrics.training_curves(card["training"]["history"])


def _about(card: TableCard) -> None:
    st.subheader(_("Model details"))
    negative = card["negative_class"]
    st.markdown(
        _(
            "- Version {version} for the task {task}, made {created_at} by program "
            "{code_version}, from {parent}\n"
            "- {backbone}; its first layer scales the numbers\n"
            "- Answers: {classes}{negative}\n"
            "- Weights SHA-256 `{weights_sha256}`"
        ).format(
            version=card["version"],
            task=card["task"],
            created_at=moment(card["created_at"]),
            code_version=plain(card["code_version"]),
            parent=card["parent"] or _("no other version"),
            backbone=plain(card["training"]["backbone"]),
            classes=", ".join(card["classes"]),
            negative=_("; {negative} is negative").format(negative=negative)
            if negative
            else _("; none is negative"),
            weights_sha256=card["weights_sha256"],
        )
    )
    st.subheader(_("Intended use"))
    st.markdown(translated(card["intended_use"]))
    st.subheader(_("Limits and failure modes"))
    st.markdown(translated(card["limits"]))
    st.markdown("\n".join(f"- {translated(mode)}" for mode in card.get("failure_modes", ())))
    st.subheader(_("Rows by split, source and class"))
    model_metrics.table(metric_tables.counts(card))
    st.caption(
        _("Split {split_rule}.").format(split_rule=plain(translated(card["data"]["split_rule"])))
    )


def _worth(card: TableCard) -> None:
    evaluation = card["metrics"].get(metric_tables.HELD_OUT)
    if evaluation is None:
        model_metrics.absent(_("held-out figures"))
        return
    metrics = evaluation["overall"]
    st.subheader(_("On {n} held-out rows").format(n=written(metrics["n"])))
    model_metrics.table(metric_tables.metrics(metrics, evaluation["per_source"]))
    model_metrics.classes(metrics)


def _referral(card: TableCard) -> None:
    rule = card["conformal"]
    st.subheader(_("Uncertain answers"))
    st.markdown(
        _(
            "An answer is given where exactly one class has a probability of at least "
            "{min_probability}. The true class has it for {max_error} of rows like the "
            "{n} of {chosen_on} (conformal prediction)."
        ).format(
            min_probability=percent(rule["min_probability"]),
            max_error=percent(1 - rule["max_error"]),
            n=rule["n"],
            chosen_on=rule["chosen_on"],
        )
    )
    st.subheader(_("Numbers beyond the training range"))
    room = 3
    model_metrics.table(
        [
            {
                _("feature"): feature["name"],
                _("unit"): feature["unit"] or "-",
                _("trained on"): _("{low} to {high}").format(
                    low=written(feature["low"], "g"), high=written(feature["high"], "g")
                ),
                _("mean"): decimal(feature["mean"]),
                _("standard deviation"): decimal(feature["deviation"]),
                _("referred below"): decimal(feature["low"] - room * feature["deviation"]),
                _("referred above"): decimal(feature["high"] + room * feature["deviation"]),
            }
            for feature in card["table"]["features"]
        ]
    )


def _record(card: TableCard) -> None:
    training = card["training"]
    st.subheader(_("Training record"))
    st.markdown(
        _("{duration_s} s, {history} epochs, seed {seed}, from {base_weights}").format(
            duration_s=written(training["duration_s"], ".0f"),
            history=len(training["history"]),
            seed=training["seed"],
            base_weights=plain(training["base_weights"]),
        )
    )
    with st.expander(_("Recipe")):
        st.json(training["recipe"])
    if training.get("command"):
        st.code(training.get("command", ""), language="bash")
