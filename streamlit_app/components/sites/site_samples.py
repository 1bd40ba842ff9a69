"""A ZIP to try a site check with, for whoever has no labelled films at hand."""

import io
import zipfile

import streamlit as st

from client import RoentgenClient, address_of
from errors import api
from language.catalogue import _
from session import task_choice

# A verdict needs so many of each to say anything.
PER_CLASS = 15


def offer() -> None:
    """A button that makes the ZIP when it is pressed, where the task has generated films."""
    task = task_choice.current()
    if task is None or not task["has_phantoms"]:
        return
    client, classes = api(), tuple(task["classes"])
    st.download_button(
        _("A ZIP to try it with"),
        lambda: archive(client, classes),
        file_name="roentgen-generated-films.zip",
        mime="application/zip",
        key="check-sample",
        icon=":material/download:",
        on_click="ignore",
        help=_(
            "Generated films of every class: they show how a check goes, and nothing of what the "
            "model is worth."
        ),
    )


@st.cache_data(max_entries=4, show_spinner=False, hash_funcs={RoentgenClient: address_of})
def archive(client: RoentgenClient, classes: tuple[str, ...]) -> bytes:
    """A folder of generated films for each class. Raises: ApiError, ApiDown."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as written:
        for label in classes:
            for seed in range(PER_CLASS):
                written.writestr(f"{label}/{seed:02}.png", client.phantom(label, seed=seed))
    return content.getvalue()
