"""A version for other tools, as a ZIP file that the server makes when somebody asks for it."""

import streamlit as st

from client import ApiError
from errors import api, guarded, refusal
from language.catalogue import N_, _

FORMATS = {
    "mlflow": N_("MLflow model"),
    "onnx": "ONNX",
    "saved-model": "TensorFlow SavedModel",
    "tflite": "LiteRT (TFLite)",
}
WANTED = "export-wanted"
LOOK_EVERY_S = 3.0


def show(version: str) -> None:
    """A format to choose, and a button; then how it goes, and the file."""
    form: str = st.selectbox(
        _("Format for other tools"),
        list(FORMATS),
        format_func=lambda name: _(FORMATS[name]),
        key="export-format",
        help=_(
            "With its card, a manifest, golden inputs and their answers. An MLflow model also "
            "carries what reads files and decides."
        ),
    )
    if st.button(_("Prepare the export"), key="prepare-export"):
        st.session_state[WANTED] = version, form
    if st.session_state.get(WANTED) == (version, form):
        is_ready = _is_ready(version, form)
        if is_ready is None:
            return
        st.fragment(_ready if is_ready else _waiting, run_every=None if is_ready else LOOK_EVERY_S)(
            version, form
        )


def _is_ready(version: str, form: str) -> bool | None:
    """None where it was refused, which is said."""
    try:
        return api().export_is_ready(version, form)
    except ApiError as exc:
        st.session_state.pop(WANTED, None)
        refusal(exc)
        return None


@guarded
def _waiting(version: str, form: str) -> None:
    if _is_ready(version, form):
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
