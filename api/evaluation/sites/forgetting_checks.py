"""Whether a version for one site has collapsed on the films of all others."""

from collections.abc import Iterator

import numpy as np

from api.arrays import BoolArray
from api.evaluation.gate.paired_evaluation import (
    MIN_GROUP,
    PairedEvaluation,
    auroc,
    balanced_accuracy,
    groups_of,
    share_decided,
)
from api.evaluation.gate.paired_tests import ROUNDING, PairedDifference
from api.model_card.promotion_policy import (
    Check,
    GatePolicy,
)


def no_collapse(remembered: PairedEvaluation, policy: GatePolicy) -> Iterator[Check]:
    """Conditions on the films that the lineage remembers, with the margins of a site."""
    if not len(remembered):
        yield Check("remembered films", False, "There are no remembered films to measure on.")
        return
    positive = remembered.positive
    level = policy.significance
    for name, found, margin in (
        (
            "balanced accuracy",
            balanced_accuracy(remembered, significance=level),
            policy.site_margin,
        ),
        (
            "sensitivity",
            share_decided(remembered, positive, significance=level),
            policy.site_margin,
        ),
        (
            "specificity",
            share_decided(remembered, ~positive, significance=level),
            policy.site_margin,
        ),
        ("AUROC", auroc(remembered, significance=level), policy.site_auroc_margin),
    ):
        if found is not None:
            yield _not_collapsed(name, found, margin)
    is_one_sided = remembered.of_one_sided_sources()
    yield _each_group(remembered.at(~is_one_sided), policy)
    yield from _one_sided(remembered, is_one_sided, policy)


def _not_collapsed(name: str, found: PairedDifference, margin: float) -> Check:
    passed = found.low >= -margin
    return Check(
        f"{name} elsewhere",
        passed,
        f"On remembered films {name} went from {found.first:.3f} to {found.second:.3f}; for the "
        f"site's own version it may be {margin:.3f} lower (bound {found.low:+.3f}).",
        found.first,
        found.second,
    )


def _each_group(remembered: PairedEvaluation, policy: GatePolicy) -> Check:
    falls = [
        (float(first.mean() - second.mean()), name) for name, first, second in groups_of(remembered)
    ]
    fall, name = max(falls, default=(0.0, ""))
    passed = fall <= policy.site_kind_margin + ROUNDING
    detail = (
        f"The largest fall on remembered films is {fall:.3f} ({name}); "
        f"{policy.site_kind_margin:.2f} are allowed for the site's own version."
        if fall > 0
        else "No group of remembered films is answered right less often."
    )
    return Check("each source and class elsewhere", passed, detail)


def _one_sided(
    remembered: PairedEvaluation, rows: BoolArray, policy: GatePolicy
) -> Iterator[Check]:
    """A source with films of one kind only can be told by its equipment, and its films are then
    decided right by that alone. A network that learns healthy films of similar equipment unlearns
    it, and gives the source's findings lower scores: what must not fall is their order, among the
    others' films of the other kind.

    Args:
        rows: (n,) True for the films of such sources.
    """
    falls = []
    for source in sorted({remembered.sources[row] for row in np.flatnonzero(rows).tolist()}):
        own = np.array([name == source for name in remembered.sources], dtype=bool)
        is_ill = bool(remembered.positive[own][0])
        compared = remembered.at(own | (remembered.positive != is_ill))
        found = auroc(compared, significance=policy.significance)
        if own.sum() >= MIN_GROUP and found is not None:
            falls.append((-found.gain, source, found))
    if not falls:
        return
    fall, source, found = max(falls, key=lambda each: each[:2])
    yield Check(
        "sources with one kind of films elsewhere",
        fall <= policy.site_one_sided_margin + ROUNDING,
        f"The films of {source}, of one kind only, are told from remembered films of the other "
        f"kind with an AUROC of {found.second:.3f} instead of {found.first:.3f}; it may be "
        f"{policy.site_one_sided_margin:.3f} lower.",
        found.first,
        found.second,
    )
