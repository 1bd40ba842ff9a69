"""dicom-validator on the tables of the standard that highdicom carries.

It reads the standard's own DocBook files, which it would fetch from the network. The tables say
which modules an information object has and which attributes each module, with their types; the
conditions of types 1C and 2C are not in them, so such an attribute may be absent.
"""

import io
import json
from functools import cache
from pathlib import Path
from typing import Any

import highdicom
import pydicom
from dicom_validator.validator.dicom_info import DicomInfo
from dicom_validator.validator.error_handler import NullValidationResultHandler
from dicom_validator.validator.iod_validator import IODValidator
from pydicom import uid
from pydicom.datadict import tag_for_keyword

Attributes = dict[str, Any]

FOLDER = Path(highdicom.__file__).parent / "_standard"
SOP_CLASSES = (uid.Comprehensive3DSRStorage, uid.SecondaryCaptureImageStorage)
CONTENT, CONTENT_SEQUENCE = "sr-document-content", "ContentSequence"
# A content item has the attributes of its value type; these it has whatever that is.
OF_EVERY_ITEM = ("ValueType", "RelationshipType")
MAYBE = {"type": "U"}
OPTIONAL = {"1": "1C", "2": "2C"}


def faults_of(content: bytes) -> list[str]:
    """What dicom-validator finds wrong with an instance: module, attribute, and what it is."""
    dataset = pydicom.dcmread(io.BytesIO(content))
    handler = NullValidationResultHandler()
    result = IODValidator(dataset, standard(), error_handler=handler)
    found = result.validate()
    return [
        f"{module}: {tag} {error.code.name}"
        for module, errors in found.module_errors.items()
        for tag, error in errors.items()
    ] or [found.status.name] * bool(found.errors)


@cache
def standard() -> DicomInfo:
    """The written SOP classes, in the form that dicom-validator reads the standard in."""
    iods, tables = _table("sop_class_iod_map"), _table("iod_module_map")
    described = {
        sop_class: {
            module["key"]: {"ref": module["key"], "use": module["usage"], "cond": MAYBE}
            for module in tables[iods[sop_class]]
        }
        for sop_class in SOP_CLASSES
    }
    attributes = _table("module_attribute_map")
    names = {name for modules in described.values() for name in modules}
    return DicomInfo(
        dictionary={},
        iods={each: {"modules": found, "group_macros": {}} for each, found in described.items()},
        modules={name: _module(name, attributes[name]) for name in names},
    )


def _table(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text())


def _module(name: str, rows: list[Attributes]) -> Attributes:
    """A module's attributes by tag, those of a sequence's items below it."""
    root: Attributes = {}
    for row in sorted(rows, key=lambda row: len(row["path"])):
        if tag_for_keyword(row["keyword"]) is None:
            # Of a repeating group (overlays), or newer than pydicom's dictionary.
            continue
        level = root
        for keyword in row["path"]:
            level = level[_tag(keyword)].setdefault("items", {})
        level[_tag(row["keyword"])] = _attribute(row, is_content=name == CONTENT)
    if name == CONTENT:
        # Items of items, as deep as a tree goes.
        items = root[_tag(CONTENT_SEQUENCE)]["items"]
        items[_tag(CONTENT_SEQUENCE)] = {"type": "1C", "cond": MAYBE, "items": items}
    return root


def _attribute(row: Attributes, *, is_content: bool) -> Attributes:
    kind = row["type"]
    is_of_item = is_content and row["path"] in ([], [CONTENT_SEQUENCE])
    if is_of_item and row["keyword"] not in OF_EVERY_ITEM:
        kind = OPTIONAL.get(kind, kind)
    return {"name": row["keyword"], "type": kind} | ({"cond": MAYBE} if "C" in kind else {})


def _tag(keyword: str) -> str:
    number = tag_for_keyword(keyword)
    assert number is not None, keyword
    return f"({number >> 16:04X},{number & 0xFFFF:04X})"
