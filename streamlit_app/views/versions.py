"""Every version of the model: which came from which, and by whose hand which one serves."""

import streamlit as st

from components.versions import version_controls
from errors import api, guarded
from language.catalogue import _


@guarded
def show() -> None:
    st.title(_("Versions"))
    version_controls.show(api().models(), api().jobs())
