"""The versions of the model, and by whose hand another one serves."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from api_types import Job, ModelList, ModelSummary
from charts.lineage_chart import lineage
from components.answers import row_form
from components.sites import site_versions
from components.state import notices
from components.versions import export_download, gate_of_version, shadow, side_by_side
from components.versions.version_changes import (
    EVERYBODY,
    answered_by,
    everybody_or,
    move,
    promoted,
    reason_for,
)
from errors import api
from formatting import RIGHT_WORDS, moment, percent, plain, size
from language.api_sentences import translated
from language.catalogue import _, keyed
from session import sign_in

RIGHT = "promote"


def show(models: ModelList, jobs: Sequence[Job]) -> None:
    """`jobs`: retrainings, newest first, whose verdicts a promotion may override."""
    notices.show(notices.VERSIONS)
    if models["problem"]:
        st.warning(plain(translated(models["problem"])))
    if not models["models"]:
        st.caption(_("There is no version yet."))
        return
    st.altair_chart(lineage(models["models"]), key="lineage")
    st.dataframe(_table(models["models"]), hide_index=True, placeholder="")
    promotion, rollback, compare, in_shadow, download = st.tabs(
        [_("Promote"), _("Roll back"), _("Compare"), _("In shadow"), _("Download")]
    )
    with promotion:
        if _may_promote():
            _promotion(models, jobs)
    with rollback:
        if _may_promote():
            _rollback(models)
    with compare:
        _compare(models, jobs)
    with in_shadow:
        shadow.show(models)
    with download:
        _download(models)
    site_versions.show(models["site_versions"])
    _moves(models)


def _may_promote() -> bool:
    """Whether the person may change which version answers; says so where they may not."""
    if sign_in.allowed(RIGHT):
        return True
    st.caption(
        _("Which version answers is changed by whoever has the right '{right}'.").format(
            right=_(RIGHT_WORDS[RIGHT])
        )
    )
    return False


def _table(models: list[ModelSummary]) -> pd.DataFrame:
    """A row a version; who signed them where anybody did."""
    table = pd.DataFrame([_row(model) for model in models])
    is_signed = any(model["signed_by"] for model in models)
    return table if is_signed else table.drop(columns=_("signed by"))


def _row(model: ModelSummary) -> dict[str, object]:
    return {
        _("version"): model["version"],
        _("answers"): answered_by(model),
        _("from"): model["parent"] or "",
        _("made"): moment(model["created_at"]),
        _("accuracy"): percent(model["accuracy"]),
        _("balanced accuracy"): percent(model["balanced_accuracy"]),
        _("size"): size(model["size_bytes"]),
        _("signed by"): model["signed_by"] or "",
        _("problem"): translated(model["problem"] or ""),
    }


def _promotion(models: ModelList, jobs: Sequence[Job]) -> None:
    others = [m["version"] for m in models["models"] if not m["problem"]]
    others.sort(key=lambda version: version == models["champion"])
    if others in ([], [models["champion"]]):
        st.caption(_("There is no other version that could serve."))
        return
    # Outside the form: what they override is shown before anybody decides.
    version = st.selectbox(_("Version to promote"), others, key="promote-version")
    whom = st.selectbox(
        _("For whom"),
        [EVERYBODY, *(site["site"] for site in models["site_versions"])],
        format_func=everybody_or,
        key=keyed("promote-whom"),
        accept_new_options=True,
        help=_("Everybody, or one site by the name that its requests and films carry."),
    )
    site = None if whom == EVERYBODY else whom
    gate_of_version.warn(version, jobs, site=site)
    # What answers is changed by a click alone, never by Enter.
    with st.form("promote-form", border=False, enter_to_submit=False):
        reason = reason_for(_("Reason for the promotion"), key="promote-reason")
        if st.form_submit_button(_("Promote"), key="promote"):
            move(reason, lambda: promoted(version, reason, site=site), key="promote-reason")


def _rollback(models: ModelList) -> None:
    target = models["rollback_target"]
    if target is None:
        st.caption(_("There is no earlier version to go back to."))
        return
    st.caption(
        _("Goes back from {champion} to {target}.").format(
            champion=models["champion"], target=target
        )
    )
    with st.form("rollback-form", border=False, enter_to_submit=False):
        reason = reason_for(_("Reason for the rollback"), key="rollback-reason")
        if st.form_submit_button(_("Roll back"), key="rollback"):
            move(reason, lambda: _rolled_back(models["champion"], reason), key="rollback-reason")


def _rolled_back(champion: str | None, reason: str) -> str:
    model = api().roll_back(from_version=champion, reason=reason)
    return _("{version} serves now.").format(version=model["version"])


def _compare(models: ModelList, jobs: Sequence[Job]) -> None:
    if row_form.is_table():
        st.caption(_("Versions of a task of tables are compared by their cards."))
    else:
        side_by_side.show(models, jobs)


def _download(models: ModelList) -> None:
    version = st.selectbox(
        _("Version to download"), [m["version"] for m in models["models"]], key="download-version"
    )
    client = api()
    st.download_button(
        _("Download weights (.h5)"),
        lambda: client.weights(version),
        file_name=f"{version}.h5",
        key="download-weights",
        on_click="ignore",
    )
    export_download.show(version)


def _moves(models: ModelList) -> None:
    if not models["history"]:
        return
    rows = [
        {
            _("when"): moment(move["at"]),
            _("serves"): move["version"],
            _("before"): move["previous"] or "",
            _("by"): move["by"],
            _("reason"): translated(move["reason"]),
            _("overrides"): ", ".join(map(translated, move["overrides"])),
        }
        for move in models["history"]
    ]
    with st.expander(_("Changes of the serving version ({rows})").format(rows=len(rows))):
        st.dataframe(pd.DataFrame(rows), hide_index=True, placeholder="")
