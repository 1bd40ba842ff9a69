"""Images of a site as champion and challenger answer them, and what the gate says of them."""

from collections.abc import Sequence

import numpy as np

from api.evaluation.gate.paired_evaluation import CheckpointPredictions, PairedEvaluation
from api.evaluation.gate.promotion_gate import LabelDoubts, evaluate_gate
from api.evaluation.label_errors import LabelIssues
from api.evaluation.sites.site_gate import SiteEvidence
from api.model_card.promotion_policy import Check, GatePolicy, SiteVerdict, Verdict

CLASSES = ("COVID-19", "Normal")
NORMAL = 1
SITE = "St. Anna, Röntgen"
CLEAN = LabelIssues(89, (), 0.0)
NO_DOUBTS = LabelDoubts(CLEAN, CLEAN, ())


def marks(predicted: Sequence[int]) -> CheckpointPredictions:
    """Sure answers."""
    return CheckpointPredictions(
        0.05 + 0.9 * np.eye(2)[np.array(predicted, dtype=np.int64)], threshold=0.5
    )


def images(
    ill: int,
    well: int,
    *,
    before: tuple[int, int] = (0, 0),
    now: tuple[int, int] = (0, 0),
    source: str = SITE,
) -> PairedEvaluation:
    """Films with a finding, then films without; of each so many are wrong before, and now."""
    targets = [0] * ill + [NORMAL] * well

    def predicted(wrong: tuple[int, int]) -> list[int]:
        return (
            [NORMAL] * wrong[0]
            + [0] * (ill - wrong[0])
            + [0] * wrong[1]
            + [NORMAL] * (well - wrong[1])
        )

    return PairedEvaluation(
        targets=np.array(targets, dtype=np.int64),
        sources=[source] * (ill + well),
        champion=marks(predicted(before)),
        challenger=marks(predicted(now)),
        classes=CLASSES,
        negative_index=NORMAL,
    )


# As it was measured: a hospital unknown to the model, 12 ill and 12 healthy films held out; of the
# remembered ones sensitivity falls from 0.962 to 0.927, more in one collection.
UNKNOWN_HOSPITAL = images(12, 12, before=(1, 11), now=(0, 0))
SOME_LOSS = images(300, 300, before=(11, 12), now=(22, 12), source="radiography")
NO_LOSS = images(300, 300, before=(11, 12), now=(11, 12), source="radiography")


def judged(
    local: PairedEvaluation,
    remembered: PairedEvaluation = SOME_LOSS,
    *,
    findings: LabelIssues = CLEAN,
    doubts: LabelDoubts = NO_DOUBTS,
    answered_by: str = "champion",
) -> Verdict:
    return evaluate_gate(
        remembered,
        local,
        doubts,
        len(local),
        GatePolicy(),
        sites={SITE: SiteEvidence(local, findings, answered_by)},
    )


def of_site(verdict: Verdict) -> SiteVerdict:
    (found,) = verdict.sites
    return found


def check(verdict: Verdict, name: str) -> Check:
    return next(check for check in of_site(verdict).checks if check.name == name)
