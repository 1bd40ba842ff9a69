"""What the API says, in the language of whoever reads it.

The API speaks English, and what it said is kept: in answers, cards and reports. The file of texts
has its sentences with the context `API` and `{…}` for their values; here a sentence is recognised
by its words, and its values go into the other language's one. What is not known, as a sentence of
a newer API, stays as it is.
"""

import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from language.catalogue import DEFAULT, current, of_api
from language.numbers import written_in

_PLACE = re.compile(r"\{(\w+)\}")
_NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[-+]?\d+)?%?")
_PERCENT = re.compile(r"(?<=\d)%")
_LETTER = re.compile(r"[A-Za-z]")
# What another language writes otherwise.
_ENGLISH = re.compile(r"[A-Za-z]|\d[.,]\d")
_END = re.compile(r"(?<=[.!?]) (?=[A-Z0-9'`{])")
# Where one part of a sentence may end and the next begin.
_SEAM = re.compile(r"(?<=\w|[)%'])(?=[;,:.](?: |$))|(?<=[;,:]) ")
# What values are joined by; the file of texts has the words among them.
_JOINTS = ("; ", ", ", " and ", " or ")
# With fewer letters of its own, a sentence is like too much; it is one within others only.
_DISTINCTIVE_LETTERS = 6
# A name has at most so many words; what has more, and is not known, is a sentence.
_NAME_WORDS = 4
# The longest thing that is said at once has fewer.
_SENTENCES = 5
_KEPT = 4096


@dataclass(frozen=True, slots=True)
class _Translation:
    """A translation, and how many letters of it are still the API's own."""

    text: str
    left: int

    def __add__(self, other: "_Translation") -> "_Translation":
        return _Translation(self.text + other.text, self.left + other.left)


@dataclass(frozen=True, slots=True)
class _Sentence:
    """One of the API.

    Attributes:
        words: the longest of its own, which a text must have.
        quoted: values in quotes, which are names.
        open: values that may be sentences themselves, as they stand where one begins or ends.
        is_distinctive: whether it can be recognised without anything around it.
    """

    words: str
    pattern: re.Pattern[str]
    translation: str
    quoted: frozenset[str]
    open: frozenset[str]
    is_distinctive: bool


def translated(sentence: str) -> str:
    """A sentence or several of the API in the person's language."""
    return translated_into(sentence, current())


def translated_into(sentence: str, language: str) -> str:
    """The same in a language by its code."""
    if language == DEFAULT or not sentence:
        # One form of percentages: the API's '88.7%' stands beside the pages' own '88.7 %'.
        return _PERCENT.sub(" %", sentence)
    found = _translation(sentence, language)
    if found.left and len(sentence.split()) <= _NAME_WORDS:
        # "30 days" is more than a part of a sentence where it stands alone.
        found = _value(sentence, language)
    return found.text


@functools.lru_cache(_KEPT)
def _translation(text: str, language: str) -> _Translation:
    """One sentence or several; one that is not known stays as it is."""
    ends = [end.start() for end in _END.finditer(text)][:_SENTENCES]
    found = [_sentence(text, language)] if len(ends) < _SENTENCES else []
    if all(each is None or each.left for each in found):
        found += [_from(text, end, language) for end in ends]
    return _best(found) or _as_it_is(text)


def _from(text: str, end: int, language: str) -> _Translation:
    first, rest = text[:end], text[end + 1 :]
    begun = _sentence(first, language) or _as_it_is(first)
    return begun + _Translation(" ", 0) + _translation(rest, language)


def _as_it_is(text: str) -> _Translation:
    return _Translation(text, len(_ENGLISH.findall(text)))


@functools.lru_cache(_KEPT)
def _sentence(text: str, language: str) -> _Translation | None:
    """A text as one sentence, or as several parts of one; None where it is like none."""
    if (whole := _whole(text, language)) is not None and not whole.left:
        return whole
    joined = (_joined(text, seam.start(), language) for seam in _SEAM.finditer(text))
    return _best((whole, *joined))


