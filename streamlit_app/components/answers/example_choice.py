"""The example films as a row to choose from, for whoever has no film at hand."""

from collections.abc import Iterable

import streamlit as st

from errors import api
from example_images import ExampleImage, examples_of
from language.catalogue import _
from session import stored_worklist
from worklist import predictions
from worklist.rows import Row, Worklist, WorklistImage

# Of the address of Diagnose: the file of an example to open.
PARAMETER = "example"


def follow(task: str, images: Worklist) -> None:
    """Have the example answered that the address names; afterwards that names the list."""
    if (named := st.query_params.get(PARAMETER)) is None:
        return
    for example in examples_of(task):
        if example.file == named and named not in images.rows:
            choose(example, images)
    if named in images.rows:
        images.open_key = named
    stored_worklist.follow()
    del st.query_params[PARAMETER]


def show(task: str, images: Worklist) -> None:
    """Offer a task's example films; the one that is chosen is answered and opened."""
    examples = examples_of(task)
    if not examples:
        return
    st.markdown(_("No film at hand? Try a real one:"))
    columns = st.columns(len(examples), vertical_alignment="bottom")
    for column, example in zip(columns, examples, strict=True):
        with column:
            st.image(
                example.content,
                alt=_("Example film: {shows}").format(shows=_(example.shows)),
                width="stretch",
            )
            st.button(
                _(example.title),
                key=f"example-{example.file}",
                width="stretch",
                on_click=choose,
                args=(example, images),
            )
    sources = dict.fromkeys(example.source for example in examples)
    st.caption(
        _("Films: {sources}. None of them was trained on.").format(sources="; ".join(sources))
    )


def read_again(keys: Iterable[str], images: Worklist) -> None:
    """Ask about the examples among the films once more."""
    for key in keys:
        if example := _example(images.rows[key]):
            choose(example, images)


def choose(example: ExampleImage, images: Worklist) -> None:
    """Have an example answered, and open it."""
    image = WorklistImage(example.file, example.file, credit=example.credit)
    images.add(predictions.answer(image, example.content, api(), images.options))
    images.open_key = image.key


def _example(row: Row) -> ExampleImage | None:
    if row.image.credit is None:
        return None
    examples = examples_of(api().status()["task"])
    return next((example for example in examples if example.file == row.image.key), None)
