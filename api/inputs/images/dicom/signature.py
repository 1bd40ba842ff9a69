"""Which bytes are a DICOM file: by its magic word, or by tags that nothing else begins with.

Knows the layout of data elements only (DICOM PS3.5 chapter 7), and nothing of pydicom: it looks at
every file that arrives.
"""

from collections.abc import Iterator

MAGIC_AT, MAGIC = 128, b"DICM"
# As many elements as a file without a magic word is looked at for its proof, and so many of them
# it needs.
MAX_ELEMENTS, MIN_ELEMENTS = 64, 3
# Groups that a file begins with: the meta information, or identification.
META, IDENTIFICATION = 0x0002, 0x0008
SOP_CLASS_UID, MODALITY = (0x0008, 0x0016), (0x0008, 0x0060)
OF_DICOM = b"1.2.840.10008."

# Value representations with a length of four bytes, and those with two.
_LONG = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())
_SHORT = frozenset(b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split())

Element = tuple[tuple[int, int], bytes]


def has_magic(content: bytes) -> bool:
    """Whether the magic word stands in its place, and a data element behind it."""
    return content[MAGIC_AT : MAGIC_AT + 4] == MAGIC and content[132:134] in {
        b"\x02\x00", b"\x08\x00", b"\x00\x02", b"\x00\x08",
    }  # fmt: skip


def is_bare_dataset(content: bytes) -> bool:
    """Whether a file without preamble begins with data elements that prove it to be DICOM.

    Its elements are in ascending order, of known value representations and within the file; and
    among them is a UID of DICOM's own (SOP class, or transfer syntax in the meta information), or
    the modality.
    """
    return any(
        _is_proof(_elements(content, order=order, explicit=explicit))
        for order, explicit in (("little", True), ("little", False), ("big", True))
    )


def _is_proof(elements: Iterator[Element]) -> bool:
    last, proven, count = (0, 0), False, 0
    for tag, value in elements:
        if tag <= last or (count == 0 and tag[0] not in (META, IDENTIFICATION)):
            break
        last, count = tag, count + 1
        is_own_uid = (tag == SOP_CLASS_UID or tag[0] == META) and value.startswith(OF_DICOM)
        is_modality = tag == MODALITY and value.strip(b" ").isalpha() and len(value) <= 16
        proven = proven or is_own_uid or is_modality
    return proven and count >= MIN_ELEMENTS


def _elements(content: bytes, *, order: str, explicit: bool) -> Iterator[Element]:
    """The first elements, up to the first that is a sequence or does not fit."""
    at = 0
    for _ in range(MAX_ELEMENTS):
        head = content[at : at + 12]
        if len(head) < 8:
            return
        tag = (_number(head[0:2], order), _number(head[2:4], order))
        size, head_bytes = _number(head[4:8], order), 8
        # The meta information is explicit, whatever follows.
        if explicit or tag[0] == META:
            representation = head[4:6]
            if representation in _LONG:
                size, head_bytes = _number(head[8:12], order), 12
            elif representation in _SHORT:
                size = _number(head[6:8], order)
            else:
                return
        value = content[at + head_bytes : at + head_bytes + size]
        if size > len(content) or len(value) < size:
            return
        yield tag, value
        at += head_bytes + size


def _number(data: bytes, order: str) -> int:
    return int.from_bytes(data, "big" if order == "big" else "little")
