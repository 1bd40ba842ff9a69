"""Sites with versions of their own, and the way back."""

from collections.abc import Sequence

import streamlit as st

from api_types import SiteVersions
from components.retraining.version_changes import move
from errors import api
from formatting import moment, plain


def show(sites: Sequence[SiteVersions]) -> None:
    """Each site, what answers it and since when, with a button that goes back."""
    if not sites:
        return
    st.markdown("**Sites with versions of their own**")
    for site in sites:
        with st.container(border=True):
            _site(site)


def _site(site: SiteVersions) -> None:
    name, newest = plain(site["site"]), site["history"][0] if site["history"] else None
    if site["problem"]:
        st.warning(plain(site["problem"]))
    answers = site["version"] or "the champion again"
    st.markdown(f"{name}: answered by {answers}")
    if newest:
        st.caption(plain(f"Since {moment(newest['at'])}, by {newest['by']}: {newest['reason']}"))
    target = site["rollback_target"]
    if target is None:
        return
    back = "the champion" if target == "champion" else target
    with st.form(f"rollback-form-{site['site']}", border=False, clear_on_submit=True):
        reason = st.text_input(
            "Reason", key=f"rollback-reason-{site['site']}", max_chars=500, placeholder="Reason"
        )
        if st.form_submit_button(f"Back to {back}", key=f"rollback-{site['site']}"):
            move(reason, lambda: _rolled_back(site, reason))


def _rolled_back(site: SiteVersions, reason: str) -> str:
    model = api().roll_back(from_version=site["version"], reason=reason, site=site["site"])
    return f"{model['version']} answers {site['site']} now."
