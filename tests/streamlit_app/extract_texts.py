"""Writes the texts of the UI that a language lacks into its file, and takes out what is gone.

    python -m tests.streamlit_app.extract_texts

What the API says to people is among them, with the context `API` (`api_sentences.py`). Texts that
are new have no translation then; `test_texts.py` fails until each has one.
"""

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from tests.streamlit_app import api_sentences

UI = Path(__file__).parents[2] / "streamlit_app"
FOLDER = UI / "language/texts"
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2)}
WIDTH = 100
# Of the sentences that the UI only passes on.
OF_API = "API"


def texts_of_the_ui() -> Catalog:
    """All that the code marks with `_`, `N_` or `ngettext`, and what the API says."""
    found = Catalog(fuzzy=False)
    files = extract_from_dir(UI, method_map=[("**.py", "python")], keywords=KEYWORDS)
    for _, _, message, _, _ in files:
        found.add(message)
    for sentence in api_sentences.sentences():
        found.add(sentence, context=OF_API)
    return found


def read(language: str) -> Catalog:
    """The texts of a language, as its file has them."""
    with (FOLDER / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def languages() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.po"))


def update(language: str) -> None:
    """Its file in the order of the texts; no dates, so that a run that changes nothing shows."""
    known, required = read(language), texts_of_the_ui()
    kept = Catalog(locale=language, fuzzy=False)
    for message in required:
        if message.id:
            before = known.get(message.id, message.context)
            kept.add(message.id, before.string if before else "", context=message.context)
    with (FOLDER / f"{language}.po").open("wb") as file:
        file.write(f'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n'.encode())
        file.write(b'"Content-Type: text/plain; charset=utf-8\\n"\n')
        file.write(f'"Plural-Forms: {kept.plural_forms}\\n"\n\n'.encode())
        write_po(file, kept, width=WIDTH, omit_header=True, sort_output=True)


if __name__ == "__main__":
    for each in languages():
        update(each)
