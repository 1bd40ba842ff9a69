"""What a version is worth on somebody's own labelled rows: a table in, a verdict out."""

import json

import streamlit as st

import metric_tables
from api_types import RowReport
from captions import model_captions
from charts import model_charts
from components import model_metrics
from components.retraining import verdicts
from components.sites import check_progress, held_file
from errors import api
from formatting import plain, rows_of
from language.catalogue import _
from session import stored_check
from views import model_card

REPORT = "row_report"


def show() -> None:
    """The form, and below it the last report of this session."""
    st.caption(
        _(
            "What a version is worth on your own rows: send a table with a column of "
            "classes, get a verdict beside the model's card. The server keeps no rows; this page "
            "keeps the table for half a day, or until you take it away."
        )
    )
    models = api().models()
    if not models["models"]:
        st.info(_("There is no version yet."))
        return
    check = stored_check.follow()
    held_file.table(check)
    version = model_card.version(models, key="check-version")
    if held_file.button(_("Check these rows"), check):
        st.session_state.pop(REPORT, None)
        client = api()
        check.begin(lambda file: client.check(file, model=version))
        st.rerun()
    if report := check_progress.show(check):
        st.session_state[REPORT] = report
    if report := st.session_state.get(REPORT):
        _report(report)


def _report(report: RowReport) -> None:
    verdicts.show(report["verdict"], report["reasons"], noun=_("rows"))
    st.caption(
        _("{version} on {rows_of}.").format(version=report["version"], rows_of=rows_of(report["n"]))
    )
    st.download_button(
        _("Download the report (JSON)"),
        json.dumps(report, indent=1).encode(),
        file_name=f"roentgen-check-{report['version']}.json",
        mime="application/json",
        key="download-report",
        on_click="ignore",
    )
    st.subheader(_("Here and in the card"))
    model_metrics.table(metric_tables.row_shares(report))
    st.caption(_("In brackets: intervals of 95 %."))
    st.subheader(_("By class"))
    names = list(report["per_class"])
    matrix, metrics = st.columns(2, gap="large")
    with matrix:
        st.altair_chart(model_charts.confusion_matrix(names, report["confusion"]))
        st.caption(model_captions.confusion(names, report["confusion"]))
    with metrics:
        st.altair_chart(model_charts.class_metrics(report["per_class"]))
        st.caption(model_captions.class_metrics(report["per_class"]))
    _left_out(report)


def _left_out(report: RowReport) -> None:
    st.subheader(_("What was read and what was left out"))
    if report["out_of_range"]:
        found = ", ".join(f"{plain(n)} in {rows_of(c)}" for n, c in report["out_of_range"].items())
        st.markdown(_("Beyond the training range: {found}.").format(found=found))
    if report["skipped"]:
        st.markdown(_("Lines that were left out:"))
        model_metrics.left_out(report["skipped"])
    else:
        st.caption(_("No line was left out."))
