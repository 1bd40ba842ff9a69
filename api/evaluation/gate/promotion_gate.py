"""Champion against challenger on the same held-out films: each condition with its figures."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from api.evaluation.gate.paired_evaluation import (
    PairedEvaluation,
    auroc,
    balanced_accuracy,
    balanced_decisions,
    groups_of,
    share_decided,
)
from api.evaluation.gate.paired_tests import ROUNDING, mcnemar
from api.evaluation.gate.trade import counts_of, trade_of
from api.evaluation.label_errors import LabelIssues
from api.evaluation.sites.site_gate import SiteEvidence, evaluate_site
from api.model_card.promotion_policy import Check, GatePolicy, Verdict
from api.model_card.verdicts.label_issue import LabelIssue

SHOWN_IMAGES = 20


@dataclass(frozen=True, slots=True)
class LabelDoubts:
    """About the labels of all new films: finding or none, and which class.

    `images` are those whose class is doubtful, the most doubtful first.
    """

    findings: LabelIssues
    classes: LabelIssues
    images: Sequence[LabelIssue]


def evaluate_gate(
    remembered: PairedEvaluation,
    local: PairedEvaluation,
    label_issues: LabelDoubts,
    covered: int,
    policy: GatePolicy,
    *,
    sites: Mapping[str, SiteEvidence] | None = None,
) -> Verdict:
    """For whom the challenger may answer: for everybody, for some sites, or for nobody.

    Args:
        remembered: on the hold-out that the lineage carries along.
        local: on the new films that are held out.
        covered: how many of the latter the champion was never measured on.
        sites: the new films of each site, beside what answers it now.
    """
    labels = labels_check(label_issues, policy)
    checks = [_enough_images(local, policy), labels, *_not_worse(remembered, policy)]
    checks += _each_source_and_class(remembered, policy)
    if len(local):
        checks += _on_new_images(local, policy)
    verdict = Verdict.of((*checks, _gain(remembered, local, covered)))
    evidence = dict(sites or {})
    judged = [
        evaluate_site(site, found, remembered, labels, policy) for site, found in evidence.items()
    ]
    locals_ = {site: found.paired for site, found in evidence.items()} or {"": local}
    return verdict.with_sites(
        judged, trade_of(locals_, remembered, policy), counts_of(locals_, remembered)
    )


def for_one_site(verdict: Verdict) -> Verdict:
    """The verdict of an installation that serves one site only: what may answer the site may
    answer everybody."""
    if verdict.promoted or not verdict.promoted_sites:
        return verdict
    overridden = " ".join(check.detail for check in verdict.checks if not check.passed)
    return verdict.promoted_for_all(
        "This installation serves one site, so what is right for the site is right for everybody. "
        f"{verdict.trade} Overridden: {overridden}"
    )


def _enough_images(local: PairedEvaluation, policy: GatePolicy) -> Check:
    n, aims = len(local), policy.min_local_films
    detail = (
        f"{n} of the new films were held out."
        if n >= aims
        else f"Only {n} of the new films were held out, and {aims} are needed to judge; a "
        f"quarter of each class is held out, so upload about {4 * (aims - n)} more."
    )
    return Check("enough held-out films", n >= aims, detail)


def labels_check(label_issues: LabelDoubts, policy: GatePolicy) -> Check:
    """How many labels of new films the others contradict. Bacterial and viral are confused by
    everybody; ill and well are not."""
    limits = (
        ("finding or none", label_issues.findings, policy.max_doubtful_findings),
        ("class", label_issues.classes, policy.max_doubtful_classes),
    )
    counted = [
        f"{len(issues.rows)} of {issues.n} as to {what} ({issues.share:.0%}, allowed {limit:.0%})"
        for what, issues, limit in limits
    ]
    passed = all(issues.low <= limit for _, issues, limit in limits)
    detail = f"Labels of new films that the other films contradict: {'; '.join(counted)}. " + (
        "That is within bounds, or may be luck."
        if passed
        else "That is no luck: correct them on the page Films, and retrain."
    )
    shown = tuple(label_issues.images[:SHOWN_IMAGES])
    films = tuple(issue.sha256 for issue in shown)
    return Check("labels", passed, detail, films=films, label_issues=shown)


def _not_worse(paired: PairedEvaluation, policy: GatePolicy) -> Iterator[Check]:
    """Non-inferiority on what was known before, figure by figure."""
    if not len(paired):
        detail = "The champion remembers no held-out films; what was forgotten cannot be measured."
        yield Check("remembered films", False, detail)
        return
    for name, difference, margin in (
        (
            "balanced accuracy",
            balanced_accuracy(paired, significance=policy.significance),
            policy.label_margin,
        ),
        (
            "sensitivity",
            share_decided(paired, paired.positive, significance=policy.significance),
            policy.margin,
        ),
        (
            "specificity",
            share_decided(paired, ~paired.positive, significance=policy.significance),
            policy.margin,
        ),
        ("AUROC", auroc(paired, significance=policy.significance), policy.auroc_margin),
    ):
        if difference is None:
            continue
        passed = difference.low >= -margin
        yield Check(
            f"{name}, remembered films",
            passed,
            f"On the {len(paired)} remembered held-out films {name} went from "
            f"{difference.first:.3f} to {difference.second:.3f}: "
            f"{'not lower' if passed else 'it may be lower'} by {margin:.3f} or more "
            f"(bound {difference.low:+.3f}).",
            difference.first,
            difference.second,
        )


def _each_source_and_class(paired: PairedEvaluation, policy: GatePolicy) -> Iterator[Check]:
    """No class of a source may pay for the others by its decisions, no source by its labels."""
    if not len(paired):
        return
    worst: tuple[float, str] = (0.0, "")
    failed: list[str] = []
    for name, first, second in groups_of(paired):
        fall = float(first.mean() - second.mean())
        luck = mcnemar(first, second)
        words = f"{name}: {first.mean():.3f} to {second.mean():.3f} (McNemar p = {luck:.2g})"
        worst = max(worst, (fall, words))
        lost = fall > policy.kind_margin + ROUNDING
        if lost or (fall > policy.margin and luck < policy.significance):
            failed.append(words)
    if failed:
        detail = f"Some remembered films are answered right less often: {'; '.join(failed)}."
    elif worst[1]:
        detail = f"No source and no class was lost; the largest fall is {worst[1]}."
    else:
        detail = "No source and no class is answered right less often than before."
    yield Check("each source and class", not failed, detail)


def _on_new_images(paired: PairedEvaluation, policy: GatePolicy) -> Iterator[Check]:
    difference = balanced_decisions(paired, significance=policy.significance)
    passed = difference.gain >= 0 or difference.low >= -policy.local_margin
    yield Check(
        "balanced accuracy, new films",
        passed,
        f"On the {len(paired)} new held-out films balanced accuracy went from "
        f"{difference.first:.3f} to {difference.second:.3f}"
        + ("." if passed else f"; it may be more than {policy.local_margin:.3f} lower."),
        difference.first,
        difference.second,
    )
    first, second = (paired.decision_is_right(marks) for marks in paired.both)
    luck = mcnemar(first, second)
    fall = float(first.mean() - second.mean())
    passed = luck >= policy.significance and fall <= policy.kind_margin + ROUNDING
    yield Check(
        "decisions, new films",
        passed,
        f"{int(first.sum())} of {len(paired)} new held-out films were decided right before, "
        f"{int(second.sum())} are now"
        + ("." if passed else f"; that is too many fewer (McNemar p = {luck:.2g})."),
        float(first.mean()),
        float(second.mean()),
    )


def _gain(remembered: PairedEvaluation, local: PairedEvaluation, covered: int) -> Check:
    """Nothing is replaced for nothing: something must be better, or new films be covered."""
    better = [
        f"{name} on {where} films"
        for where, paired in (("remembered", remembered), ("new", local))
        if len(paired)
        for name, right in (
            ("decisions", paired.decision_is_right),
            ("labels", paired.label_is_right),
        )
        if right(paired.challenger).sum() > right(paired.champion).sum()
    ]
    if better:
        return Check("something gained", True, f"Better than before: {', '.join(better)}.")
    detail = (
        f"No figure is better, but {covered} new held-out films are covered now."
        if covered
        else "No figure is better than the champion's, and there are no films it did not know."
    )
    return Check("something gained", covered > 0, detail)
