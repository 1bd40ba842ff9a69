"""The signals that a rule may name: what each one measures. How they are read: `signals`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Unit = Literal["ratio", "seconds", "bytes", "count", "distance"]


@dataclass(frozen=True, slots=True)
class SignalKind:
    """What a signal measures.

    Attributes:
        is_of_a_task: whether each task has a value of its own.
        means: a sentence for the documents.
    """

    unit: Unit
    is_of_a_task: bool
    means: str


SIGNALS: Mapping[str, SignalKind] = {
    "error_rate": SignalKind(
        "ratio",
        False,
        "Requests answered with a status of 500 or more, over those and the predictions, in 10 "
        "minutes; 0 below five such errors.",
    ),
    "p99_seconds": SignalKind(
        "seconds",
        False,
        "Time within which 99 of 100 predictions of the last 10 minutes were answered; from 20 "
        "predictions on.",
    ),
    "referral_rate": SignalKind(
        "ratio",
        True,
        "Share of referred answers among the newest 200 of the last day; from 50 on.",
    ),
    "class_mix": SignalKind(
        "distance",
        True,
        "Total variation distance between the classes answered in the last day and those of the "
        "seven days before; from 100 and 200 answers on.",
    ),
    "shifted_sources": SignalKind(
        "count",
        True,
        "Sources whose newest films are unlike those of all known hospitals.",
    ),
    "drifted_figures": SignalKind(
        "count",
        True,
        "Figures of the newest answers that drifted at the last look, over all windows.",
    ),
    "estimated_accuracy": SignalKind(
        "ratio",
        True,
        "Share of the newest decisions that are right, estimated without labels; nothing where the "
        "estimate is left out.",
    ),
    "failed_retrainings": SignalKind(
        "count",
        True,
        "Retrainings that failed or were interrupted since the last one that ended well, of the "
        "last seven days.",
    ),
    "disk_free_bytes": SignalKind(
        "bytes",
        False,
        "What may still be written to the fullest of the disks of state, models and training "
        "films.",
    ),
    "seconds_since_prediction": SignalKind(
        "seconds",
        True,
        "Time since the newest prediction; nothing where there never was one.",
    ),
    "compute_crashes": SignalKind(
        "count",
        False,
        "Films that ended a compute process or took too long, in 15 minutes.",
    ),
    "worker_heartbeat_age_seconds": SignalKind(
        "seconds",
        False,
        "Time since the last heart-beat of the worker that is silent longest, of those that did "
        "not sign off; one that is silent for more than 15 minutes counts no more. Nothing while "
        "heart-beats cannot be written.",
    ),
    "database_unwritable": SignalKind(
        "count",
        False,
        "1 while predictions or heart-beats cannot be written to the records.",
    ),
}
