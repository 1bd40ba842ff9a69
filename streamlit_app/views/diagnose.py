"""Films in, answers out: one card a film, and a table where there are several."""

from dataclasses import replace

import pandas as pd
import streamlit as st

import task_choice
from api_types import Card, Status
from client import ApiError
from components.answers import decision_controls, example_choice, prediction_card, row_form
from components.sites import site_choice
from csv_export import as_csv
from errors import api, guarded
from formatting import plain
from image_predictions import DecisionOptions, PredictionResult, UploadedImage, predict

CARDS_AT_ONCE = 10


@guarded
def show() -> None:
    st.title("Diagnose")
    task = task_choice.current()
    if task and row_form.is_table():
        row_form.show(task)
        return
    inputs, named = (task["inputs"], task["images"]) if task else ("Films", "films")
    st.caption(f"{inputs} as JPEG, PNG, BMP, TIFF, WebP or DICOM; one or many at once.")
    uploads = st.file_uploader(
        named.capitalize(), accept_multiple_files=True, key="films", on_change=example_choice.forget
    )
    status = api().status()
    if task and task["public_data"] and not uploads:
        with st.expander(f"Public {named}"):
            st.markdown(task["public_data"])
    images = [UploadedImage(upload.file_id, upload.name, upload.getvalue()) for upload in uploads]
    if not images and (example := example_choice.show(status["task"])):
        images = [example]
    if status["model_version"] is None:
        st.info("The model is being prepared; films can be read in a moment.")
        st.button("Look again", key="look-again")
        return
    card = _card_of(status["model_version"])
    source = site_choice.choose(status)
    options = replace(decision_controls.show(card, status), source=source)
    if images:
        _results(_read_all(images, status, options), status, card)


def _card_of(version: str) -> Card | None:
    """Answers are worth having without it."""
    try:
        return api().card(version)
    except ApiError:
        return None


def _read_all(
    images: list[UploadedImage], status: Status, options: DecisionOptions
) -> list[PredictionResult]:
    client, version = api(), status["model_version"]
    if len(images) == 1:
        return [predict(images[0], client, model_version=version, options=options)]
    bar, results = st.progress(0.0), []
    for done, image in enumerate(images, start=1):
        bar.progress(
            (done - 1) / len(images), f"Reading {plain(image.name)} ({done} of {len(images)})"
        )
        results.append(predict(image, client, model_version=version, options=options))
    bar.empty()
    return results


def _results(results: list[PredictionResult], status: Status, card: Card | None) -> None:
    if len(results) > 1:
        _table(results, status)
    if any(result.may_be_asked_again for result in results):
        st.button("Ask again", key="ask-again")
    for result in _chosen(results):
        with st.container(border=True):
            prediction_card.show(result, status, card)


def _table(results: list[PredictionResult], status: Status) -> None:
    table = pd.DataFrame([_row(result, list(status["classes"])) for result in results])
    answered = sum(result.answer is not None for result in results)
    if answered == len(results):
        table = table.drop(columns="problem")
    referred = int((table["decision"] == "refer").sum()) if answered else 0
    to_look_at = f", {referred} for a person to look at" if referred else ""
    st.subheader(f"{answered} of {len(results)} films answered{to_look_at}")
    shares = {
        name: st.column_config.NumberColumn(name, format="percent")
        for name in ("confidence", *status["classes"], "prevalence", "ppv", "npv")
    }
    st.dataframe(table, hide_index=True, column_config=shares, placeholder="")
    st.download_button(
        "Download answers (CSV)",
        as_csv(table),
        file_name="roentgen-answers.csv",
        mime="text/csv",
        key="download-csv",
        on_click="ignore",
    )


def _row(result: PredictionResult, classes: list[str]) -> dict[str, object]:
    answer = result.answer
    if answer is None:
        return {"file": result.image.name, "problem": result.error}
    return {
        "file": result.image.name,
        "problem": "",
        "label": answer["label"],
        "confidence": answer["confidence"],
        "decision": answer["decision"],
        "causes": "; ".join(answer["causes"]),
        **{name: answer["probabilities"].get(name) for name in classes},
        "operating_point": answer["operating_point"],
        "prevalence": answer["prevalence"],
        "ppv": answer["ppv"],
        "npv": answer["npv"],
        "unlikeness": answer["unlikeness"],
        "source": answer["source"],
        "site_profile": answer["site_profile"],
        "model": answer["model_version"],
        "milliseconds": round(answer["timings"]["total_ms"], 1),
    }


def _chosen(results: list[PredictionResult]) -> list[PredictionResult]:
    """All of them, or the ten that the person turned to."""
    starts = range(0, len(results), CARDS_AT_ONCE)
    if len(starts) == 1:
        return results
    start = st.selectbox(
        "Films shown",
        starts,
        format_func=lambda first: f"{first + 1} to {min(first + CARDS_AT_ONCE, len(results))}",
        key="films-shown",
    )
    return results[start : start + CARDS_AT_ONCE]
