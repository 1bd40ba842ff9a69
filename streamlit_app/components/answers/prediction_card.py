"""One film: its picture with the heat map, beside its answer."""

import streamlit as st
from PIL import Image

import addresses
from api_types import Card, Prediction, Status
from captions import data_captions
from charts.data_charts import probability_bars
from charts.heatmap_overlay import heat_map, is_empty, overlay
from charts.palette import colours_of
from client import ApiDown, ApiError
from components.answers import archive_files, feedback_form, intake_chat, row_form
from errors import api
from formatting import CAUSES, DECISIONS, labels_of, percent, plain
from image_predictions import PredictionResult, UploadedImage, picture

OPACITY = 40


def show(result: PredictionResult, status: Status, card: Card | None) -> None:
    """`card` is the model's; None where it cannot be had."""
    left, right = st.columns([2, 3], gap="medium")
    with left:
        _picture(result, card)
    with right:
        if result.image.credit:
            st.caption(result.image.credit)
        if result.answer is None:
            st.error(plain(f"{result.image.name}: {result.error}"))
        else:
            answer(result.answer, result.image, status)


def _picture(result: PredictionResult, card: Card | None) -> None:
    film, answer = result.image, result.answer
    try:
        image = picture(api(), film.name, film.content)
    except (ApiError, ApiDown) as exc:
        st.caption(f"The film cannot be shown: {plain(str(exc))}")
        return
    if image is None:
        st.caption(f"{plain(film.name)}: this file cannot be shown here.")
    elif answer is None or answer["explanation"] is None:
        _image(image, film)
    else:
        _looked_at(film, image, answer)
        st.caption(data_captions.heat_map(answer["explanation"], card["heatmap"] if card else None))


@st.fragment
def _looked_at(film: UploadedImage, image: Image.Image, answer: Prediction) -> None:
    """The film under its heat map; the controls redraw nothing else."""
    place = st.empty()
    opacity, label = st.columns(2)
    percents = opacity.slider("Heat map (%)", 0, 100, OPACITY, 5, key=f"opacity-{film.key}")
    labels = list(answer["probabilities"])
    chosen = label.selectbox(
        "Evidence for",
        labels,
        index=labels.index(answer["label"]),
        key=f"evidence-{film.key}-{answer['id']}",
    )
    shown = image
    if percents:
        try:
            heat = heat_map(api(), answer["id"], chosen, image.size)
        except (ApiError, ApiDown) as exc:
            st.caption(f"No heat map: {plain(str(exc))}")
        else:
            shown = overlay(image, heat, percents / 100)
            if is_empty(heat):
                st.caption(f"Nothing on this film speaks for {chosen} more than for the others.")
    with place:
        _image(shown, film)


def _image(image: Image.Image, film: UploadedImage) -> None:
    st.image(image, caption=plain(film.name), width="stretch")


def answer(answer: Prediction, image: UploadedImage, status: Status) -> None:
    """The answer in words and bars, and the form for what a person says of it."""
    is_referred = answer["decision"] == "refer"
    if is_referred:
        _referral(answer)
    elif _agree(answer, status):
        st.subheader(answer["label"])
        st.write(status["classes"].get(answer["label"], ""))
    else:
        st.subheader(DECISIONS[answer["decision"]])
    if is_referred or not _agree(answer, status):
        st.markdown(f"Most probable class all the same: **{answer['label']}**.")
    confidence, decision = st.columns([2, 3])
    confidence.metric("Confidence", percent(answer["confidence"]))
    decision.metric("Decision", DECISIONS[answer["decision"]])
    st.altair_chart(probability_bars(answer["probabilities"], colours_of(status)))
    if not is_referred:
        for reason in answer["reasons"]:
            st.caption(plain(reason))
    if worth := data_captions.predictive_values(answer):
        st.caption(worth)
    st.caption(_footnote(answer))
    st.caption(f"[Address of this answer]({addresses.of_prediction(answer['id'])})")
    if not row_form.is_table():
        archive_files.show(answer, key=f"{image.key}-{answer['id']}")
    if image.credit is None:
        with st.expander("Was it right?"):
            feedback_form.form(answer, labels_of(status), key=f"{image.key}-{answer['id']}")
        intake_chat.beside(answer, status, place=f"{image.key}-{answer['id']}")


def _agree(answer: Prediction, status: Status) -> bool:
    """Whether label and decision say the same; where findings are rare they often do not."""
    has_finding = answer["label"] != status["negative_class"]
    return has_finding == (answer["decision"] == "positive")


def _referral(answer: Prediction) -> None:
    causes = ", ".join(CAUSES.get(cause, cause) for cause in answer["causes"])
    lines = "\n".join(f"- {plain(reason)}" for reason in answer["reasons"])
    st.warning(
        f"Referred, because: {causes}.\n\n{lines}",
        title=DECISIONS["refer"],
        icon=":material/person_search:",
    )


def _footnote(answer: Prediction) -> str:
    timings, unlikeness = answer["timings"], answer["unlikeness"]
    parts = [
        f"Model {answer['model_version']}",
        f"{timings['total_ms']:.0f} ms ({timings['decode_ms']:.0f} decoding, "
        f"{timings['inference_ms']:.0f} inference)",
    ]
    if answer["source"]:
        parts.append(f"from {plain(answer['source'])}")
    if unlikeness is not None:
        parts.append(f"distance to the training films {unlikeness:.2f} × the limit")
    return " · ".join(parts)
