"""A fake API for each test, and its address where the pages look for it."""

from collections.abc import Iterator

import pytest
import streamlit as st

from tests.streamlit_app.fake_api import FakeApi


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeApi]:
    fake = FakeApi().start()
    monkeypatch.setenv("ROENTGEN_API_URL", fake.url)
    st.cache_data.clear()  # the next fake may get the port of the last one
    yield fake
    fake.close()


@pytest.fixture
def no_api(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROENTGEN_API_URL", "http://127.0.0.1:9")
