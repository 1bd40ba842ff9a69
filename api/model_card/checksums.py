"""Checksums of a card's fields that decide answers: an edit by hand is found, and named."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

# Each with what it is, for people.
DECISION_FIELDS = {
    "classes": "the names and the order of the outputs",
    "negative_class": "the class without a finding",
    "preprocessing": "the meaning of a pixel",
    "table": "the meaning of a row's numbers",
    "conformal": "the rule of referral of rows",
    "temperature": "what outputs are divided by",
    "operating_points": "the thresholds",
    "prevalence": "the share of films with a finding",
    "refer": "the bands of referral",
    "outliers": "the rule for pictures unlike the films",
    "acquisition": "the rule for films of unfamiliar sites",
    "kinds": "the rule for the kinds of a finding",
    "shift": "the rule for streams unlike the known ones",
    "quality": "the bounds of quality",
    "golden": "the answers that prove the network",
    "reduced": "the int8 form",
}


def checksums_of(described: Mapping[str, Any]) -> dict[str, str]:
    """SHA-256, hex, of each decision field of a card's JSON.

    It is of values, not of bytes: order of keys, white space and the spelling of numbers do not
    count. It is of what the JSON says, so that fields which a later release adds change nothing.
    """
    return {name: _sha256_of(described[name]) for name in DECISION_FIELDS if name in described}


def first_changed(described: Mapping[str, Any], sealed: object) -> str | None:
    """What differs from the checksums, in words; None: nothing does."""
    if not isinstance(sealed, dict):
        return "its field 'checksums' is missing or is no object"
    found = checksums_of(described)
    for name in [*DECISION_FIELDS, *sealed]:
        if sealed.get(name) != found.get(name):
            meaning = DECISION_FIELDS.get(name, "not a field that decides answers here")
            return f"its field '{name}' ({meaning}) is not what its checksum says"
    return None


def _sha256_of(value: object) -> str:
    canonical = json.dumps(_canonical(value), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _canonical(value: object) -> object:
    """With all numbers as floats: some editors write 1 for 1.0."""
    if isinstance(value, dict):
        return {name: _canonical(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_canonical(part) for part in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value
