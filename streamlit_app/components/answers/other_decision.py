"""A person decides otherwise than the gate did about the version that a retraining made."""

import streamlit as st

from api_types import Job
from components.versions.version_changes import (
    EVERYBODY,
    everybody_or,
    move,
    promoted,
    reason_for,
)
from language.catalogue import _, keyed

REASON = "otherwise-reason"


def show(job: Job) -> None:
    """A form, where the version does not answer everybody."""
    version, verdict = job["version"], job["verdict"]
    if version is None or verdict is None or job["state"] not in {"kept", "promoted_for_site"}:
        return
    refused = [site for site in verdict["sites"] if not site["promoted"]]
    # What a site's figures are of may be another version.
    versions = {EVERYBODY: version} | {site["site"]: site["version"] or version for site in refused}
    with (
        st.expander(_("Decide otherwise")),
        st.form(f"otherwise-{job['id']}", border=False, enter_to_submit=False),
    ):
        st.caption(
            _(
                "The reason is kept, with the conditions that this overrides. The page *Versions* "
                "has the way back."
            )
        )
        chosen = st.radio(
            _("Promote for"),
            list(versions),
            format_func=lambda whom: f"{everybody_or(whom)} ({versions[whom]})",
            key=keyed("otherwise-whom"),
            horizontal=True,
        )
        reason = reason_for(_("Reason"), key=REASON)
        if st.form_submit_button(_("Promote it all the same"), key="otherwise"):
            site = None if chosen == EVERYBODY else chosen
            move(reason, lambda: promoted(versions[chosen], reason, site=site), key=REASON)
