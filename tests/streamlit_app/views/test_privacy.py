"""The page What is kept as a person sees it, against the fake API."""

import pytest

from tests.streamlit_app import answers
from tests.streamlit_app.fake_api import FakeApi
from tests.streamlit_app.page_checks import open_page, tables, texts


class TestWhatIsKept:
    @pytest.mark.usefixtures("api")
    def test_each_thing_has_a_row_with_how_long_it_stays(self) -> None:
        page = open_page("privacy")
        frame, for_administrators = [found.value for found in page.dataframe]

        assert not page.exception
        kept = {one["name"]: one["how_long"] for one in answers.recorded("privacy")["kept"]}
        assert dict(zip(frame["what"], frame["how long"], strict=True)) == kept
        assert kept["file names"] == "30 days"
        assert "`" not in tables(page)
        assert "python -m api erase" not in frame.to_csv()
        assert "python -m api erase" in for_administrators.to_csv()

    @pytest.mark.usefixtures("api")
    def test_what_is_never_kept_is_said(self) -> None:
        shown = texts(open_page("privacy"))

        assert all(line in shown for line in answers.recorded("privacy")["never_kept"])

    def test_a_server_that_refuses_is_quoted(self, api: FakeApi) -> None:
        api.refuse("GET", "/privacy", "You may not read this.", status=403)

        assert "You may not read this." in texts(open_page("privacy"))
