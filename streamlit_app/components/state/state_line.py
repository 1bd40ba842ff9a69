"""One line that says whether all is well, and if not, why."""

from collections.abc import Sequence

import streamlit as st

from api_types import AlertList, Status
from formatting import plain
from language.api_sentences import translated
from language.catalogue import _


def show(status: Status, found: AlertList) -> None:
    """Green or not; the boxes of alerts say more."""
    if reasons := unwell(status, found):
        listed = "; ".join(plain(reason.rstrip(".")) for reason in reasons)
        st.markdown(
            ":orange[:material/error:] "
            + _("**Not all is well:** {reasons}.").format(reasons=listed)
        )
    else:
        st.markdown(
            ":green[:material/check_circle:] "
            + _("**All is well:** {version} serves, every part works, and no alert fires.").format(
                version=status["model_version"]
            )
        )


def unwell(status: Status, found: AlertList) -> Sequence[str]:
    """What is wrong: parts that do not work, alerts that fire."""
    parts = [
        f"{translated(name)}: {translated(part['detail'])}"
        for name, part in status["health"].items()
        if not part["ok"]
    ]
    if status["model_version"] is None:
        parts.append(_("No version serves yet."))
    return parts + [
        translated(alert["says"]) for alert in found["alerts"] if alert["status"] == "firing"
    ]
