"""Every page in French: nothing of the catalogue is left in English, and nothing fails."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from streamlit.runtime.state.common import TESTING_KEY
from streamlit.testing.v1 import AppTest

from components.viewer import image_viewer
from language.catalogue import STATE, catalogue
from tests.streamlit_app import answers
from tests.streamlit_app.extract_texts import read
from tests.streamlit_app.fake_api import FakeApi, png
from tests.streamlit_app.page_checks import TIMEOUT_S, send_images, shown_by

APP = Path(__file__).parents[3] / "streamlit_app/app.py"
FRENCH = catalogue("fr")
PAGES = (
    "diagnose", "answers", "intake", "site_check", "model_card", "review", "images", "train",
    "insights", "monitor", "privacy", "people", "versions",
)  # fmt: skip
# A source of the recorded card.
NAMES = frozenset({"films"})
# What is shown as such, in these fields of Streamlit's messages; elsewhere a word may be a name.
SHOWN = frozenset({"label", "body", "help", "placeholder", "title", "name", "text", "caption"})


@pytest.fixture
def all_answers(api: FakeApi) -> FakeApi:
    api.answer("GET", "/predictions", {"predictions": [answers.prediction()], "next_before": None})
    api.answer("GET", "/users", {"users": []})
    api.answer("GET", "/keys", {"keys": []})
    api.answer("GET", "/audit", {"entries": [], "next_before": None, "head_number": 0})
    return api


def french_page(name: str, **state: Any) -> AppTest:
    page = AppTest.from_string(
        f"from views import {name}\n{name}.show()", default_timeout=TIMEOUT_S
    )
    page.session_state[STATE] = "fr"
    for key, value in state.items():
        page.session_state[key] = value
    return page.run()


def english_on(page: AppTest) -> set[str]:
    """Texts of the catalogue that the page shows as the code has them."""
    return {text for text in _lines(page) if _is_english(text)}


def _lines(page: AppTest) -> Iterator[str]:
    for element in page.main:
        yield from _texts(getattr(element, "proto", None))
    for frame in page.dataframe:
        yield from map(str, frame.value.columns)


def _texts(message: Any) -> Iterator[str]:
    """Texts that people see, line by line; those of a chart too."""
    if not hasattr(message, "ListFields"):
        return
    for field, value in message.ListFields():
        many = value if field.is_repeated else [value]
        for one in many:
            if hasattr(one, "ListFields"):
                yield from _texts(one)
            elif isinstance(one, str) and field.name == "spec":
                yield from _titles(json.loads(one))
            elif isinstance(one, str) and field.name in {*SHOWN, "options"}:
                yield from (line.removeprefix("- ").strip() for line in one.splitlines())


def _titles(spec: Any) -> Iterator[str]:
    if isinstance(spec, list):
        for part in spec:
            yield from _titles(part)
    elif isinstance(spec, dict):
        for name, part in spec.items():
            if name == "title" and isinstance(part, str):
                yield part
            yield from _titles(part)


@cache
def _english() -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    """The lines of all texts that French has otherwise: those with words alone, and patterns of
    those with placeholders."""
    whole, patterns = set(), []
    for message in read("fr"):
        if message.context:
            # Of the API, whose words are names elsewhere.
            continue
        for text in (message.id,) if isinstance(message.id, str) else message.id:
            if FRENCH.gettext(text) == text:
                continue
            for line in text.splitlines():
                parts = re.split(r"\{\w+\}", line.removeprefix("- ").strip())
                if len(parts) == 1:
                    whole.add(parts[0])
                # Less than a word for each placeholder is also what the API may have written.
                elif len(re.findall("[A-Za-z]{3,}", "".join(parts))) >= len(parts):
                    patterns.append(re.compile(".+".join(map(re.escape, parts))))
    # "part" is an element in English, and a share in French.
    french = {message.string for message in read("fr") if isinstance(message.string, str)}
    return frozenset(whole - french - NAMES), tuple(patterns)


def _is_english(text: str) -> bool:
    whole, patterns = _english()
    return text in whole or any(pattern.fullmatch(text) for pattern in patterns)


@pytest.mark.usefixtures("all_answers")
class TestEveryPage:
    @pytest.mark.parametrize("name", PAGES)
    def test_no_text_of_the_catalogue_is_left_in_english(self, name: str) -> None:
        page = french_page(name)

        assert not page.exception
        assert english_on(page) == set()

    def test_an_answer_is_in_french_too(self) -> None:
        page = send_images(french_page("diagnose"), ("film.png", png(), "image/png"))

        assert not page.exception
        assert page.subheader[0].value == "Le modèle voit une anomalie sur ce cliché."
        assert english_on(page) == set()
        words = shown_by(page, image_viewer.NAME)["words"]
        assert words["Heat map"] == "Carte de chaleur"

    def test_a_checked_site_is_in_french_too(self) -> None:
        page = french_page("site_check", site_report=answers.site_report())

        assert not page.exception
        assert "Ici et dans la fiche" in [text.value for text in page.subheader]
        assert english_on(page) == set()

    def test_what_a_promotion_overrides_is_in_french_too(self, all_answers: FakeApi) -> None:
        kept = {**answers.recorded("kept_job"), "version": "v1"}
        all_answers.answer("GET", "/retrain", {"jobs": [kept]})

        page = french_page("versions")

        failed = [check for check in kept["verdict"]["checks"] if not check["passed"]]
        (warning,) = [text.value for text in page.warning]
        assert failed
        assert not [check["detail"] for check in failed if check["detail"] in warning]

    def test_english_is_found_where_it_is(self) -> None:
        page = AppTest.from_string(
            "from views import privacy\nprivacy.show()", default_timeout=TIMEOUT_S
        )

        assert {"What is kept", "Never kept", "how long"} <= english_on(page.run())


def in_the_browser(page: AppTest) -> AppTest:
    """A French page whose choices are sent as they are shown.

    A test formats them outside of a page, where the language is English.
    """
    written = page.session_state[TESTING_KEY]
    for identifier, english in dict(written).items():
        written[identifier] = lambda value, english=english: FRENCH.gettext(english(value))
    return page


def switched(page: AppTest, language: str) -> AppTest:
    """The same page in another language; what the browser holds of a widget it goes on sending."""
    held = in_the_browser(page)._tree.get_widget_states()
    page.session_state[STATE] = language
    return page._run(held)._run(held)


class TestAChangeOfLanguage:
    """What the browser shows of a choice is no choice in another language."""

    def test_a_promotion_is_still_for_everybody(self, api: FakeApi) -> None:
        api.answer("GET", "/models", answers.site_versions())
        api.answer("POST", "/models/v1/promote", answers.recorded("promote"))

        page = switched(french_page("versions"), "en")
        page.text_input(key="promote-reason").set_value("Better.")
        page.button(key="promote").click().run()

        (call,) = api.calls("POST", "/models/v1/promote")
        assert "source" not in call.path

    def test_filters_send_no_translated_words(self, api: FakeApi) -> None:
        page = in_the_browser(french_page("answers"))
        page.selectbox(key="answers-decision-fr").select("refer").run()
        assert "decision=refer" in api.calls("GET", "/predictions")[-1].path

        page = switched(page, "en")

        assert not page.exception
        # The choice is kept, in the other language's words.
        assert page.selectbox(key="answers-decision").value == "refer"
        assert "decision=refer" in api.calls("GET", "/predictions")[-1].path
        images = in_the_browser(french_page("images"))
        images.selectbox(key="films-origin-fr").select("folder").run()
        assert "origin=folder" in api.calls("GET", "/samples")[-1].path
        switched(images, "en")
        assert "origin=folder" in api.calls("GET", "/samples")[-1].path
        review = french_page("review")
        switched(review, "en")
        assert "chaque" not in api.calls("GET", "/review")[-1].path
        assert "source=" not in api.calls("GET", "/review")[-1].path

    def test_an_alert_can_be_silenced_then(self, api: FakeApi) -> None:
        api.answer("GET", "/alerts", answers.alerts(answers.alert()))
        api.answer("POST", "/alerts/stream_shift/silence", answers.silence())

        page = french_page("monitor")
        held = {each.id: each for each in in_the_browser(page)._tree.get_widget_states().widgets}
        page = switched(page, "en")
        page.text_input(key="why-stream_shift-pneumonia").set_value("new scanner")
        page.button(key="silence-stream_shift-pneumonia").click()
        sent = page._tree.get_widget_states()
        for widget in sent.widgets:
            if widget.id in held and "quiet-" in widget.id:
                widget.CopyFrom(held[widget.id])
        page._run(sent)

        assert not page.exception
        assert len(api.calls("POST", "/alerts/stream_shift/silence")) == 1


class TestAFile:
    def test_it_is_the_same_in_every_language(self, all_answers: FakeApi) -> None:
        english = AppTest.from_string(
            "from views import answers\nanswers.show()", default_timeout=TIMEOUT_S
        ).run()

        # The address of a file is a hash of what it holds.
        (here,), (there,) = (
            page.get("download_button") for page in (english, french_page("answers"))
        )
        assert here.proto.url.rpartition("/")[2] == there.proto.url.rpartition("/")[2]


class TestTheChoice:
    @pytest.mark.usefixtures("api")
    def test_it_follows_the_url_and_the_sidebar(self) -> None:
        page = AppTest.from_file(APP, default_timeout=TIMEOUT_S)
        page.query_params["lang"] = "fr"

        page.run()

        assert not page.exception
        assert [text.value for text in page.subheader] == [
            "Lire un cliché", "Lui apprendre", "S'y fier",
        ]  # fmt: skip
        page.sidebar.selectbox(key="language-choice").select("en").run()
        assert page.query_params["lang"] in ("en", ["en"])
        assert page.subheader[0].value == "Read a film"

    @pytest.mark.usefixtures("api")
    def test_english_is_what_there_is_without_one(self) -> None:
        page = AppTest.from_file(APP, default_timeout=TIMEOUT_S).run()

        assert page.subheader[0].value == "Read a film"
        assert "lang" not in page.query_params
