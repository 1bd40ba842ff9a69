"""Readers meet no request, status or setting: those stand folded, for administrators."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from session import stored_worklist
from tests.streamlit_app import answers
from tests.streamlit_app.fake_api import FakeApi, png
from tests.streamlit_app.page_checks import (
    TIMEOUT_S,
    checked_to_its_end,
    open_page,
    send_archive,
    send_images,
)

PAGES = (
    "diagnose", "answers", "intake", "site_check", "model_card", "review", "images", "train",
    "insights", "monitor", "privacy", "people",
)  # fmt: skip
FOLDED = "For administrators"
TECHNICAL = re.compile(
    r"\b(?:GET|POST|PUT|PATCH|DELETE)\b|\bHTTP\b|https?://(?:127\.|localhost)|\bROENTGEN_"
    r"|\b[45]xx\b|\buvicorn\b|\bmaxUpload"
)
# What a chart names to its own library, and nobody sees.
SCHEMA = re.compile(r'"\$schema": ?"[^"]*"')


def shown(block: Any) -> Iterator[str]:
    """All that a page shows, but for what is folded."""
    if getattr(block, "label", "") == FOLDED and getattr(block, "type", "") == "expander":
        return
    for child in getattr(block, "children", {}).values():
        yield from shown(child)
    if hasattr(block, "children"):
        yield str(getattr(block, "label", ""))
        return
    if block.type in {"dataframe", "table"}:
        yield block.value.to_csv()
        return
    if block.type == "vega_lite_chart":
        spec = json.loads(block.proto.spec)
        yield SCHEMA.sub("", json.dumps(spec))
        return
    for name in ("label", "value", "help", "placeholder", "options"):
        yield str(getattr(block, name, ""))
    yield str(getattr(block.proto, "title", ""))


def technical(page: AppTest) -> set[str]:
    """Technical words that a page shows to everybody, each with what is around it."""
    assert not page.exception
    text = "\n".join(shown(page.main))
    return {
        text[max(0, found.start() - 60) : found.end() + 40].strip()
        for found in TECHNICAL.finditer(text)
    }


class TestEveryPage:
    @pytest.mark.parametrize("name", PAGES)
    @pytest.mark.usefixtures("api")
    def test_none_shows_a_technical_word(self, name: str) -> None:
        assert technical(open_page(name)) == set()

    @pytest.mark.parametrize("name", PAGES)
    @pytest.mark.usefixtures("no_api")
    def test_none_does_where_the_api_is_away(self, name: str) -> None:
        assert technical(open_page(name)) == set()

    def test_an_answer_has_none_with_its_files_for_others(self, api: FakeApi) -> None:
        page = send_images(open_page("diagnose"), ("a.png", png(), "image/png"))

        assert stored_worklist.STATE in page.session_state
        assert technical(page) == set()
        api.answer("GET", "/predictions/p1", answers.prediction())
        assert technical(open_page("answers", prediction="p1")) == set()

    def test_alerts_and_errors_have_none(self, api: FakeApi) -> None:
        api.answer("GET", "/alerts", answers.alerts(answers.alert()))

        page = open_page("monitor")

        assert "error_rate" not in "\n".join(shown(page.main))
        assert technical(page) == set()

    @pytest.mark.usefixtures("api")
    def test_a_checked_site_has_none(self) -> None:
        assert technical(checked_to_its_end(send_archive(open_page("site_check")))) == set()

    def test_one_is_found_where_it_is(self) -> None:
        script = (
            "import streamlit as st\n"
            "st.caption('Ask `GET /status`.')\n"
            "with st.expander('For administrators'):\n    st.markdown('`POST /predict`')\n"
            "with st.expander('More'):\n    st.markdown('Set `ROENTGEN_X`.')\n"
            "st.dataframe([{'status': 'HTTP 404'}])\n"
        )

        found = technical(AppTest.from_string(script, default_timeout=TIMEOUT_S).run())

        assert len(found) == 3
