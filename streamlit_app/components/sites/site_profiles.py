"""Site profiles: made of a finished check with one click, shown, and undone."""

from collections.abc import Sequence

import streamlit as st

import metric_tables
from api_types import SiteFit, SiteReport, SiteSummary
from captions import site_captions
from client import ApiError
from components import model_metrics
from components.state import notices
from errors import api, refusal
from formatting import moment, percent, plain
from language.api_sentences import translated
from language.catalogue import _, keyed

MAX_NAME, MAX_REASON = 100, 500


def offer(report: SiteReport) -> None:
    """What these films would change at their site, and the button that does it."""
    st.subheader(_("Use this for a site"))
    fit, check = report["profile"], report["check"]
    if fit is None:
        st.info(plain(translated(report["no_profile"])))
        return
    metrics(fit)
    if fit["objection"]:
        st.error(plain(translated(fit["objection"])))
    if check is not None:
        _form(check, fit)


def metrics(fit: SiteFit) -> None:
    """Before and after, and what changes."""
    model_metrics.table(metric_tables.site_metrics(fit))
    st.caption(site_captions.metrics(fit))
    model_metrics.table(metric_tables.site_points(fit))
    st.caption(site_captions.rules(fit))


def _form(check: str, fit: SiteFit) -> None:
    with st.form("site-form", border=False, enter_to_submit=False):
        left, right = st.columns(2, gap="large")
        name = left.text_input(
            _("Name of the site"), key="site-name", max_chars=MAX_NAME, placeholder=_("St. Anna")
        )
        share = right.number_input(
            _("Films with a finding there, in percent (prevalence)"),
            min_value=0.1,
            max_value=99.9,
            value=None,
            step=1.0,
            placeholder=_("as in these films ({share})").format(
                share=percent(fit["prevalence"], digits=0)
            ),
            key="site-prevalence",
        )
        reason = st.text_input(_("Reason"), key="site-reason", max_chars=MAX_REASON)
        force = bool(fit["objection"]) and st.checkbox(_("Use it all the same"), key="site-force")
        if st.form_submit_button(_("Use this for the site"), type="primary", key="site-apply"):
            _apply(check, name, None if share is None else share / 100, reason, force)


def _apply(check: str, name: str, prevalence: float | None, reason: str, force: bool) -> None:
    if not name.strip():
        st.error(_("Give the site a name."))
        return
    try:
        made = api().make_site_profile(
            name, check=check, prevalence=prevalence, reason=reason, force=force
        )
    except ApiError as exc:
        refusal(exc)
        return
    notices.put(notices.SITES, plain(site_captions.made(made)))
    st.rerun()


def listed(sites: Sequence[SiteSummary]) -> None:
    """Every site with its profile, and a way back."""
    notices.show(notices.SITES)
    if not sites:
        return
    st.subheader(_("Sites"))
    model_metrics.table(metric_tables.sites(sites))
    for site in sites:
        if problem := site_captions.problem(site):
            st.warning(plain(problem))
    applied = {site["site"]: site for site in sites if site["profile"]}
    if applied:
        _undo(applied)


def _undo(applied: dict[str, SiteSummary]) -> None:
    with (
        st.expander(_("Undo a profile")),
        st.form("site-undo-form", border=False, enter_to_submit=False),
    ):
        name = st.selectbox(
            _("Site"),
            list(applied),
            format_func=lambda site: _("{site}, made {created_at}").format(
                site=site, created_at=moment(applied[site]["created_at"])
            ),
            key=keyed("site-undo-name"),
        )
        reason = st.text_input(
            _("Reason for undoing"), key="site-undo-reason", max_chars=MAX_REASON
        )
        if not st.form_submit_button(_("Undo"), key="site-undo"):
            return
    try:
        site = api().undo_site_profile(name, profile=applied[name]["profile"], reason=reason)
    except ApiError as exc:
        refusal(exc)
        return
    notices.put(notices.SITES, plain(site_captions.undone(site)))
    st.rerun()
