"""Whether a version for one site has collapsed on the films of all others."""

from collections.abc import Iterator

from api.evaluation.gate.paired_evaluation import (
    PairedEvaluation,
    auroc,
    balanced_accuracy,
    groups_of,
    share_decided,
)
from api.evaluation.gate.paired_tests import Difference
from api.model_card.promotion_policy import (
    Check,
    GatePolicy,
)

ROUNDING = 1e-9


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
    yield _each_group(remembered, policy)


def _not_collapsed(name: str, found: Difference, margin: float) -> Check:
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
