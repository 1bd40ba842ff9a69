"""What a checkpoint decided on labelled images, measured as a site's report has it."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from api.decision.decide import OTHER_VIEW, POOR, UNCERTAIN, UNLIKE, Decision, DecisionPolicy
from api.evaluation.metrics import DecisionRules, Predictions
from api.evaluation.sites.site_assessment import site_report
from api.evaluation_runs.profile_fit import with_profile
from api.inputs.discovery import LabelledImage, counts
from api.model_card.card import Card
from api.model_card.sites.site_report import SiteReport
from api.tasks.task import Task

CAUSES = (UNCERTAIN, UNLIKE, POOR, OTHER_VIEW)


def measured(
    read: Sequence[tuple[LabelledImage, Decision]],
    *,
    card: Card,
    task: Task,
    policy: DecisionPolicy,
    skipped: Counter[str],
) -> SiteReport:
    """The report on one image or more.

    Args:
        skipped: how many files are not among them, by reason.
    """
    images, decisions = [image for image, _ in read], [decision for _, decision in read]
    report = site_report(
        _answers(decisions, images, task),
        [image.source for image in images],
        card,
        DecisionRules(
            classes=task.labels,
            negative_index=task.negative_index,
            operating_points=card.operating_points,
            refer_rule=card.refer,
            operating_point=policy.operating_point,
        ),
        counts=counts(images),
        skipped=skipped,
    )
    return with_profile(report, decisions, images, card, task)


def _answers(decisions: list[Decision], images: list[LabelledImage], task: Task) -> Predictions:
    return Predictions(
        probabilities=np.array([list(d.probabilities.values()) for d in decisions]),
        targets=np.array([task.target_of(image.label) for image in images], dtype=np.int64),
        causes={
            cause: np.array([cause in decision.causes for decision in decisions])
            for cause in CAUSES
        },
    )
