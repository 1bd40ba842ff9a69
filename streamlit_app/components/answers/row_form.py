"""Rows of numbers in, answers out: a form for one row, a CSV for many."""

import io
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from api_types import FeatureSpec, RowPrediction, TableCard, TaskSummary
from charts import row_charts
from client import ApiError
from components.answers import row_scale
from errors import api, refusal
from formatting import CAUSES, DECISIONS, percent, plain
from language.api_sentences import translated
from language.catalogue import _
from language.numbers import written
from session import task_choice

COLUMNS = 2
ANSWER = "row-answer"
ANSWERED_TABLE = "row-table-answered"
DEVIATIONS = 3.0


def show(task: TaskSummary) -> None:
    """The page Diagnose of a task of tables."""
    st.caption(plain(task["question"]))
    version = api().status()["model_version"]
    if version is None:
        st.info(_("The model is being prepared; rows can be read in a moment."))
        st.button(_("Look again"), key="look-again")
        return
    card = api().table_card(version)
    one, many = st.tabs([_("One row"), _("A table (CSV)")])
    with one:
        _one_row(card)
    with many:
        _table(card)


def is_table() -> bool:
    """Whether the pages are about a task of tables."""
    task = task_choice.current()
    return task is not None and task["kind"] == "tabular"


def _one_row(card: TableCard) -> None:
    fields: dict[str, float] = {}
    columns = st.columns(COLUMNS, gap="large")
    for place, feature in enumerate(card["table"]["features"]):
        with columns[place % COLUMNS]:
            fields[feature["name"]] = _number(feature)
    if st.button(_("Classify"), type="primary", key="classify-row"):
        st.session_state[ANSWER] = None
        try:
            st.session_state[ANSWER] = fields, api().predict_row(fields)
        except ApiError as exc:
            refusal(exc)
    if answered := st.session_state.get(ANSWER):
        asked, answer = answered
        if asked != fields:
            st.caption(_("The answer below is to the numbers before; classify again."))
        _answer(answer)


def _number(feature: FeatureSpec) -> float:
    """A slider over the training range, and beside it a field that takes any number."""
    # The widgets take no whole number beside fractions.
    name, low, high = feature["name"], float(feature["low"]), float(feature["high"])
    exact, slider = f"row-{name}", f"slide-{name}"
    step = row_scale.step_of(low, high, mean=feature["mean"])
    st.session_state.setdefault(exact, row_scale.begin_at(feature["mean"], step))
    st.session_state.setdefault(slider, _within(st.session_state[exact], low, high))
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    unit = f" ({feature['unit']})" if feature["unit"] else ""
    if low < high:
        left.slider(
            _("{name}{unit}, trained on {low} to {high}").format(
                name=plain(name), unit=unit, low=written(low, "g"), high=written(high, "g")
            ),
            low,
            high,
            step=step,
            format="%g",
            key=slider,
            on_change=_copy,
            args=(slider, exact, None),
        )
    value: float = right.number_input(
        f"{plain(name)}{unit}",
        step=step,
        format="%g",
        key=exact,
        on_change=_copy,
        args=(exact, slider, (low, high)),
        label_visibility="collapsed",
    )
    if _is_beyond(value, feature):
        st.warning(
            _(
                "{value} is far beyond what was trained on ({low} to {high}): it is "
                "answered, and a person must look."
            ).format(value=written(value, "g"), low=written(low, "g"), high=written(high, "g"))
        )
    elif not low <= value <= high:
        st.caption(
            _("{value} is outside the training range of {low} to {high}.").format(
                value=written(value, "g"), low=written(low, "g"), high=written(high, "g")
            )
        )
    return value


def _copy(of: str, to: str, bounds: tuple[float, float] | None) -> None:
    value = st.session_state[of]
    st.session_state[to] = _within(value, *bounds) if bounds else value


def _within(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)


def _is_beyond(value: float, feature: FeatureSpec) -> bool:
    room = DEVIATIONS * feature["deviation"]
    return not feature["low"] - room <= value <= feature["high"] + room


def _answer(answer: RowPrediction) -> None:
    with st.container(border=True):
        left, right = st.columns([1, 2], gap="large")
        with left:
            st.metric(_(DECISIONS[answer["decision"]]), answer["predicted_class"])
            st.caption(
                _("Probability {confidence}").format(confidence=percent(answer["confidence"]))
            )
            for cause in answer["causes"]:
                st.badge(_(CAUSES[cause]), color="orange")
            st.caption(
                _("Model {model_version}; answer {id}").format(
                    model_version=answer["model_version"], id=answer["id"]
                )
            )
        with right:
            st.altair_chart(row_charts.probabilities(answer["probabilities"]))
        for reason in answer["reasons"]:
            st.markdown(plain(translated(reason)))


def _table(card: TableCard) -> None:
    names = [feature["name"] for feature in card["table"]["features"]]
    st.caption(
        _("Columns: {names}; an `id` is kept, a class is passed over.").format(
            names=", ".join(map(plain, names))
        )
    )
    file = st.file_uploader(_("Table"), type="csv", key="row-table")
    if file is None:
        return
    try:
        answers = _answers_to(file)
    except ApiError as exc:
        refusal(exc)
        return
    rows = pd.read_csv(io.StringIO(answers))
    answered = int((rows["status"] == 200).sum())
    referred = int((rows["decision"] == "refer").sum())
    st.subheader(
        _("{answered} of {rows} rows answered, {referred} for a person to look at").format(
            answered=answered, rows=len(rows), referred=referred
        )
    )
    st.dataframe(
        rows.dropna(axis="columns", how="all"),
        hide_index=True,
        placeholder="",
        column_config=_shares(rows),
    )
    st.download_button(
        _("Download answers (CSV)"),
        answers,
        file_name="roentgen-answers.csv",
        mime="text/csv",
        key="download-csv",
        on_click="ignore",
    )


def _answers_to(file: UploadedFile) -> str:
    """Asked once a file: each time the page is drawn again would be as many stored answers again.

    Raises: ApiError.
    """
    answered = st.session_state.get(ANSWERED_TABLE)
    if answered is None or answered[0] != file.file_id:
        answered = file.file_id, api().predict_table(file.name, file.getvalue())
        st.session_state[ANSWERED_TABLE] = answered
    answers: str = answered[1]
    return answers


def _shares(rows: pd.DataFrame) -> dict[str, Any]:
    names = ["confidence", *(name for name in rows.columns if name.startswith("p_"))]
    return {name: st.column_config.NumberColumn(name, format="percent") for name in names}
