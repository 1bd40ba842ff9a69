"""The example films as a row to choose from, for whoever has no film at hand."""

import streamlit as st

from example_films import ExampleFilm, examples_of
from image_predictions import UploadedImage

CHOSEN = "example"


def show(task: str) -> UploadedImage | None:
    """Offer a task's example films; the chosen one."""
    films = examples_of(task)
    if not films:
        return None
    chosen = next((film for film in films if film.file == st.session_state.get(CHOSEN)), None)
    st.markdown("No film at hand? Try a real one:")
    columns = st.columns(len(films), vertical_alignment="bottom")
    for column, film in zip(columns, films, strict=True):
        with column:
            _offer(film, chosen)
    if chosen is None:
        sources = dict.fromkeys(film.source for film in films)
        st.caption(f"Films: {'; '.join(sources)}. None of them was trained on.")
        return None
    return UploadedImage(chosen.file, chosen.file, chosen.content, credit=chosen.credit)


def forget() -> None:
    st.session_state.pop(CHOSEN, None)


def _offer(film: ExampleFilm, chosen: ExampleFilm | None) -> None:
    """Pictures only until one is chosen: the answer then needs the room."""
    if chosen is None:
        st.image(film.content, alt=f"Example film: {film.shows}", width="stretch")
    st.button(
        film.title,
        key=f"example-{film.file}",
        type="primary" if film == chosen else "secondary",
        width="stretch",
        on_click=_choose,
        args=(film.file,),
    )


def _choose(file: str) -> None:
    st.session_state[CHOSEN] = file
