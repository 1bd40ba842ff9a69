"""What the gate said of a retrained version: each condition, its figures, the films to look at."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from api_types import Check, LabelIssue, Verdict
from client import ApiError
from components.images.doubtful import expectation
from components.retraining.class_samples import thumbnail
from errors import api
from formatting import decimal, images, plain
from language.api_sentences import translated
from language.catalogue import _

COLUMNS = 6


def show(verdict: Verdict) -> None:
    # An API of an earlier release says nothing of it.
    if no_site := verdict.get("no_site"):
        st.info(plain(translated(no_site)))
    _checks(verdict["checks"])
    for site in verdict["sites"]:
        answer = _("may answer it") if site["promoted"] else _("may not answer it")
        with st.expander(
            plain(_("For {site} alone: {answer}").format(site=site["site"], answer=answer))
        ):
            st.caption(_("Compared with {answered_by}.").format(answered_by=site["answered_by"]))
            if site["version"]:
                st.caption(
                    _(
                        "These figures are of {version}, with weights and a profile chosen for "
                        "the site. Promoting {version} for the site brings both."
                    ).format(version=site["version"])
                )
            _checks(site["checks"])
    doubtful = [sha256 for check in verdict["checks"] for sha256 in check["films"]]
    if doubtful:
        doubts = [issue for check in verdict["checks"] for issue in check.get("label_issues") or ()]
        with st.expander(_("Labels to look at ({images})").format(images=images(len(doubtful)))):
            _pictures(doubtful, {issue["sha256"]: issue for issue in doubts})


def _checks(checks: Sequence[Check]) -> None:
    st.dataframe(
        # What failed first: that is what decided.
        pd.DataFrame([_row(check) for check in sorted(checks, key=lambda c: c["passed"])]),
        hide_index=True,
        placeholder="",
        column_config={_("detail"): st.column_config.TextColumn(width="large")},
    )


def _row(check: Check) -> dict[str, object]:
    return {
        _("check"): translated(check["name"]),
        _("passed"): _("yes") if check["passed"] else _("no"),
        _("before"): decimal(check["champion"]),
        _("now"): decimal(check["challenger"]),
        _("detail"): translated(check["detail"]),
    }


def _pictures(doubtful: list[str], doubts: Mapping[str, LabelIssue]) -> None:
    client = api()
    st.caption(
        _(
            "The other films contradict the labels of these, the most doubtful first. "
            "The page Films corrects them, under Doubtful labels."
        )
    )
    cells = st.columns(COLUMNS)
    for place, sha256 in enumerate(doubtful):
        cell = cells[place % COLUMNS]
        try:
            picture, alt = thumbnail(client, sha256), _("A training film with a doubtful label")
            caption = _caption(doubts.get(sha256), sha256)
            cell.image(picture, caption=plain(caption), alt=alt, width="stretch")
        except ApiError:
            cell.caption(_("{sha256} is no longer there.").format(sha256=sha256[:12]))


def _caption(issue: LabelIssue | None, sha256: str) -> str:
    """What was labelled and what is expected; a retraining of before wrote down neither."""
    return expectation(issue, {}) if issue else sha256[:12]
