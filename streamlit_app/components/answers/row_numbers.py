"""The numbers of a row, where of a film its picture stands."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from client import ApiError, RoentgenClient, address_of
from errors import api, refusal
from language.catalogue import N_, _
from language.numbers import written

NOT_KEPT = N_(
    "The numbers of this row are not kept here, so only its answer can be shown. Whoever runs "
    "the server can keep rows for some weeks."
)


def of_answer(prediction_id: str, *, is_kept: bool = True) -> None:
    """Those of the row that an answer is about, or in their place why they cannot be shown."""
    try:
        numbers = api().row_of(prediction_id) if is_kept else {}
    except ApiError:
        numbers = {}
    if numbers:
        _table(numbers)
    else:
        st.caption(_(NOT_KEPT))


def of_sample(sha256: str) -> None:
    """Those of a training row, or in their place why they cannot be shown."""
    try:
        _table(_of_sample(api(), sha256))
    except ApiError as exc:
        refusal(exc)


def columns_of(sha256: str, *, beside: Mapping[str, object]) -> dict[str, float]:
    """Those of a training row as columns beside others; none where they cannot be had."""
    try:
        numbers = _of_sample(api(), sha256)
    except ApiError:
        return {}
    return {f"{name} " if name in beside else name: value for name, value in numbers.items()}


def _table(numbers: Mapping[str, float]) -> None:
    # As text: the table would round small numbers.
    rows = [{_("name"): name, _("value"): written(v, ".10g")} for name, v in numbers.items()]
    st.dataframe(pd.DataFrame(rows), hide_index=True, placeholder="")


@st.cache_data(max_entries=2000, show_spinner=False, hash_funcs={RoentgenClient: address_of})
def _of_sample(client: RoentgenClient, sha256: str) -> dict[str, float]:
    return client.sample_row(sha256)
