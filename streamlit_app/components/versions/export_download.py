"""A version for other tools, as a ZIP file that the server makes when somebody asks for it."""

import streamlit as st

from client import ApiError
from components.state.refreshed import refreshed
from errors import api, guarded, refusal
from formatting import RIGHT_WORDS
from language.catalogue import N_, _, keyed
from session import sign_in

FORMATS = {
    "mlflow": N_("MLflow model"),
    "onnx": "ONNX",
    "saved-model": "TensorFlow SavedModel",
    "tflite": "LiteRT (TFLite)",
}
# Which one was asked for, and why it was not made, until the page is drawn again.
REQUESTED, REFUSED = "export-requested", "export-refused"
# To make one takes as much of the server as a retraining does.
RIGHT = "train"
LOOK_EVERY_S = 3.0


def show(version: str) -> None:
    """A format to choose, and a button; then how it goes, and the file."""
    if not sign_in.allowed(RIGHT):
        st.caption(
            _("An export for other tools is made by whoever has the right '{right}'.").format(
                right=_(RIGHT_WORDS[RIGHT])
            )
        )
        return
    form: str = st.selectbox(
        _("Format for other tools"),
        list(FORMATS),
        format_func=lambda name: _(FORMATS[name]),
        key=keyed("export-format"),
        help=_(
            "With its card, a manifest, golden inputs and their answers. An MLflow model also "
            "carries what reads files and decides."
        ),
    )
    if st.button(_("Prepare the export"), key="prepare-export"):
        st.session_state[REQUESTED] = version, form
        st.session_state.pop(REFUSED, None)
    if refused := st.session_state.pop(REFUSED, None):
        refusal(refused)
    elif st.session_state.get(REQUESTED) == (version, form):
        _shown(version, form)


def _shown(version: str, form: str) -> None:
    try:
        is_ready = api().export_is_ready(version, form)
    except ApiError as exc:
        st.session_state.pop(REQUESTED, None)
        refusal(exc)
        return
    if is_ready:
        st.fragment(_ready)(version, form)
    else:
        refreshed(_waiting, every_s=LOOK_EVERY_S, key="export")(version, form)


@guarded
def _waiting(version: str, form: str) -> None:
    """Asks whether it is ready; a refusal ends that, since every question begins it anew."""
    try:
        is_ready = api().export_is_ready(version, form)
    except ApiError as exc:
        st.session_state.pop(REQUESTED, None)
        st.session_state[REFUSED] = exc
        st.rerun()
    if is_ready:
        st.rerun()
    st.caption(
        _("The {form} of {version} is being made; this may take a minute.").format(
            form=_(FORMATS[form]), version=version
        )
    )


@guarded
def _ready(version: str, form: str) -> None:
    client = api()
    st.download_button(
        _("Download {version} as {form} (ZIP)").format(version=version, form=_(FORMATS[form])),
        lambda: client.export(version, form),
        file_name=f"{version}-{form}.zip",
        mime="application/zip",
        key="download-export",
        on_click="ignore",
    )
