"""Each language has every text of the UI; `make texts` adds those that are new to its file."""

import ast
import html.parser
import re
import string
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from components import front_end_words
from language.catalogue import DEFAULT, catalogue
from tests.streamlit_app import extract_texts
from tests.streamlit_app.extract_texts import KEYWORDS, OF_API, UI

LANGUAGES = {language: extract_texts.read(language) for language in extract_texts.languages()}
WORDS = {
    name: set(getattr(front_end_words, name))
    for name in ("VIEWER", "DROP_ZONE", "SENDER", "IMAGE_TABLE")
}
COMPONENTS = UI / "components"
OF_PAGE = {
    "viewer/viewer.html": "VIEWER",
    "worklist/drop_zone.html": "DROP_ZONE",
    "worklist/sender.html": "SENDER",
    "worklist/table/image_table.html": "IMAGE_TABLE",
}
OF_CODE = {name.replace(".html", ".js"): words for name, words in OF_PAGE.items()}


@cache
def required() -> frozenset[tuple[str | None, Any]]:
    """Every text with its context: a sentence of the API may be a text of the UI too."""
    texts = extract_texts.texts_of_the_ui()
    return frozenset((text.context, text.id) for text in texts if text.id)


def forms(text: str | Sequence[str] | None) -> Sequence[str]:
    return (text or "",) if text is None or isinstance(text, str) else text


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
class TestALanguage:
    def test_it_has_every_text_and_no_other(self, language: str) -> None:
        known = {(text.context, text.id) for text in LANGUAGES[language] if text.id}

        assert known - required() == set(), "run `make texts`"
        assert required() - known == set(), "run `make texts`, then translate what is new"

    def test_every_text_is_translated_with_the_same_placeholders(self, language: str) -> None:
        for message in LANGUAGES[language]:
            if not message.id:
                continue
            (first, *_), translated = forms(message.id), forms(message.string)
            for text in translated:
                assert text.strip(), f"{first!r} has no translation"
                assert placeholders(text) == placeholders(first), text
                for edge in (0, -1):
                    assert text[edge].isspace() or not first[edge].isspace(), text

    def test_nothing_is_left_for_somebody_to_check(self, language: str) -> None:
        assert not [message.id for message in LANGUAGES[language] if message.fuzzy]


class TestTheCatalogue:
    def test_french_counts_none_and_one_alike(self) -> None:
        french = catalogue("fr")

        variants = [french.ngettext("{count} film", "{count} films", count) for count in (0, 1, 2)]

        assert variants == ["{count} cliché", "{count} cliché", "{count} clichés"]

    def test_english_is_the_code_itself(self) -> None:
        assert catalogue(DEFAULT).gettext("No finding") == "No finding"


def calls(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield node


class TestTheCode:
    def test_no_text_is_where_the_extractor_does_not_see_it(self) -> None:
        """Inside of an f-string, for one."""
        known = {forms(text)[0] for context, text in required() if context != OF_API}
        marked = [
            (path.name, call.args[0].value)
            for path in UI.rglob("*.py")
            for call in calls(path)
            if isinstance(call.func, ast.Name)
            and call.func.id in KEYWORDS
            and isinstance(call.args[0], ast.Constant)
        ]

        assert len(marked) > 500
        assert [text for text in marked if text[1] not in known] == []

    def test_a_widget_whose_options_are_written_out_has_the_language_in_its_key(self) -> None:
        """The browser holds what it shows of a choice; in another language that is no option."""
        found = 0
        for path in UI.rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            keys = {
                target.id
                for node in ast.walk(tree)
                if isinstance(node, ast.Assign) and is_keyed(node.value)
                for target in node.targets
                if isinstance(target, ast.Name)
            }
            for call in calls(path):
                given = {keyword.arg: keyword.value for keyword in call.keywords}
                # Languages are named in themselves.
                if "format_func" not in given or path == UI / "language/choice.py":
                    continue
                found += 1
                key = given.get("key")
                is_known = isinstance(key, ast.Name) and key.id in keys
                assert is_keyed(key) or is_known, f"{path.name}:{call.lineno}"
        assert found > 20


def is_keyed(node: ast.expr | None) -> bool:
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "keyed"
    )


class TestTheComponents:
    @pytest.mark.parametrize("page", OF_PAGE)
    def test_all_words_of_a_page_are_sent_to_it(self, page: str) -> None:
        words = _Words()
        words.feed((COMPONENTS / page).read_text(encoding="utf-8"))

        shown = {text for text in words.found if re.search("[A-Za-z]{2}|^[A-Z]$", text)}
        assert shown
        assert shown - WORDS[OF_PAGE[page]] == set()

    @pytest.mark.parametrize("code", OF_CODE)
    def test_all_words_of_its_code_are_too(self, code: str) -> None:
        text = (COMPONENTS / code).read_text(encoding="utf-8")

        used = set(re.findall(r'said\((?:[\w.]+, )?"([^"]+)"', text))
        assert used
        assert used - WORDS[OF_CODE[code]] == set()

    def test_what_the_code_says_of_an_image_is_known_too(self) -> None:
        text = (COMPONENTS / "worklist/image_store.mjs").read_text(encoding="utf-8")

        used = set(re.findall(r'error: "([^"]+)"', text))
        assert len(used) == 2
        assert used - WORDS["SENDER"] == set()
        assert "error: `" not in text


class _Words(html.parser.HTMLParser):
    """What a person reads or hears of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if value and name in {"title", "aria-label"}]

    def handle_data(self, data: str) -> None:
        self.found.append(data.strip())
