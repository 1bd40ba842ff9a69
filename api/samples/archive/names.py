"""What the names in a ZIP are: the format knows UTF-8 and CP437, and the programs do as they like.

A name that is not marked as UTF-8 is in the code page of the machine that made the archive, which
the archive does not tell. All of its names are of one machine, so one code page is chosen for all:
one by which every name can be read, and by which they look least unlike names.
"""

import unicodedata
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from api.samples.archive.directory import Record

# More says no more of the code page, and costs time.
MAX_CHARACTERS_WEIGHED = 20_000
ANY_BYTES = "cp437"


@dataclass(frozen=True, slots=True)
class CodePage:
    """A way to read bytes.

    Attributes:
        unlikeliness: of a character in a name; 0: likely.
        prior: what must speak for it before it is believed.
    """

    name: str
    unlikeliness: Callable[[str], float]
    prior: float = 0.0


def decoded_names(records: Sequence[Record]) -> list[str]:
    """The name of each entry; none is ever lost, whatever its bytes are."""
    known = [_stated(record) for record in records]
    unknown = [record.raw_name for record, name in zip(records, known, strict=True) if name is None]
    encoding = _code_page_of(unknown)
    return [
        record.raw_name.decode(encoding) if name is None else name
        for record, name in zip(records, known, strict=True)
    ]


def _stated(record: Record) -> str | None:
    """The name where the archive tells how to read it."""
    if name := _unicode_path(record):
        return name
    if record.claims_utf8 or record.raw_name.isascii():
        try:
            return record.raw_name.decode()
        except UnicodeDecodeError:
            return None
    return None


def _unicode_path(record: Record) -> str | None:
    """Info-ZIP's addition: version 1, the CRC-32 of the name that it belongs to, UTF-8."""
    extra = record.unicode_path
    if not extra or len(extra) <= 5 or extra[0] != 1:
        return None
    if int.from_bytes(extra[1:5], "little") != zlib.crc32(record.raw_name):
        return None
    try:
        return extra[5:].decode()
    except UnicodeDecodeError:
        return None


def _code_page_of(names: Sequence[bytes]) -> str:
    # A folder's name says no more for being that of a thousand films.
    parts = list(dict.fromkeys(part for name in names for part in name.split(b"/")))
    if _fit(parts, "utf-8"):
        return "utf-8"
    fitting = [page for page in CODE_PAGES if _fit(parts, page.name)]
    # Of equally likely ones the first.
    return min(fitting, key=lambda page: _unlikeliness(parts, page)).name


def _fit(names: Iterable[bytes], encoding: str) -> bool:
    try:
        for name in names:
            name.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _unlikeliness(names: Iterable[bytes], page: CodePage) -> float:
    total, weighed = page.prior, 0
    for name in names:
        text = name.decode(page.name)
        for place, char in enumerate(text):
            if not char.isascii():
                total += page.unlikeliness(char) + _is_out_of_place(text, place)
                weighed += 1
        if weighed > MAX_CHARACTERS_WEIGHED:
            break
    return total


def _is_out_of_place(text: str, place: int) -> float:
    """An Asian character in the middle of a Latin word took one of its letters."""
    if _script(text[place]) == "LATIN":
        return 0.0
    beside = text[max(0, place - 1) : place] + text[place + 1 : place + 2]
    return 2.0 * sum(char.isascii() and char.isalpha() for char in beside)


def _script(char: str) -> str:
    return unicodedata.name(char, "").partition(" ")[0]


def _in(encoding: str, char: str) -> bool:
    try:
        char.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _japanese(char: str) -> float:
    script = _script(char)
    if script in ("HIRAGANA", "KATAKANA", "CJK"):
        return 0.0
    return {"HALFWIDTH": 0.5, "FULLWIDTH": 0.5}.get(script, 3.0)


def _chinese(char: str) -> float:
    if _script(char) == "CJK":
        # The common characters of the older standard; its extension is rare ones.
        return 0.2 if _in("gb2312", char) else 1.0
    return 0.5 if _script(char) == "FULLWIDTH" else 3.0


def _traditional(char: str) -> float:
    if _script(char) == "CJK":
        # Two fifths of Big5 are the common characters; they come first.
        return 0.1 if char.encode("big5", "replace") < b"\xc6\x80" else 1.0
    return 0.5 if _script(char) == "FULLWIDTH" else 3.0


def _korean(char: str) -> float:
    return {"HANGUL": 0.1, "CJK": 1.5, "FULLWIDTH": 0.5}.get(_script(char), 3.0)


def _western(char: str) -> float:
    return 0.25 if _script(char) == "LATIN" else 3.0


CODE_PAGES = (
    CodePage("cp932", _japanese),
    CodePage("gb18030", _chinese),
    CodePage("big5", _traditional),
    # Every Hangul syllable is a common Chinese character in the other one.
    CodePage("cp949", _korean, prior=1.0),
    CodePage(ANY_BYTES, _western),
)
