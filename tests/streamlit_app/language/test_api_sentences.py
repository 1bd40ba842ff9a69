"""What the API says reaches whoever reads another language in that language."""

import ast
import json
import re
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from api.decision import reasons
from api.inputs.images.quality import QualityBounds, quality_issues
from api.model_card.decision_rules import Band
from api.tasks.task_files import wording_of
from language import api_sentences
from language.catalogue import STATE, of_api
from tests.streamlit_app import answers
from tests.streamlit_app import api_sentences as source
from tests.streamlit_app.extract_texts import languages
from tests.streamlit_app.fake_api import FakeApi
from tests.streamlit_app.page_checks import TIMEOUT_S

RECORDED = Path(__file__).parents[1] / "recorded"
# Where answers of the API have the sentences that the UI shows.
FIELDS = frozenset({
    "blanked", "cause", "detail", "how_long", "never_kept", "no_profile", "note", "objection",
    "paused", "problem", "reason", "reasons", "says", "selection", "trade", "what", "where", "why",
})  # fmt: skip
# Guidelines are quoted as they are; whoever promotes a version types the reason.
QUOTED = re.compile(r"intake|promote|rollback|models|audit")
ENGLISH = re.compile(r"\b(the|of|and|is|are|was|were|with|that|this|for|films?|by)\b")
BAND = Band(max_error=0.02, low=0.2, high=0.9)


def in_french(sentence: str) -> str:
    return api_sentences.translated_into(sentence, "fr")


def filled(text: str, value: str) -> str:
    return text.format(**{name: value for _, name, _, _ in string.Formatter().parse(text) if name})


def sentences_of(answer: Any, field: str = "") -> Iterator[str]:
    if isinstance(answer, dict):
        for name, value in answer.items():
            yield from sentences_of(value, name)
    elif isinstance(answer, list):
        for value in answer:
            yield from sentences_of(value, field)
    elif isinstance(answer, str) and " " in answer and field in FIELDS:
        yield answer


class TestEverySentenceOfTheApi:
    """`test_texts.py` fails where one has no translation."""

    @pytest.mark.parametrize("language", languages())
    def test_it_is_recognised_with_values_in_it(self, language: str) -> None:
        texts = of_api(language)
        # One of few words stands within others only.
        alone = [text for text in texts if "{" not in text or _letters(text) >= 6]

        in_language = {
            text: api_sentences.translated_into(filled(text, "12"), language) for text in alone
        }

        assert len(in_language) > 800
        assert [
            (text, found)
            for text, found in in_language.items()
            if found.split() != filled(texts[text], "12").split()
        ] == []

    def test_those_of_recorded_answers_leave_no_english(self) -> None:
        files = [path for path in sorted(RECORDED.glob("*.json")) if not QUOTED.search(path.stem)]
        sentences = {text for path in files for text in sentences_of(json.loads(path.read_text()))}

        assert len(sentences) > 80
        assert [text for text in sorted(sentences) if ENGLISH.search(in_french(text))] == []

    def test_each_condition_of_a_gate_is_named_in_a_module_that_is_read(self) -> None:
        read = {path for name in source.SPEAKING for path in _modules(source.API / name)}
        rooms = (source.API / room for room in ("evaluation", "training"))
        files = (path for room in rooms for path in room.rglob("*.py"))
        judging = {path for path in files if "Check" in _called(path)}

        assert len(judging) > 6
        assert judging - read == set()


class TestAReason:
    """Made by the code that decides, in each of its forms."""

    def test_a_score_is_told_with_the_languages_marks(self) -> None:
        in_language = in_french(
            reasons.threshold(0.9776, 0.689, positive=True, operating_point="balanced")
        )

        assert in_language == (
            "La probabilité d'une anomalie est de 97,8\N{NO-BREAK SPACE}%, égale ou supérieure au "
            "seuil de 68,9\N{NO-BREAK SPACE}% (point de fonctionnement balanced)."
        )

    def test_none_has_a_word_of_english(self) -> None:
        wording = wording_of("pneumonia")
        made = [
            reasons.uncertain(0.5, 0.0004, 0.9, BAND),
            reasons.out_of_distribution(2.5, 1.4, wording),
            reasons.out_of_distribution(2.5, 0.6, wording),
            reasons.unfamiliar_site(1.4, BAND, wording),
            reasons.unfamiliar_site(1.4, None, wording),
            reasons.which_kind(("COVID-19", "Pneumonia-Viral"), unfamiliar=True),
            reasons.which_kind(("COVID-19", "Pneumonia-Viral"), unfamiliar=False),
            reasons.threshold(0.1, 0.5, positive=False, operating_point="screening"),
        ]

        assert [
            in_language for in_language in map(in_french, made) if ENGLISH.search(in_language)
        ] == []
        assert "moins de 0,1\N{NO-BREAK SPACE}%" in in_french(made[0])
        assert "COVID-19 ou Pneumonia-Viral" in in_french(made[5])

    def test_nor_has_what_is_wrong_with_a_picture(self) -> None:
        bounds = QualityBounds(min_side_px=128, max_aspect=2.2, min_grey_range=60, max_clipped=0.7)
        issues = quality_issues(np.zeros((100, 300), dtype=np.uint8), bounds)

        assert len(issues) == 4
        assert [
            in_language for in_language in map(in_french, issues) if ENGLISH.search(in_language)
        ] == []


class TestWhatIsNotKnown:
    @pytest.mark.parametrize(
        "text",
        [
            "If nobody can be reached, go to an emergency department. Do not drive yourself.",
            "Pneumonia.",
            "",
        ],
    )
    def test_it_stays_as_it_is(self, text: str) -> None:
        assert in_french(text) == text

    def test_what_stands_beside_it_is_told(self) -> None:
        in_language = in_french("A newer API says this. Cancelled by request. And that as well.")

        assert in_language == "A newer API says this. Annulé sur demande. And that as well."

    def test_a_quoted_name_is_not_translated(self) -> None:
        in_language = in_french(
            "No checkpoint named 'films' for task 'row'; GET /models lists them."
        )

        assert "«\N{NO-BREAK SPACE}films\N{NO-BREAK SPACE}»" in in_language

    def test_english_is_what_the_api_said(self) -> None:
        assert api_sentences.translated("Cancelled by request.") == "Cancelled by request."


class TestAPage:
    def test_a_refusal_is_french_and_keeps_what_is_for_administrators(self, api: FakeApi) -> None:
        api.answer("GET", "/predictions", answers.recorded("too_few_samples"), status=422)

        page = AppTest.from_string(
            "from views import answers\nanswers.show()", default_timeout=TIMEOUT_S
        )
        page.session_state[STATE] = "fr"
        page.run()

        (error,) = page.error
        assert "Un réentraînement demande au moins 12 images" in error.value
        assert "POST" not in error.value
        assert any("POST /upload-data" in text.value for text in page.markdown)


def _letters(text: str) -> int:
    return len(re.findall("[A-Za-z]", re.sub(r"\{\w+\}", "", text)))


def _modules(path: Path) -> list[Path]:
    return [path] if path.is_file() else list(path.rglob("*.py"))


def _called(path: Path) -> set[str]:
    calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    return {call.func.id for call in calls if isinstance(call.func, ast.Name)}
