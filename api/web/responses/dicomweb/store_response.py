"""What STOW-RS answers: the Store Instances Response Module (PS3.18, table I.1-1) as DICOM JSON.

The instances are predicted on and not kept, so that there is no Retrieve URL. Where each answer is
found stands in a private block of the creator ROENTGEN.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from api.web.links import link
from api.web.schemas.answers.dicomweb import InstanceResult

Attribute = Mapping[str, Any]

REFERENCED, FAILED, OTHER_FAILURES = "00081199", "00081198", "0008119A"
CLASS_UID, INSTANCE_UID, FAILURE_REASON = "00081150", "00081155", "00081197"
CREATOR = "ROENTGEN"

# Failure reasons (PS3.4 annex B.2.3, PS3.18 table I.2-2), by the status of the problem.
PROCESSING_FAILURE, UNSUPPORTED_CLASS = 0x0110, 0x0122
OUT_OF_RESOURCES, CANNOT_UNDERSTAND = 0xA700, 0xC000
OTHER_STUDY = 0xA901
REASONS = {
    409: OTHER_STUDY,
    413: OUT_OF_RESOURCES,
    415: UNSUPPORTED_CLASS,
    422: CANNOT_UNDERSTAND,
    429: OUT_OF_RESOURCES,
    503: OUT_OF_RESOURCES,
    507: OUT_OF_RESOURCES,
}

ALL_STORED, SOME_STORED, NONE_STORED = 200, 202, 409


def status_of(results: Sequence[InstanceResult]) -> int:
    """Of the whole request: all, some or none of its instances were answered."""
    answered = sum(result.prediction is not None for result in results)
    if answered == len(results):
        return ALL_STORED
    return SOME_STORED if answered else NONE_STORED


def store_response(results: Sequence[InstanceResult]) -> str:
    """The module as JSON (PS3.18 F.2)."""
    stored = [_stored(result) for result in results if result.prediction]
    refused = [result for result in results if result.problem]
    failed = [_failed(result) for result in refused if result.sop_instance_uid]
    others = [_reason(result) for result in refused if not result.sop_instance_uid]
    module = {FAILED: failed, REFERENCED: stored, OTHER_FAILURES: others}
    return json.dumps({tag: _attribute("SQ", *items) for tag, items in module.items() if items})


def _stored(result: InstanceResult) -> dict[str, Attribute]:
    prediction = result.prediction
    assert prediction is not None
    return _reference(result) | {
        "00990010": _attribute("LO", CREATOR),
        "00991001": _attribute("UR", link(f"/predictions/{prediction.id}")),
        "00991002": _attribute("CS", prediction.decision.upper()),
        "00991003": _attribute("LO", prediction.label[:64]),
        "00991004": _attribute("FD", prediction.score),
    }


def _failed(result: InstanceResult) -> dict[str, Attribute]:
    return _reference(result) | _reason(result)


def _reference(result: InstanceResult) -> dict[str, Attribute]:
    return {
        CLASS_UID: _attribute("UI", result.sop_class_uid),
        INSTANCE_UID: _attribute("UI", result.sop_instance_uid),
    }


def _reason(result: InstanceResult) -> dict[str, Attribute]:
    """The code for programs, and the sentence for people."""
    problem = result.problem
    assert problem is not None
    return {
        FAILURE_REASON: _attribute("US", REASONS.get(problem.status, PROCESSING_FAILURE)),
        "00990010": _attribute("LO", CREATOR),
        "00991005": _attribute("LT", problem.detail[:10240]),
    }


def _attribute(representation: str, *values: Any) -> Attribute:
    return {"vr": representation, "Value": list(values)}
