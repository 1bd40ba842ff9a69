"""The README is short, and its commands stay as they are."""

import pytest

from tests.docs.pages import GUIDES, INDEX, README

MAX_WORDS = 900
COMMANDS = (
    "pip install -r requirements_api.txt",
    "uvicorn api.main:app --reload --host 0.0.0.0 --port 8000",
    "pip install -r streamlit_app/requirements.txt",
    "streamlit run streamlit_app/app.py",
    "locust -f locustfile.py --host=http://localhost:8000",
    "make run",
    "make test",
)


class TestTheReadme:
    def test_it_is_short(self) -> None:
        assert len(README.text.split()) <= MAX_WORDS

    @pytest.mark.parametrize("command", COMMANDS)
    def test_its_commands_are_a_line_each(self, command: str) -> None:
        assert command in README.text.splitlines()

    def test_it_shows_a_picture(self) -> None:
        assert any(link.endswith(".png") for link in README.links)

    def test_it_says_that_it_is_no_medical_device_and_what_it_cannot_do(self) -> None:
        assert "not a medical device" in README.text.replace("\n", " ")
        assert "limits" in README.anchors

    def test_it_links_to_the_index_and_that_to_every_page(self) -> None:
        pages = {page.path for page in GUIDES} - {README.path, INDEX.path}
        linked = {(INDEX.path.parent / link.partition("#")[0]).resolve() for link in INDEX.links}

        assert "docs/README.md" in README.links
        assert len(pages) > 30
        assert pages <= linked
