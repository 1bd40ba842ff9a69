"""An answer as FHIR R4: a bundle of a preliminary report, what was observed, the device and the
study (https://hl7.org/fhir/R4/diagnosticreport.html)."""

import uuid
from typing import Any

from api.dicom.answers import NOTICE, OWN_SCHEME, ResultOfImage, SourceInstance, Term
from api.dicom.report_content import DECISION, DECISIONS, DIGITS, NAME, SCORE, classes, sentences
from api.tasks.decisions import Decided

MEDIA_TYPE = "application/fhir+json"
SYSTEMS = {
    "SCT": "http://snomed.info/sct",
    "DCM": "http://dicom.nema.org/resources/ontology/DCM",
    OWN_SCHEME: f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, OWN_SCHEME)}",
}
UCUM = "http://unitsofmeasure.org"
HL7 = "http://terminology.hl7.org/CodeSystem"
FINDING = Term("DCM", "121071", "Finding")
INTERPRETATIONS: dict[str, str] = {
    Decided.NEGATIVE: "NEG",
    Decided.POSITIVE: "POS",
    Decided.REFER: "IND",
}
# Modalities of the SOP classes that are read (PS3.3); what others are is not known here.
MODALITIES = {
    "1.2.840.10008.5.1.4.1.1.1": "CR",
    "1.2.840.10008.5.1.4.1.1.1.1": "DX",
    "1.2.840.10008.5.1.4.1.1.1.2": "MG",
    "1.2.840.10008.5.1.4.1.1.1.3": "IO",
}
# A reference without a target is allowed, and is all that is known of the patient.
UNKNOWN_PATIENT = {"display": "Not known to this system"}

Resource = dict[str, Any]


def bundle(answer: ResultOfImage, source: SourceInstance | None) -> Resource:
    """The four resources, each under a URN that is the same whenever it is asked for."""
    resources = [
        _report(answer, source),
        _observation(answer),
        _device(answer),
        _study(answer, source),
    ]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": _moment(answer),
        "entry": [
            {"fullUrl": _urn(answer, each["resourceType"]), "resource": each} for each in resources
        ],
    }


def _report(answer: ResultOfImage, source: SourceInstance | None) -> Resource:
    return {
        "resourceType": "DiagnosticReport",
        "identifier": [_identifier(answer.instance_uid("report", source))],
        "status": "preliminary",
        "category": [_concept_of(f"{HL7}/v2-0074", "RAD", "Radiology")],
        "code": _concept(answer.procedure, answer.title),
        "subject": UNKNOWN_PATIENT,
        "effectiveDateTime": _moment(answer),
        "issued": _moment(answer),
        "result": [_reference(answer, "Observation")],
        "imagingStudy": [_reference(answer, "ImagingStudy")],
        "conclusion": sentences(answer),
        "conclusionCode": [_concept(answer.finding)],
    }


def _observation(answer: ResultOfImage) -> Resource:
    interpretation = INTERPRETATIONS.get(answer.decision)
    observed = {
        "resourceType": "Observation",
        "identifier": [_identifier(answer.uid("tracking"))],
        "status": "preliminary",
        "category": [_concept_of(f"{HL7}/observation-category", "imaging", "Imaging")],
        "code": _concept(FINDING),
        "subject": UNKNOWN_PATIENT,
        "effectiveDateTime": _moment(answer),
        "issued": _moment(answer),
        "valueCodeableConcept": _concept(answer.finding),
        "note": [{"text": sentences(answer)}],
        "device": _reference(answer, "Device"),
        "derivedFrom": [_reference(answer, "ImagingStudy")],
        "component": _components(answer),
    }
    if interpretation:
        system = f"{HL7}/v3-ObservationInterpretation"
        observed["interpretation"] = [_concept_of(system, interpretation)]
    return observed


def _components(answer: ResultOfImage) -> list[Resource]:
    decided = _concept(DECISIONS[answer.decision])
    shares = [(term, share) for term, share in answer.probabilities]
    return [
        {"code": _concept(DECISION), "valueCodeableConcept": decided},
        *(
            {"code": _concept(name), "valueCodeableConcept": _concept(value)}
            for name, value in classes(answer)
        ),
        {"code": _concept(SCORE), "valueQuantity": _share(answer.score)},
        *(
            {
                "code": _concept(term, f"Probability of {term.meaning}"),
                "valueQuantity": _share(share),
            }
            for term, share in shares
        ),
    ]


def _device(answer: ResultOfImage) -> Resource:
    versions = {"model": answer.model_version, "weights SHA-256": answer.weights_sha256}
    return {
        "resourceType": "Device",
        "identifier": [_identifier(answer.device_uid)],
        "status": "active",
        "manufacturer": NAME,
        "deviceName": [{"name": f"{NAME}: {answer.title}", "type": "model-name"}],
        "type": {"text": "Software that classifies images"},
        "version": [
            {"type": {"text": name}, "value": value} for name, value in versions.items() if value
        ],
        "note": [{"text": f"{NOTICE}. Not a medical device."}],
    }


def _study(answer: ResultOfImage, source: SourceInstance | None) -> Resource:
    study: Resource = {
        "resourceType": "ImagingStudy",
        "identifier": [_identifier(source.study_uid if source else answer.uid("study"))],
        "status": "available" if source else "unknown",
        "subject": UNKNOWN_PATIENT,
    }
    if source:
        study["series"] = [_series(source)]
    return study


def _series(source: SourceInstance) -> Resource:
    modality = MODALITIES.get(source.sop_class_uid, "OT")
    sop_class = {"system": "urn:ietf:rfc:3986", "code": f"urn:oid:{source.sop_class_uid}"}
    return {
        "uid": source.series_uid,
        "modality": {"system": SYSTEMS["DCM"], "code": modality},
        "instance": [{"uid": source.instance_uid, "sopClass": sop_class}],
    }


def _concept(term: Term, text: str | None = None) -> Resource:
    coding = {"system": SYSTEMS[term.scheme]} if term.scheme in SYSTEMS else {}
    coding |= {"code": term.value, "display": term.meaning}
    return {"coding": [coding], "text": text or term.meaning}


def _concept_of(system: str, code: str, display: str | None = None) -> Resource:
    named = {"display": display} if display else {}
    return {"coding": [{"system": system, "code": code} | named]}


def _share(value: float) -> Resource:
    return {"value": round(value, DIGITS), "unit": "1", "system": UCUM, "code": "1"}


def _identifier(uid: str) -> Resource:
    return {"system": "urn:dicom:uid", "value": f"urn:oid:{uid}"}


def _reference(answer: ResultOfImage, resource: str) -> Resource:
    return {"reference": _urn(answer, resource), "type": resource}


def _urn(answer: ResultOfImage, resource: str) -> str:
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, f'roentgen/{answer.id}/{resource}')}"


def _moment(answer: ResultOfImage) -> str:
    return answer.created_at.isoformat(timespec="milliseconds")
