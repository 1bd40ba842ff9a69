"""What is known of a server that keeps no films, also while it does not say."""

import json

import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.streamlit_app.fake_api import Answer, FakeApi
from tests.streamlit_app.page_checks import TIMEOUT_S

SHOWN = """
import streamlit as st
from errors import api
from worklist.image_keeping import keeps_no_images
st.markdown(str(keeps_no_images(api())))
"""
KEPT_NOWHERE = {"kept": [{"name": "kept films", "how_long": "never stored"}]}


def shown(page: AppTest) -> str:
    st.cache_data.clear()
    return str(page.run().markdown[0].value)


def test_what_was_said_last_holds_while_the_api_is_silent(api: FakeApi) -> None:
    api.answers["GET", "/privacy"] = Answer(
        200, "application/json", json.dumps(KEPT_NOWHERE).encode()
    )
    page = AppTest.from_string(SHOWN, default_timeout=TIMEOUT_S)
    assert shown(page) == "True"

    api.close()

    assert shown(page) == "True"


def test_one_that_was_never_asked_counts_as_one_that_keeps_them(no_api: None) -> None:
    assert shown(AppTest.from_string(SHOWN, default_timeout=TIMEOUT_S)) == "False"
