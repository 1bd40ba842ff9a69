"""Is a version any good on somebody's own films? A ZIP in, a verdict out."""

import json
from typing import cast

import streamlit as st

import metric_tables
import site_report_page
from addresses import CHECK
from api_types import SiteReport
from captions import check_captions
from client import ApiError
from components import model_metrics
from components.answers import decision_controls, row_form
from components.retraining import verdicts
from components.sites import check_progress, held_file, row_check, site_profiles, site_samples
from errors import TASK, api, guarded, refusal
from formatting import decimal, images, labels_of, moment, plain
from language.catalogue import _
from session import stored_check
from site_checks.held_check import HeldCheck
from views import model_card

REPORT = "site_report"
# The last report whose ZIP this session sent, and the ZIP's name.
ARCHIVE = "site_report_archive"


@guarded
def show() -> None:
    st.title(_("Site check"))
    if row_form.is_table():
        row_check.show()
        return
    st.caption(
        _(
            "What a version is worth on your own films: send labelled ones, get a "
            "verdict beside the model's card, and with one click a profile of your "
            "site. The server keeps no films; this page keeps the ZIP for half a day, or until you "
            "take it away."
        )
    )
    models, status = api().models(), api().status()
    if not models["models"]:
        st.info(_("There is no version yet."))
        return
    check = stored_check.follow()
    held_file.archive(check, labels_of(status))
    site_samples.offer(status["task"])
    left, right = st.columns(2, gap="large")
    with left:
        version = model_card.version(models, key="check-version")
    with right:
        point = decision_controls.operating_point(api().card(version), status, key="check-point")
    if held_file.button(_("Check these films"), check):
        _begin(check, version, point)
    if report := cast(SiteReport | None, check_progress.show(check)):
        _keep(report, check.file.name if check.file else "")
    if report := _addressed():
        _report(report, status["negative_class"])
    # Asked anew: a profile may have been made just now.
    site_profiles.listed(api().status()["sites"])


def _begin(check: HeldCheck, version: str, point: str | None) -> None:
    st.session_state.pop(_place(), None)
    st.query_params.pop(CHECK, None)
    client = api()
    check.begin(lambda file: client.check(file, model=version, operating_point=point))
    # The button is to be of no use while it runs.
    st.rerun()


def _place() -> str:
    """Where the session has the last report of the task."""
    task = st.session_state.get(TASK)
    return f"{REPORT}-{task}" if task else REPORT


def _keep(report: SiteReport, archive: str | None = None) -> None:
    """For this session, and at an address for as long as the server keeps it.

    Args:
        archive: the name of its ZIP; None: as it was.
    """
    st.session_state[_place()] = report
    if archive is not None:
        st.session_state[ARCHIVE] = (report, archive)
    if check := report["check"]:
        st.query_params[CHECK] = check


def _addressed() -> SiteReport | None:
    """The report of the page's address, or else the last one of this session."""
    known: SiteReport | None = st.session_state.get(_place())
    named = st.query_params.get(CHECK)
    if not named or (known and known["check"] == named):
        if known:
            _keep(known)
        return known
    try:
        _keep(api().finished_check(named))
    except ApiError as exc:
        st.query_params.pop(CHECK)
        refusal(exc)
    found: SiteReport | None = st.session_state.get(_place())
    return found


def _report(report: SiteReport, negative_class: str | None) -> None:
    _verdict(report, negative_class)
    site_profiles.offer(report)
    st.subheader(_("Here and in the card"))
    model_metrics.table(metric_tables.comparison(report["comparisons"]))
    st.caption(
        _("{comparison} In brackets: intervals of 95 %.").format(
            comparison=check_captions.comparison(report["comparisons"])
        )
    )
    st.caption(check_captions.suggestion(report))
    model_metrics.roc(report["curves"], report["metrics"])
    model_metrics.reliability(report["curves"])
    model_metrics.classes(report["metrics"])
    if len(report["per_source"]) > 1:
        st.subheader(_("By source"))
        model_metrics.by_source(report["metrics"], report["per_source"])
    _images(report)


def _verdict(report: SiteReport, negative_class: str | None) -> None:
    verdicts.show(report["verdict"], report["reasons"], noun=_("films"))
    st.caption(
        _(
            "{version} on {images}, operating point {operating_point} (threshold {threshold})."
        ).format(
            version=report["version"],
            images=images(report["n"]),
            operating_point=report["operating_point"],
            threshold=decimal(report["threshold"]),
        )
    )
    name = f"roentgen-site-check-{report['version']}"
    of, archive = st.session_state.get(ARCHIVE, (None, ""))
    if of is not report:
        archive = ""
    if at := report.get("checked_at"):
        by = report.get("checked_by") or ""
        st.caption(" · ".join(plain(part) for part in (moment(at), by, archive) if part))
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            _("Download to print (or save as PDF)"),
            site_report_page.as_html(report, negative_class=negative_class, archive=archive),
            file_name=f"{name}.html",
            mime="text/html",
            key="download-page",
            on_click="ignore",
        )
        st.download_button(
            _("Download the report (JSON)"),
            json.dumps(report, indent=1).encode(),
            file_name=f"{name}.json",
            mime="application/json",
            key="download-report",
            on_click="ignore",
        )


def _images(report: SiteReport) -> None:
    st.subheader(_("What was read and what was left out"))
    model_metrics.table(metric_tables.site_counts(report))
    if report["skipped"]:
        st.markdown(_("Files that were left out:"))
        model_metrics.left_out(report["skipped"])
    else:
        st.caption(_("No file was left out."))
