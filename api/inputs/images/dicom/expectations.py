"""Whether a film shows, by its tags, what a task is about; if not, a person must look."""

from collections.abc import Iterator

from api.inputs.images.dicom.facts import VIEWS, DicomFacts
from api.tasks.task import DicomExpectations

# Terms of PS3.16 annex L that are named in the sentence; what else stands there may be anything.
BODY_PARTS = {
    "ABDOMEN": "the abdomen", "ABDOMENPELVIS": "abdomen and pelvis", "ANKLE": "an ankle",
    "ARM": "an arm", "BREAST": "a breast", "CALCANEUS": "a heel",
    "CLAVICLE": "a collar bone", "COCCYX": "the coccyx", "CSPINE": "the cervical spine", "ELBOW":
    "an elbow", "EXTREMITY": "a limb", "FEMUR": "a thigh", "FINGER": "a finger", "FOOT": "a foot",
    "FOREARM": "a forearm", "HAND": "a hand", "HEAD": "the head", "HIP": "a hip", "HUMERUS":
    "an upper arm", "JAW": "the jaw", "KNEE": "a knee", "LEG": "a leg", "LSPINE":
    "the lumbar spine", "NECK": "the neck", "PELVIS": "the pelvis", "SACRUM": "the sacrum",
    "SCAPULA": "a shoulder blade", "SHOULDER": "a shoulder", "SKULL": "the skull", "SPINE":
    "the spine", "TIBIA": "a lower leg", "TOE": "a toe", "TOOTH": "teeth", "TSPINE":
    "the thoracic spine", "WHOLEBODY": "the whole body", "WRIST": "a wrist",
}  # fmt: skip
MUST_LOOK = "the model has not learned from such films, so a person must look."


def tag_issues(facts: DicomFacts, expected: DicomExpectations) -> tuple[str, ...]:
    """What speaks against an answer, one sentence each; empty where the tags fit, or are absent."""
    return tuple(_issues(facts, expected))


def _issues(facts: DicomFacts, expected: DicomExpectations) -> Iterator[str]:
    part = facts.body_part
    if part and expected.body_parts and not any(term in part for term in expected.body_parts):
        shown = BODY_PARTS.get(part.replace(" ", ""))
        named = f"{shown} ({part})" if shown else "another part of the body"
        yield f"By its DICOM tags the film shows {named}; {MUST_LOOK}"
    if expected.frontal_only and facts.is_sideways:
        view = f"{VIEWS[facts.view]} ({facts.view})" if facts.view else "lateral or oblique"
        yield f"By its DICOM tags the film is no AP or PA view but {view}; {MUST_LOOK}"
