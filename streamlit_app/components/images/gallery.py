"""Training films as a gallery, page by page; a click opens one."""

from collections.abc import Mapping, Sequence

import streamlit as st

from api_types import Sample
from components import line_choice
from components.answers import row_form, row_numbers
from components.images import sample_filter, sample_images
from errors import api
from formatting import file_name, images, moment, rows_of
from language.catalogue import _

SAMPLE = "sample"
PAGE = 24
# Of one film, in pixels: as many stand beside each other as there is room for.
CELL_PX = 168


def show(labels: Mapping[str, str]) -> None:
    filters = sample_filter.choose(labels, api().retraining_plan())
    page = api().sample_page(limit=PAGE, after=sample_filter.starts()[-1], **filters)
    if not page["samples"]:
        st.info(_("No film fits.") if filters else _("No film has been collected yet."))
        return
    count = rows_of if row_form.is_table() else images
    st.caption(
        _("{count} that fit, newest first.").format(count=count(page["total"]))
        if filters
        else count(page["total"])
    )
    if row_form.is_table():
        _rows(page["samples"])
    else:
        _grid(page["samples"])
    sample_filter.turn(page["next_after"], total=page["total"], page=PAGE)


def _grid(samples: Sequence[Sample]) -> None:
    sample_images.fetch(samples)
    # Its pictures are squares (`page.css`), so that the buttons below them stand in line.
    with st.container(horizontal=True, key="gallery"):
        for sample in samples:
            with st.container(width=CELL_PX):
                sample_images.show(sample)
                disputed = sample["disputed"]
                opened = st.button(
                    _("{label} or {disputed}?").format(label=sample["label"], disputed=disputed)
                    if disputed
                    else sample["label"],
                    key=f"open-{sample['sha256']}",
                    icon=":material/help:" if disputed else None,
                    width="stretch",
                    help=f"{file_name(sample['filename'])}, {moment(sample['created_at'])}",
                )
                if opened:
                    go_to(sample["sha256"])


def _rows(samples: Sequence[Sample]) -> None:
    place = line_choice.show(
        [_row(sample) for sample in samples],
        key="films-rows",
        words=_("Open a row"),
        named_by=(_("class"), _("added"), _("by"), _("site")),
    )
    if place is not None:
        go_to(samples[place]["sha256"])


def _row(sample: Sample) -> dict[str, object]:
    facts: dict[str, object] = {
        _("class"): sample["label"],
        _("added"): moment(sample["created_at"]),
        _("by"): sample["added_by"] or "",
        _("site"): sample["source"] or "",
    }
    return facts | row_numbers.columns_of(sample["sha256"], beside=facts)


def go_to(sha256: str) -> None:
    """Open a film: it has an address of its own."""
    st.query_params[SAMPLE] = sha256
    st.rerun()
