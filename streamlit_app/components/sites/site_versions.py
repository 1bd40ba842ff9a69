"""Sites with versions of their own, and the way back."""

from collections.abc import Sequence

import streamlit as st

from api_types import SiteVersions
from components.versions.version_changes import move, reason_for
from errors import api
from formatting import moment, plain
from language.api_sentences import translated
from language.catalogue import _
from session import sign_in


def show(sites: Sequence[SiteVersions]) -> None:
    """Each site, what answers it and since when, with a button that goes back."""
    if not sites:
        return
    st.markdown(_("**Sites with versions of their own**"))
    for site in sites:
        with st.container(border=True):
            _site(site)


def _site(site: SiteVersions) -> None:
    name, newest = plain(site["site"]), site["history"][0] if site["history"] else None
    if site["problem"]:
        st.warning(plain(translated(site["problem"])))
    answers = site["version"] or _("the champion again")
    st.markdown(_("{name}: answered by {answers}").format(name=name, answers=answers))
    if newest:
        st.caption(
            plain(
                _("Since {at}, by {by}: {reason}").format(
                    at=moment(newest["at"]), by=newest["by"], reason=translated(newest["reason"])
                )
            )
        )
    target = site["rollback_target"]
    if target is None or not sign_in.allowed("promote"):
        return
    back = _("the champion") if target == "champion" else target
    key = f"rollback-reason-{site['site']}"
    with st.form(f"rollback-form-{site['site']}", border=False, enter_to_submit=False):
        reason = reason_for(_("Reason"), key=key, placeholder=_("Reason"))
        if st.form_submit_button(
            _("Back to {back}").format(back=back), key=f"rollback-{site['site']}"
        ):
            move(reason, lambda: _rolled_back(site, reason), key=key)


def _rolled_back(site: SiteVersions, reason: str) -> str:
    model = api().roll_back(from_version=site["version"], reason=reason, site=site["site"])
    return _("{version} answers {site} now.").format(version=model["version"], site=site["site"])