def _joined(text: str, seam: int, language: str) -> _Translation | None:
    head, tail = _whole(text[:seam], language), text[seam:]
    if head is None:
        return None
    rest = _sentence(tail, language)
    if tail.startswith(" ") and (bare := _sentence(tail[1:], language)):
        rest = _best((rest, _Translation(" ", 0) + bare))
    return head + (rest or _as_it_is(tail))


def _best(found: Iterable[_Translation | None]) -> _Translation | None:
    return min((each for each in found if each), key=lambda each: each.left, default=None)


@functools.lru_cache(_KEPT)
def _whole(text: str, language: str, *, is_value: bool = False) -> _Translation | None:
    """All of a text as one sentence."""
    if not text.strip(" .;,:"):
        return _Translation("".join(of_api(language).get(mark, mark) for mark in text), 0)
    return _best(
        _filled(sentence, text, language)
        for sentence in _sentences(language)
        if (is_value or sentence.is_distinctive) and sentence.words in text
    )


def _filled(sentence: _Sentence, text: str, language: str) -> _Translation | None:
    """A sentence's translation with the values of a text; None where it is not that sentence."""
    if (found := sentence.pattern.fullmatch(text)) is None:
        return None
    values, left = dict[str, str](), 0
    for name, value in found.groupdict().items():
        if not sentence.is_distinctive and len(value.split()) > _NAME_WORDS:
            return None
        if name not in sentence.open and _END.search(value):
            return None
        part = _Translation(value, 0) if name in sentence.quoted else _value(value, language)
        values[name], left = part.text, left + part.left
    return _Translation(sentence.translation.format(**values), left)


@functools.lru_cache(_KEPT)
def _value(value: str, language: str) -> _Translation:
    """A number with the language's marks, words that are known, or a list of both."""
    if _NUMBER.fullmatch(value):
        return _Translation(written_in(language, value), 0)
    number, _, words = value.partition(" ")
    if words and _NUMBER.fullmatch(number):
        counted = _Translation(f"{written_in(language, number)} ", 0) + _value(words, language)
    else:
        counted = None
    known = (_whole(value, language, is_value=True), _uncapitalised(value, language))
    parts = (_translation(value, language), *_lists(value, language))
    return _best((*known, counted, *parts)) or _as_it_is(value)


def _uncapitalised(value: str, language: str) -> _Translation | None:
    if not value[:1].isupper():
        return None
    small = _whole(value[:1].lower() + value[1:], language, is_value=True)
    return (
        None if small is None else _Translation(small.text[:1].upper() + small.text[1:], small.left)
    )


def _lists(value: str, language: str) -> Iterator[_Translation]:
    for joint in _JOINTS:
        parts = value.split(joint)
        if len(parts) < 2 or any(len(part.split()) > 4 * _NAME_WORDS for part in parts):
            continue
        values = [_value(part, language) for part in parts]
        between = of_api(language).get(joint, joint)
        yield _Translation(
            between.join(each.text for each in values), sum(each.left for each in values)
        )


@functools.cache
def _sentences(language: str) -> tuple[_Sentence, ...]:
    """Each, and without the space that joins some to others."""
    texts = of_api(language)
    bare = {text.strip(): translation.strip() for text, translation in texts.items()}
    return tuple(_recognised(text, translation) for text, translation in (bare | texts).items())


def _recognised(text: str, translation: str) -> _Sentence:
    parts = _PLACE.split(text)
    letters = len(_LETTER.findall("".join(parts[::2])))
    return _Sentence(
        words=max(parts[::2], key=len),
        pattern=re.compile("".join(_patterns(parts)), re.DOTALL),
        translation=translation,
        quoted=frozenset(re.findall(r"'\{(\w+)\}[^' ]*'", text)),
        open=frozenset(re.findall(r"(?:^|[.:] )\{(\w+)\}(?=$| [A-Z])", text)),
        is_distinctive=letters >= _DISTINCTIVE_LETTERS or len(parts) == 1,
    )


def _patterns(parts: list[str]) -> Iterator[str]:
    """Words as they are, and whatever may stand for a value."""
    for place, part in enumerate(parts):
        yield f"(?P<{part}>.*?)" if place % 2 else re.escape(part)
