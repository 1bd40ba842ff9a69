"""Films in, answers out: one card a film, and a table where there are several."""

import pandas as pd
import streamlit as st

from answers import Prediction, Status
from charts import probability_bars
from films import Film, Reading, picture, read
from guard import api, guarded
from palette import colours_of
from words import percent, plain

GENERATED = "Generated phantom, not a patient; the answer means nothing medical."
DECISIONS = {"positive": "Finding present", "negative": "No finding"}
CARDS_AT_ONCE = 10


@guarded
def show() -> None:
    st.title("Diagnose")
    st.caption("Frontal chest X-rays as JPEG, PNG, BMP, TIFF or WebP; one or many at once.")
    uploads = st.file_uploader(
        "Chest films", accept_multiple_files=True, key="films", on_change=_forget_phantom
    )
    status = api().status()
    _without_a_film(status)
    films = [Film(upload.file_id, upload.name, upload.getvalue()) for upload in uploads]
    if phantom := st.session_state.get("phantom"):
        films.insert(0, phantom)
    if status["model_version"] is None:
        st.info("The model is being prepared; films can be read in a moment.")
        st.button("Look again", key="look-again")
    elif films:
        _results(_read_all(films, status), status)


def _without_a_film(status: Status) -> None:
    with st.expander("No film at hand?"):
        st.markdown(
            "Public films: Kermany et al. 2018, *Labeled Optical Coherence Tomography (OCT) and "
            "Chest X-Ray Images*, [Mendeley Data rscbjbr9sj]"
            "(https://data.mendeley.com/datasets/rscbjbr9sj); and the [COVID-19 Radiography "
            "Database](https://www.kaggle.com/datasets/tawsifurrahman/"
            "covid19-radiography-database)."
        )
        st.markdown("Or try a generated phantom of a class. It is not a patient.")
        with st.container(horizontal=True):
            for label in status["classes"]:
                if st.button(label, key=f"phantom-{label}"):
                    st.session_state["phantom"] = _phantom(label)


def _forget_phantom() -> None:
    st.session_state.pop("phantom", None)


def _phantom(label: str) -> Film:
    """A new one at every call."""
    seed = st.session_state.get("phantom_seed", 0) + 1
    st.session_state["phantom_seed"] = seed
    name = f"phantom-{label}-{seed}.png"
    return Film(name, name, api().phantom(label, seed=seed), is_generated=True)


def _read_all(films: list[Film], status: Status) -> list[Reading]:
    client, version = api(), status["model_version"]
    if len(films) == 1:
        return [read(films[0], client, model_version=version)]
    bar, readings = st.progress(0.0), []
    for done, film in enumerate(films, start=1):
        bar.progress(
            (done - 1) / len(films), f"Reading {plain(film.name)} ({done} of {len(films)})"
        )
        readings.append(read(film, client, model_version=version))
    bar.empty()
    return readings


def _results(readings: list[Reading], status: Status) -> None:
    if len(readings) > 1:
        _table(readings, status)
    if any(reading.may_be_asked_again for reading in readings):
        st.button("Ask again", key="ask-again")
    for reading in _chosen(readings):
        with st.container(border=True):
            _card(reading, status)


def _table(readings: list[Reading], status: Status) -> None:
    table = pd.DataFrame([_row(reading, list(status["classes"])) for reading in readings])
    answered = sum(reading.answer is not None for reading in readings)
    if answered == len(readings):
        table = table.drop(columns="problem")
    st.subheader(f"{answered} of {len(readings)} films answered")
    shares = {
        name: st.column_config.NumberColumn(name, format="percent")
        for name in ("confidence", *status["classes"])
    }
    st.dataframe(table, hide_index=True, column_config=shares, placeholder="")
    st.download_button(
        "Download answers (CSV)",
        table.to_csv(index=False).encode(),
        file_name="roentgen-answers.csv",
        mime="text/csv",
        key="download-csv",
        on_click="ignore",
    )


def _row(reading: Reading, classes: list[str]) -> dict[str, object]:
    answer = reading.answer
    if answer is None:
        return {"file": reading.film.name, "problem": reading.error}
    return {
        "file": reading.film.name,
        "problem": "",
        "label": answer["label"],
        "confidence": answer["confidence"],
        "decision": answer["decision"],
        **{name: answer["probabilities"].get(name) for name in classes},
        "model": answer["model_version"],
        "milliseconds": round(answer["timings"]["total_ms"], 1),
    }


def _chosen(readings: list[Reading]) -> list[Reading]:
    """All of them, or the ten that the person turned to."""
    starts = range(0, len(readings), CARDS_AT_ONCE)
    if len(starts) == 1:
        return readings
    start = st.selectbox(
        "Films shown",
        starts,
        format_func=lambda first: f"{first + 1} to {min(first + CARDS_AT_ONCE, len(readings))}",
        key="films-shown",
    )
    return readings[start : start + CARDS_AT_ONCE]


def _card(reading: Reading, status: Status) -> None:
    left, right = st.columns([2, 3], gap="medium")
    with left:
        _picture(reading.film)
    with right:
        if reading.film.is_generated:
            st.warning(GENERATED)
        if reading.answer is None:
            st.error(plain(f"{reading.film.name}: {reading.error}"))
        else:
            _answer(reading.answer, status)


def _picture(film: Film) -> None:
    image = picture(film.content)
    if image is None:
        st.caption(f"{plain(film.name)}: this file cannot be shown here.")
    else:
        st.image(image, caption=plain(film.name), width="stretch")


def _answer(answer: Prediction, status: Status) -> None:
    st.subheader(answer["label"])
    st.write(status["classes"].get(answer["label"], ""))
    confidence, decision = st.columns([2, 3])
    confidence.metric("Confidence", percent(answer["confidence"]))
    decision.metric("Decision", DECISIONS[answer["decision"]])
    st.altair_chart(probability_bars(answer["probabilities"], colours_of(status)))
    for reason in answer["reasons"]:
        st.caption(plain(reason))
    timings = answer["timings"]
    st.caption(
        f"Model {answer['model_version']} · {timings['total_ms']:.0f} ms "
        f"({timings['decode_ms']:.0f} decoding, {timings['inference_ms']:.0f} inference)"
    )
