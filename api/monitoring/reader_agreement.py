"""How far readers agree with each other about the same films, and each with the model."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from api.decision.agreement import Pairs, agreement, kappa, kappa_interval
from api.model_card.base import Interval
from api.records.answers.feedback import ReadAnswer
from api.tasks.task import Task

MODEL = "the model"
FINDING, NONE = "finding", "none"


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of pairs of words about the same film: how many, the share that is equal, Cohen's kappa with
    its interval of 95 %; None where it cannot be said."""

    n: int
    share: float | None
    kappa: float | None
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class ComparedReaders:
    """Two readers, or a reader and the model. `blinded` counts the films of which nobody of them
    had seen the answer; `finding` is about finding or none (None: no class is negative), `label`
    about the class, of films to which both gave one."""

    first: str
    second: str
    films: int
    blinded: int
    finding: Agreement | None
    label: Agreement


def compared(readings: Sequence[ReadAnswer], task: Task) -> list[ComparedReaders]:
    """Every two readers who read the same film, and each reader with the model; most films first.

    A film that was answered about twice is one film: a reader's newest word about it counts.

    Args:
        readings: newest first.
    """
    images: defaultdict[str, dict[str, ReadAnswer]] = defaultdict(dict)
    for read in readings:
        images[read.image_sha256].setdefault(read.reader, read)
    found: defaultdict[tuple[str, str], list[tuple[str, str, bool]]] = defaultdict(list)
    for readers in images.values():
        for one, other in combinations(sorted(readers), 2):
            a, b = readers[one], readers[other]
            found[one, other].append((a.label, b.label, a.blinded and b.blinded))
        for name, read in readers.items():
            found[name, MODEL].append((read.label, read.answer, read.blinded))
    pairs = [_compared(*names, words, task) for names, words in found.items()]
    return sorted(pairs, key=lambda pair: (pair.second == MODEL, -pair.films, pair.first))


def _compared(
    first: str, second: str, words: list[tuple[str, str, bool]], task: Task
) -> ComparedReaders:
    negative = task.negative_class
    findings = Counter((_finding(a, negative), _finding(b, negative)) for a, b, _ in words)
    labels = Counter((a, b) for a, b, _ in words if a in task.labels and b in task.labels)
    return ComparedReaders(
        first,
        second,
        films=len(words),
        blinded=sum(blinded for *_, blinded in words),
        finding=None if negative is None else _agreement(findings),
        label=_agreement(labels),
    )


def _finding(label: str, negative: str | None) -> str:
    return NONE if label == negative else FINDING


def _agreement(pairs: Pairs) -> Agreement:
    return Agreement(sum(pairs.values()), agreement(pairs), kappa(pairs), kappa_interval(pairs))
