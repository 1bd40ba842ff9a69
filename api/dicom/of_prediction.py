"""A stored answer, as other systems are told it."""

from api.dicom.answers import OWN_SCHEME, ResultOfImage, Term
from api.records.answers.predictions import PredictionRecord
from api.tasks.decisions import Decided
from api.tasks.labels import CodedTerm
from api.tasks.task import Task

RADIOGRAPH = Term("SCT", "363680008", "Radiographic imaging procedure")
INDETERMINATE = Term("SCT", "82334004", "Indeterminate")
ANY_FINDING = Term("SCT", "404684003", "Clinical finding")


def result_of(record: PredictionRecord, task: Task, *, weights_sha256: str = "") -> ResultOfImage:
    """What is reported of an answer.

    The finding is what was decided: the class that means nothing was found where the decision is
    negative, the most probable of the others where it is positive, any finding where it is positive
    and leaves several kinds open, indeterminate where a person must look.
    """
    finding, finding_probability = _finding(record, task)
    possible = record.possible_labels
    return ResultOfImage(
        id=record.id,
        created_at=record.created_at,
        task=task.name,
        title=task.title,
        procedure=_public(task.dicom.procedure) or RADIOGRAPH,
        decision=record.decision,
        finding=finding,
        finding_probability=finding_probability,
        label=record.label,
        label_term=term_of(record.label, task),
        probabilities=tuple(
            (term_of(name, task), share) for name, share in record.probabilities.items()
        ),
        possible_labels=None if possible is None else tuple(term_of(n, task) for n in possible),
        score=record.score,
        model_version=record.model_version,
        weights_sha256=weights_sha256,
        causes=record.causes,
        reasons=record.reasons,
        operating_point=record.operating_point,
        threshold=record.threshold,
        prevalence=record.prevalence,
    )


def term_of(label: str, task: Task) -> Term:
    """A class by the code of its task file, or by one of Roentgen's own: its number there."""
    for number, each in enumerate(task.classes, start=1):
        if each.name == label:
            return _public(each.term) or Term(OWN_SCHEME, f"CLASS{number}", label)
    # Of a version that knew other classes.
    return Term(OWN_SCHEME, "CLASS", label)


def _finding(record: PredictionRecord, task: Task) -> tuple[Term, float | None]:
    """What was decided, and how probable it is."""
    found = _found(record, task)
    if found is None:
        return INDETERMINATE, None
    if record.decision == Decided.POSITIVE and len(record.possible_labels or (found,)) > 1:
        return ANY_FINDING, record.score
    return term_of(found, task), record.probabilities[found]


def _found(record: PredictionRecord, task: Task) -> str | None:
    if record.decision == Decided.NEGATIVE and task.negative_class in record.probabilities:
        return task.negative_class
    if record.decision == Decided.POSITIVE:
        if record.finding_kind:
            return record.finding_kind
        findings = set(record.probabilities) - {task.negative_class}
        return max(findings, key=record.probabilities.__getitem__, default=record.label)
    return None if record.decision == Decided.REFER else record.label


def _public(term: CodedTerm | None) -> Term | None:
    return Term(term.scheme, term.value, term.meaning) if term else None
