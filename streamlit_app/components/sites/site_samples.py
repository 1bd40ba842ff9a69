"""A ZIP to try a site check with, for whoever has no labelled films at hand."""

import io
import zipfile
from collections.abc import Callable, Sequence

import streamlit as st

from client import RoentgenClient, address_of
from errors import api
from example_images import ExampleImage, examples_of
from formatting import images
from language.catalogue import _
from session import task_choice

# Generated films: a verdict needs so many of each class to say anything.
PER_CLASS = 15


def offer(task_name: str) -> None:
    """A button for the task's example films, or else for generated ones, and what a check of them
    will say."""
    if examples := examples_of(task_name):
        _button(real(examples), "roentgen-example-films.zip")
        st.caption(
            _(
                "It holds the real example films ({images}). So few prove nothing: the check will "
                "end with Caution for that reason, and show what a report looks like."
            ).format(images=images(len(examples)))
        )
        return
    task = task_choice.current()
    if task is None or not task["has_phantoms"]:
        return
    client, classes = api(), tuple(task["classes"])
    _button(lambda: generated(client, classes), "roentgen-generated-films.zip")
    st.caption(
        _(
            "It holds generated films of every class. The model learned from none, so the verdict "
            "may well be No-go: it shows how a check goes, and nothing of what the model is worth."
        )
    )


def _button(content: bytes | Callable[[], bytes], name: str) -> None:
    """The ZIP is made when the button is pressed, where making it takes a while."""
    st.download_button(
        _("A ZIP to try it with"),
        content,
        file_name=name,
        mime="application/zip",
        key="check-sample",
        icon=":material/download:",
        on_click="ignore",
    )


def real(examples: Sequence[ExampleImage]) -> bytes:
    """A folder of example films for each label."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as written:
        for example in examples:
            written.writestr(f"{example.label}/{example.file}", example.content)
    return content.getvalue()


@st.cache_data(max_entries=4, show_spinner=False, hash_funcs={RoentgenClient: address_of})
def generated(client: RoentgenClient, classes: tuple[str, ...]) -> bytes:
    """A folder of generated films for each class. Raises: ApiError, ApiDown."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as written:
        for label in classes:
            for seed in range(PER_CLASS):
                written.writestr(f"{label}/{seed:02}.png", client.phantom(label, seed=seed))
    return content.getvalue()
