"""Whether a challenger may answer for one site, which its films were learned from.

What counts is what it gains on the site's own held-out films, as they would be answered there: a
film that is referred is no right answer and no wrong one. On remembered films it need not be as
good as the champion, who goes on answering everybody else, but it must not have collapsed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from api.evaluation.gate.paired_evaluation import (
    PairedEvaluation,
    answered_right,
)
from api.evaluation.gate.paired_tests import ROUNDING, PairedDifference, mcnemar
from api.evaluation.label_errors import LabelIssues
from api.evaluation.sites.forgetting_checks import no_collapse
from api.model_card.base import Interval
from api.model_card.promotion_policy import (
    ANSWERED_BY_CHAMPION,
    GAIN,
    Check,
    GatePolicy,
    SiteVerdict,
)

# AUROC of an order that has nothing to do with the labels.
CHANCE = 0.5


@dataclass(frozen=True, slots=True)
class SiteEvidence:
    """What is known of one site.

    Attributes:
        paired: its new films that are held out; `champion` is what answers the site now.
        findings: of all its new films, which labels the others contradict: finding or none.
        answered_by: the version that answers it now, if it has one of its own.
        champion_auroc: of the champion on all its new films as they are labelled, with its
            interval; None where there is only one kind.
        held_out: so many of the films were never learned from; of the others each was answered by
            a network, and by rules, that were made without it. None: all.
        cross_fitted_auroc: of networks that did not learn them, on films that were learned from,
            by their labels; None where nothing was learned in folds.
    """

    paired: PairedEvaluation
    findings: LabelIssues
    answered_by: str = ANSWERED_BY_CHAMPION
    champion_auroc: tuple[float, Interval] | None = None
    held_out: int | None = None
    cross_fitted_auroc: tuple[float, Interval] | None = None

    @property
    def champion_knows_nothing(self) -> bool:
        """Whether the champion orders the films no better than by chance, so that neither its
        answers nor its features can contradict a label."""
        return self.champion_auroc is not None and self.champion_auroc[1][0] <= CHANCE


def evaluate_site(
    site: str,
    evidence: SiteEvidence,
    remembered: PairedEvaluation,
    labels: Check,
    policy: GatePolicy,
) -> SiteVerdict:
    """Whether the challenger may answer a site, condition by condition.

    Args:
        remembered: both on the hold-out that the lineage carries along.
        labels: what the gate found of the labels of all new films.
    """
    local = evidence.paired
    checks = [
        _enough(evidence, policy),
        *_labels(evidence, labels, policy),
        *_direction(evidence.champion_auroc),
    ]
    if len(local):
        checks += [_gain(local, policy), _level(local, policy), *_wrong_answers(local, policy)]
    checks += no_collapse(remembered, policy)
    return SiteVerdict(
        site=site,
        promoted=all(check.passed for check in checks),
        answered_by=evidence.answered_by,
        checks=tuple(checks),
    )


def _enough(evidence: SiteEvidence, policy: GatePolicy) -> Check:
    local = evidence.paired
    ill = int(local.positive.sum())
    well, aims = len(local) - ill, policy.min_site_films
    missing = max(0, aims - ill), max(0, aims - well)
    detail = f"{ill} of the site's films with a finding and {well} without were held out."
    if evidence.held_out is not None and evidence.held_out < len(local):
        detail = (
            f"{ill} of the site's films with a finding and {well} without are judged: "
            f"{evidence.held_out} that were held out, the others by networks that did not learn "
            "them."
        )
    if any(missing):
        detail += (
            f" {aims} of each are needed to judge; a quarter is held out, so upload about "
            f"{4 * missing[0]} more with a finding and {4 * missing[1]} without."
        )
    return Check("enough held-out films of the site", not any(missing), detail)


def _labels(evidence: SiteEvidence, labels: Check, policy: GatePolicy) -> Iterator[Check]:
    """Whether wrong labels are ruled out: by the other films, and by what can be learned.

    Other films contradict a label by the champion's features. Where these tell the site's films
    apart no better than by chance they contradict right labels as well; then what counts is
    whether networks that did not learn a film agree with its label.
    """
    agreement = _agreement(evidence, policy)
    contradicted = [Check(labels.name, labels.passed, labels.detail)]
    contradicted.append(_own_labels(evidence.findings, policy))
    if agreement and agreement.passed and evidence.champion_knows_nothing:
        waived = (
            " The champion orders the site's films by chance, so this does not count; what "
            "networks that did not learn them say does."
        )
        contradicted = [
            replace(check, passed=True, detail=check.detail + waived) for check in contradicted
        ]
    yield from contradicted
    if agreement:
        yield agreement


def _agreement(evidence: SiteEvidence, policy: GatePolicy) -> Check | None:
    """Labels of which a share w of either kind is turned over allow even a network that is always
    right an AUROC of 1 - w only."""
    if evidence.cross_fitted_auroc is None:
        return None
    area, (low, high) = evidence.cross_fitted_auroc
    needed = 1 - policy.max_wrong_labels
    passed = low > needed
    return Check(
        "labels of the site can be learned",
        passed,
        f"Networks that did not learn them order the site's films by these labels with an AUROC of "
        f"{area:.2f} ({low:.2f} to {high:.2f}); with {policy.max_wrong_labels:.0%} of the labels "
        f"wrong it could not be above {needed:.2f}"
        + (
            "."
            if passed
            else ", which is not ruled out: the labels may be wrong, or the films too few."
        ),
    )


def _own_labels(findings: LabelIssues, policy: GatePolicy) -> Check:
    passed = findings.low <= policy.max_doubtful_findings
    detail = (
        f"{len(findings.rows)} of the {findings.n} labels of the site's films (finding or none) "
        f"are contradicted by the other films ({findings.share:.0%}, allowed "
        f"{policy.max_doubtful_findings:.0%})."
    )
    return Check("labels of the site", passed, detail)


def _direction(champion_auroc: tuple[float, Interval] | None) -> Iterator[Check]:
    """A network that knows nothing of a site orders its films by chance, not turned round."""
    if champion_auroc is None:
        return
    area, (low, high) = champion_auroc
    passed = high >= CHANCE
    detail = (
        f"By these labels the champion orders the site's films with an AUROC of {area:.2f} "
        f"({low:.2f} to {high:.2f})"
    )
    yield Check(
        "direction of the site's labels",
        passed,
        f"{detail}."
        if passed
        else f"{detail}: worse than by chance. They may be turned over; look at them.",
    )


def _gain(local: PairedEvaluation, policy: GatePolicy) -> Check:
    """Both by resampling, which needs many films, and by an exact test, which does not."""
    difference = answered_right(local, significance=policy.significance)
    before, now = (local.is_answered_right(marks) for marks in local.both)
    luck = mcnemar(now, before)
    passed = difference.low > 0 and luck < policy.significance
    return Check(
        GAIN,
        passed,
        f"Of the site's {len(local)} judged films the share answered right (mean of films with a "
        f"finding and without) went from {difference.first:.3f} to {difference.second:.3f} "
        f"({spread(difference)}; McNemar p = {luck:.2g})"
        + ("." if passed else "; that may be luck."),
        difference.first,
        difference.second,
    )


def _level(local: PairedEvaluation, policy: GatePolicy) -> Check:
    """Labels of which many are wrong leave nobody right about more than the others."""
    marks = local.challenger
    right, answered = local.is_answered_right(marks), local.is_answered(marks)
    groups = [rows & answered for rows in (local.positive, ~local.positive)]
    level = float(np.mean([right[rows].mean() if rows.any() else 0.0 for rows in groups]))
    passed = level >= policy.min_site_accuracy - ROUNDING
    return Check(
        "level at the site",
        passed,
        f"Of what is answered at the site, {level:.3f} is right (mean of films with a finding and "
        f"without), needed are {policy.min_site_accuracy:.2f}"
        + ("." if passed else ": too little for a version of its own, or labels are wrong."),
    )


def _wrong_answers(local: PairedEvaluation, policy: GatePolicy) -> Iterator[Check]:
    """What is gained on films without a finding must not be paid by those with one."""
    wrong = [local.is_answered_wrong(marks) for marks in local.both]
    for name, rows in (("with a finding", local.positive), ("without one", ~local.positive)):
        if not rows.any():
            continue
        first, second = (float(marks[rows].mean()) for marks in wrong)
        passed = second <= first + policy.kind_margin + ROUNDING
        yield Check(
            f"wrong answers at the site, films {name}",
            passed,
            f"Of the site's judged films {name}, {first:.3f} were answered wrong, and "
            f"{second:.3f} would be"
            + ("." if passed else f"; it may be {policy.kind_margin:.2f} more at most."),
            first,
            second,
        )


def spread(difference: PairedDifference) -> str:
    """A gain with its interval, in words."""
    return f"{difference.gain:+.3f}, 90 % interval {difference.low:+.3f} to {difference.high:+.3f}"
