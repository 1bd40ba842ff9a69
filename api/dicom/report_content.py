"""What a structured report says: a measurement report of the standard (PS3.16, TID 1500)."""

from typing import TYPE_CHECKING, Any

from api.dicom.answers import NOTICE, OWN_SCHEME, ResultOfImage, SourceInstance, Term
from api.tasks.decisions import Decided
from api.version import VERSION

if TYPE_CHECKING:
    from highdicom.sr import (
        AlgorithmIdentification,
        CodedConcept,
        Measurement,
        MeasurementReport,
        MeasurementsAndQualitativeEvaluations,
        QualitativeEvaluation,
    )

NAME = "Roentgen"
# Longer codes go into another attribute, which few readers know.
MAX_CODE, MAX_MEANING = 16, 64
PERCENT = Term("UCUM", "%", "Percent")
ONE = Term("UCUM", "1", "no units")
CERTAINTY = Term("DCM", "111012", "Certainty of Finding")
COMMENT = Term("DCM", "121106", "Comment")
ARTIFICIAL_INTELLIGENCE = Term("DCM", "123110", "Artificial Intelligence")
SCORE = Term(OWN_SCHEME, "SCORE", "Probability of any finding")
DECISION = Term(OWN_SCHEME, "DECISION", "Decision")
LABEL = Term(OWN_SCHEME, "LABEL", "Most probable class")
OPEN = Term(OWN_SCHEME, "OPEN", "Class left open")
CAUSE = Term(OWN_SCHEME, "CAUSE", "Why a person must look")
DECISIONS: dict[str, Term] = {
    Decided.NEGATIVE: Term(OWN_SCHEME, "NEGATIVE", "Negative"),
    Decided.POSITIVE: Term(OWN_SCHEME, "POSITIVE", "Positive"),
    Decided.REFER: Term(OWN_SCHEME, "REFER", "Referred: a person must look"),
    Decided.ACCEPT: Term(OWN_SCHEME, "ACCEPT", "Accepted"),
}
DIGITS = 6


def measurement_report(answer: ResultOfImage, source: SourceInstance | None) -> "MeasurementReport":
    """TID 1500 with one group of measurements (TID 1501): finding, probabilities, decision, and
    the algorithm that found them (TID 4019)."""
    from highdicom import sr

    device = sr.DeviceObserverIdentifyingAttributes(
        uid=answer.device_uid,
        name=NAME,
        manufacturer_name=NAME,
        model_name=answer.title,
        serial_number=answer.weights_sha256 or None,
    )
    observer = sr.ObserverContext(
        observer_type=coded(Term("DCM", "121007", "Device")),
        observer_identifying_attributes=device,
    )
    return sr.MeasurementReport(
        observation_context=sr.ObservationContext(observer_device_context=observer),
        procedure_reported=coded(answer.procedure),
        imaging_measurements=[_group(answer, source)],
    )


def coded(term: Term) -> "CodedConcept":
    """As highdicom has it, cut to what a code and its meaning may have."""
    from highdicom.sr import CodedConcept

    return CodedConcept(
        value=term.value[:MAX_CODE],
        scheme_designator=term.scheme,
        meaning=term.meaning[:MAX_MEANING],
    )


def sentences(answer: ResultOfImage) -> str:
    """For people: what it is, what it says and why."""
    decided = DECISIONS[answer.decision].meaning
    return " ".join(
        [f"{NOTICE}: not a diagnosis. {decided}. {_which_class(answer)}", *answer.reasons]
    )


def classes(answer: ResultOfImage) -> list[tuple[Term, Term]]:
    """Name and value of what is said of classes: all that are left open, where that is known."""
    if answer.possible_labels is None:
        return [(LABEL, answer.label_term)]
    return [(OPEN, term) for term in answer.possible_labels]


def _which_class(answer: ResultOfImage) -> str:
    if answer.possible_labels is None:
        return f"Most probable: {answer.label}."
    is_uncertain = answer.decision == Decided.POSITIVE and len(answer.possible_labels) > 1
    names = " or ".join(term.meaning for term in answer.possible_labels)
    return f"{'A finding, kind uncertain' if is_uncertain else 'Left open'}: {names}."


def _group(
    answer: ResultOfImage, source: SourceInstance | None
) -> "MeasurementsAndQualitativeEvaluations":
    from highdicom import sr

    images = None
    if source:
        image = sr.SourceImageForMeasurementGroup(source.sop_class_uid, source.instance_uid)
        images = [image]
    group = sr.MeasurementsAndQualitativeEvaluations(
        tracking_identifier=sr.TrackingIdentifier(
            uid=answer.uid("tracking"), identifier=f"{NAME} {answer.id}"
        ),
        finding_type=coded(answer.finding),
        algorithm_id=_algorithm(answer),
        measurements=_measurements(answer),
        qualitative_evaluations=_evaluations(answer),
        source_images=images,
    )
    group[0].ContentSequence.append(_comment(answer))
    return group


def _algorithm(answer: ResultOfImage) -> "AlgorithmIdentification":
    from highdicom.sr import AlgorithmIdentification

    used = {
        "weights SHA-256": answer.weights_sha256 or None,
        "program": VERSION,
        "task": answer.task,
        "operating point": answer.operating_point,
        "threshold": answer.threshold,
        "prevalence": answer.prevalence,
    }
    return AlgorithmIdentification(
        name=f"{NAME}: {answer.title}",
        version=answer.model_version,
        parameters=[f"{name}={value}" for name, value in used.items() if value is not None],
        family=coded(ARTIFICIAL_INTELLIGENCE),
        manufacturer=NAME,
    )


def _measurements(answer: ResultOfImage) -> list["Measurement"]:
    found = answer.finding_probability
    certainty = [] if found is None else [_measured(CERTAINTY, 100 * found, PERCENT)]
    classes = [
        _measured(Term(OWN_SCHEME, f"P{number}", f"Probability of {term.meaning}"), share, ONE)
        for number, (term, share) in enumerate(answer.probabilities, start=1)
    ]
    return [*certainty, _measured(SCORE, answer.score, ONE), *classes]


def _measured(name: Term, value: float, unit: Term) -> "Measurement":
    from highdicom.sr import Measurement

    return Measurement(name=coded(name), value=round(value, DIGITS), unit=coded(unit))


def _evaluations(answer: ResultOfImage) -> list["QualitativeEvaluation"]:
    from highdicom.sr import QualitativeEvaluation

    causes = [
        (CAUSE, Term(OWN_SCHEME, cause.upper(), cause.replace("_", " "))) for cause in answer.causes
    ]
    evaluated = [(DECISION, DECISIONS[answer.decision]), *classes(answer), *causes]
    return [QualitativeEvaluation(coded(name), coded(value)) for name, value in evaluated]


def _comment(answer: ResultOfImage) -> Any:
    from highdicom.sr import RelationshipTypeValues, TextContentItem

    return TextContentItem(
        name=coded(COMMENT),
        value=sentences(answer),
        relationship_type=RelationshipTypeValues.CONTAINS,
    )
