"""A fake API for each test, and its address where the pages look for it."""

import gc
from collections import defaultdict
from collections.abc import Iterator
from functools import cache

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner

from api_calls import connection
from api_calls.liveness import Liveness
from tests.streamlit_app.fake_api import FakeApi


@pytest.fixture(scope="session", autouse=True)
def _installed_packages_are_read_once() -> Iterator[None]:
    """Streamlit reads the metadata of all of them for each page that is opened, for components."""
    with pytest.MonkeyPatch.context() as patch:
        scan = manifest_scanner.scan_component_manifests
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(scan))
        yield


@pytest.fixture(scope="module", autouse=True)
def _what_is_there_is_no_garbage() -> None:
    """Streamlit collects garbage after each run of a page, which takes up to a second where a
    process has imported and made a lot before; what is frozen it passes over."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeApi]:
    fake = FakeApi().start()
    monkeypatch.setenv("ROENTGEN_API_URL", fake.url)
    # The next fake may get the port of the last one.
    st.cache_data.clear()
    monkeypatch.setattr(connection, "_liveness", defaultdict(Liveness))
    yield fake
    fake.close()


@pytest.fixture
def no_api(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROENTGEN_API_URL", "http://127.0.0.1:9")
