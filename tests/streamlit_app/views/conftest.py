"""The page Review has three answers that wait."""

import pytest

from tests.streamlit_app import answers
from tests.streamlit_app.fake_api import FakeApi
from tests.streamlit_app.waiting_answers import FEEDBACK, OTHERS, WAITING


@pytest.fixture
def reviewing(api: FakeApi) -> FakeApi:
    """Three answers wait, and a word about the first can be given and taken back."""
    api.answer("GET", "/review", WAITING)
    for path in OTHERS:
        api.answer("GET", path, {"intakes": []})
    api.answer("POST", FEEDBACK, answers.feedback(), status=201)
    api.answer("DELETE", FEEDBACK, answers.recorded("taken_back"))
    return api
