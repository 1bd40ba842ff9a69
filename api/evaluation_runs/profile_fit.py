"""What the films of a site check would make of a site profile."""

from collections.abc import Sequence

import numpy as np

from api.arrays import BoolArray, Float64Array
from api.decision.decide import POOR, Decision
from api.evaluation.sites.site_assessment import MIN_AUROC
from api.evaluation.sites.site_fit import site_fit
from api.evaluation.sites.site_profile import (
    SITE_DISTANCE,
    UNLIKENESS,
    SiteImages,
)
from api.inputs.discovery import LabelledImage
from api.model_card.card import Card
from api.model_card.sites.site_profile import missing_images
from api.model_card.sites.site_report import SiteReport
from api.tasks.decisions import Decided
from api.tasks.task import Task


def with_profile(
    report: SiteReport,
    decisions: Sequence[Decision],
    images: Sequence[LabelledImage],
    card: Card,
    task: Task,
) -> SiteReport:
    """The report, with the profile that its films make or the reason why they make none."""
    healthy = [image.label == task.negative_class for image in images]
    missing = missing_images(sum(healthy), len(healthy) - sum(healthy))
    if missing:
        return report.model_copy(update={"no_profile": missing})
    xrays = site_images(decisions, ~np.array(healthy))
    manifest = {image.sha256: image.label for image in images}
    fit = site_fit(
        xrays,
        card,
        decided(decisions),
        manifest,
        operating_point=report.operating_point,
        wanted_rate=task.decision.wanted_rate,
        verdict=report.verdict,
        objection=_objection(report),
    )
    return report.model_copy(update={"profile": fit})


def site_images(decisions: Sequence[Decision], positive: BoolArray) -> SiteImages:
    """Films as a profile is made from; decided at the card's own prevalence, without a profile.

    Args:
        positive: (n,) True where there is a finding.
    """
    return SiteImages(
        scores=np.array([decision.score for decision in decisions], dtype=np.float64),
        positive=positive,
        distances=_distances(decisions),
        is_poor=np.array([POOR in decision.causes for decision in decisions]),
    )


def decided(decisions: Sequence[Decision]) -> Float64Array:
    """(n,) 1 positive, 0 negative, NaN referred."""
    return np.array(
        [
            np.nan if d.decision == Decided.REFER else float(d.decision == Decided.POSITIVE)
            for d in decisions
        ]
    )


def _objection(report: SiteReport) -> str:
    """A threshold cures a shift of the scores, not scores that do not tell films apart."""
    interval = report.metrics.intervals.get("auroc")
    if interval is None or interval[1] >= MIN_AUROC:
        return ""
    return (
        f"A profile does not help here: the scores hardly tell films with a finding from those "
        f"without (AUROC {report.metrics.auroc:.2f}, at the best {interval[1]:.2f}), and a "
        "threshold does not cure that. Send these films to training instead, and retrain."
    )


def _distances(decisions: Sequence[Decision]) -> dict[str, Float64Array]:
    found = {
        UNLIKENESS: [decision.unlikeness for decision in decisions],
        SITE_DISTANCE: [decision.site_distance for decision in decisions],
    }
    return {
        name: np.array(values, dtype=np.float64)
        for name, values in found.items()
        if None not in values
    }
