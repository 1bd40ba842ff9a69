"""The model card: all that a version says about itself (Mitchell et al. 2019)."""

import streamlit as st

import metric_tables
from addresses import VERSION
from api_types import Card, ModelList
from captions import model_captions
from components import model_metrics, table_card
from components.answers import row_form
from components.retraining import training_history
from components.sites import site_profiles, site_versions
from components.state import notices, reliability
from errors import api, guarded
from formatting import METRICS, moment, percent, plain
from language.api_sentences import translated
from language.catalogue import N_, _, keyed
from language.numbers import written

TABS = (
    N_("What it is"), N_("How good"), N_("When it refers"), N_("Sites"),
    N_("Heat map, stability, int8"), N_("Training"),
)  # fmt: skip


@guarded
def show() -> None:
    st.title(_("Model card"))
    models = api().models()
    if not models["models"]:
        st.info(_("There is no version yet."))
        return
    notices.show(notices.VERSIONS)
    chosen = _addressed(models)
    if row_form.is_table():
        table_card.show(api().table_card(chosen))
        return
    card = api().card(chosen)
    _tiles(card)
    what, good, refers, sites, steady, training = st.tabs([_(name) for name in TABS])
    with what:
        _about(card)
        _data(card)
    with good:
        _worth(card)
    with refers:
        reliability.referral(card)
        reliability.outliers(card)
    with sites:
        site_versions.show([site for site in models["site_versions"] if site["version"] == chosen])
        _sites(card)
    with steady:
        reliability.heat_map(card)
        reliability.stability(card)
        reliability.reduced(card)
    with training:
        training_history.show(card)


def _addressed(models: ModelList) -> str:
    """The version of the page's address, or another that is chosen, which the address has then."""
    named = st.query_params.get(VERSION)
    known = {model["version"] for model in models["models"]}
    if named and named not in known:
        st.warning(_("There is no version '{named}' here any more.").format(named=plain(named)))
        st.query_params.pop(VERSION)
        named = None
    chosen = version(models, key="card-version", first=named)
    if named or chosen != models["champion"]:
        st.query_params[VERSION] = chosen
    return chosen


def version(models: ModelList, *, key: str, first: str | None = None) -> str:
    """A version to choose; the one that serves is chosen at first, or another that is named."""
    names = [m["version"] for m in models["models"]]
    champion = models["champion"]
    preselected = first or champion
    chosen: str = st.selectbox(
        _("Version"),
        names,
        index=names.index(preselected) if preselected in names else 0,
        format_func=lambda name: (
            _("{name} (serves)").format(name=name) if name == champion else name
        ),
        key=keyed(key),
    )
    return chosen


def _tiles(card: Card) -> None:
    """The four figures that most is decided by, before anything else."""
    evaluation = card["metrics"].get(metric_tables.HELD_OUT)
    if evaluation is None:
        return
    overall = evaluation["overall"]
    tiles = (
        (_("Findings found"), "sensitivity", overall["sensitivity"]),
        (_("Healthy cleared"), "specificity", overall["specificity"]),
        (_("Class right"), "balanced_accuracy", overall["balanced_accuracy"]),
        (_("Left to a person"), "referred", overall.get("referred")),
    )
    for column, (name, figure, share) in zip(st.columns(len(tiles)), tiles, strict=True):
        column.metric(name, percent(share), border=True, help=_(METRICS[figure]))


def _worth(card: Card) -> None:
    if checked := card["cross_validation"]:
        model_metrics.cross_validation(checked)
    evaluation = card["metrics"].get(metric_tables.HELD_OUT)
    if evaluation is None:
        model_metrics.absent(_("held-out figures"))
        return
    metrics, curves = evaluation["overall"], evaluation["curves"]
    st.subheader(_("On {n} held-out films").format(n=written(metrics["n"])))
    model_metrics.by_source(metrics, evaluation["per_source"])
    if curves:
        model_metrics.roc(curves, metrics)
    else:
        model_metrics.absent(_("curves: no ROC, no reliability, no coverage against error"))
    model_metrics.table(metric_tables.operating_points(card))
    if curves:
        model_metrics.reliability(curves)
    model_metrics.classes(metrics)


def _sites(card: Card) -> None:
    """What the profiles that were made with this version decide."""
    made = [s for s in api().status()["sites"] if s["version"] == card["version"]]
    if not made:
        st.caption(_("No site has a profile of this version; a site check makes one."))
        return
    model_metrics.table(metric_tables.sites(made))
    name = st.selectbox(_("Site"), [site["site"] for site in made], key="card-site")
    if profile := api().site(name)["applied"]:
        site_profiles.metrics(profile["fit"])


def _about(card: Card) -> None:
    st.subheader(_("Model details"))
    training = card["training"]
    st.markdown(
        _(
            "- Version {version} for the task {task}, made {created_at} by program "
            "{code_version}, from {parent}\n"
            "- {backbone}, base weights {base_weights}\n"
            "- Answers: {classes}; {negative_class} is no finding\n"
            "- Weights SHA-256 `{weights_sha256}`"
        ).format(
            version=card["version"],
            task=card["task"],
            created_at=moment(card["created_at"]),
            code_version=plain(card["code_version"]),
            parent=card["parent"] or _("no other version"),
            backbone=plain(training["backbone"]),
            base_weights=plain(training["base_weights"]),
            classes=", ".join(card["classes"]),
            negative_class=card["negative_class"],
            weights_sha256=card["weights_sha256"],
        )
    )
    st.subheader(_("Intended use"))
    st.markdown(translated(card["intended_use"]))
    st.subheader(_("Limits and failure modes"))
    st.markdown(translated(card["limits"]))
    if card["failure_modes"]:
        st.markdown("\n".join(f"- {translated(mode)}" for mode in card["failure_modes"]))
    else:
        model_metrics.absent(_("list of failure modes"))


def _data(card: Card) -> None:
    st.subheader(_("Data by split, source and class"))
    data = card["data"]
    model_metrics.table(metric_tables.counts(card))
    st.caption(
        _("{split} Split {split_rule}.").format(
            split=model_captions.split(data["counts"]),
            split_rule=plain(translated(data["split_rule"])),
        )
    )
    if data["skipped"]:
        with st.expander(_("Files that were left out")):
            model_metrics.left_out(data["skipped"])
