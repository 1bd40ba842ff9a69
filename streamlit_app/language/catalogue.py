"""The UI's texts in the language of the person: gettext, with one `.po` file a language.

Texts stand in the code in English, which is also what is shown where a language lacks one.
"""

import functools
import gettext
import io
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

FOLDER = Path(__file__).with_name("texts")
DEFAULT = "en"
# The context of the sentences that come from the API (`api_sentences.py`).
OF_API = "API"
# Where a browser session keeps its language.
STATE = "language"


def current() -> str:
    """The language of the browser session that is served; the default one outside of a page."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return DEFAULT
    chosen: str = st.session_state.get(STATE, DEFAULT)
    return chosen


def keyed(name: str) -> str:
    """The key of a widget whose options are shown in the person's language.

    The browser holds what it shows of a choice, not the choice itself: after a change of language
    that would be no option any more. So each language has a widget of its own; the default one's
    key is the name alone.
    """
    return name if current() == DEFAULT else f"{name}-{current()}"


def _(text: str) -> str:
    """A text in the person's language."""
    return catalogue(current()).gettext(text) if text else text


def ngettext(one: str, several: str, count: int) -> str:
    """The form that goes with a count, of which languages have one to six."""
    return catalogue(current()).ngettext(one, several, count)


def N_(text: str) -> str:  # noqa: N802 (as gettext's own documentation calls it)
    """Marks the text of a constant, which is made before anybody's language is known.

    Where it is shown, `_` translates it.
    """
    return text


@functools.cache
def languages() -> dict[str, str]:
    """Each by its code, with its own name for itself: English, and one a file of texts."""
    from babel import Locale

    codes = [DEFAULT, *sorted(path.stem for path in FOLDER.glob("*.po"))]
    return {code: (Locale.parse(code).get_display_name(code) or code).title() for code in codes}


@functools.cache
def catalogue(language: str) -> gettext.NullTranslations:
    """The texts of a language, read once. Raises: FileNotFoundError where there is no such file."""
    if language == DEFAULT:
        return gettext.NullTranslations()
    from babel.messages.mofile import write_mo

    compiled = io.BytesIO()
    write_mo(compiled, _texts(language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@functools.cache
def of_api(language: str) -> dict[str, str]:
    """The API's sentences, with `{…}` for their values, each with its translation."""
    return {
        str(message.id): str(message.string)
        for message in _texts(language)
        if message.context == OF_API and message.string
    }


@functools.cache
def _texts(language: str) -> "Catalog":
    """A language's file. Raises: FileNotFoundError where there is none."""
    from babel.messages.pofile import read_po

    with (FOLDER / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)
