"""The local-site check: what a checkpoint is worth on somebody's own films, beside its card."""

from collections.abc import Mapping, Sequence

import numpy as np

from api.arrays import BoolArray, FloatArray
from api.evaluation.calibration import chance_calibration_error, score_temperature
from api.evaluation.metrics import (
    DecisionRules,
    Predictions,
    compute_metrics,
    curves,
    is_positive,
    scores_of,
)
from api.evaluation.operating_points import BALANCED, youden_threshold
from api.model_card.card import Card
from api.model_card.metrics import Metrics, Rates
from api.model_card.sites.site_profile import SiteCheckVerdict
from api.model_card.sites.site_report import Comparison, SiteReport, Suggestion
from api.tasks.splits import HOLDOUT

# Fewer films of a kind than this leave an interval so wide that it says nothing.
MIN_RELIABLE, MIN_USABLE = 30, 10
# How far below the card a figure's whole interval may lie.
MAX_AUROC_DROP, MAX_AUROC_DROP_NO_GO = 0.02, 0.10
MIN_AUROC, MIN_RATE = 0.80, 0.70
MAX_REFERRED_NO_GO, MAX_REFERRED = 0.5, 0.25
MAX_OOD_NO_GO, MAX_OOD = 0.25, 0.10
CALIBRATION_GAP = 0.05


def site_report(
    answers: Predictions,
    sources: Sequence[str],
    card: Card,
    rules: DecisionRules,
    *,
    counts: Mapping[str, Mapping[str, int]],
    skipped: Mapping[str, int],
) -> SiteReport:
    """Measure, compare with the card's hold-out, and judge; n > 0."""
    metrics = compute_metrics(answers, rules)
    names = np.array(sources)
    positive = is_positive(answers, rules)
    scores = scores_of(answers, rules)
    verdict, reasons = site_verdict(
        metrics, card, positive, rules.operating_point, chance=chance_calibration_error(scores)
    )
    return SiteReport(
        version=card.version,
        n=len(answers),
        counts={source: dict(row) for source, row in counts.items()},
        skipped=dict(skipped),
        operating_point=rules.operating_point,
        threshold=rules.operating_points[rules.operating_point].threshold,
        metrics=metrics,
        per_source={
            str(name): compute_metrics(answers.where(names == name), rules)
            for name in np.unique(names)
        },
        curves=curves(answers, rules),
        comparisons=comparisons(metrics, card, rules.operating_point),
        suggestion=suggest(scores, positive),
        verdict=verdict,
        reasons=reasons,
    )


def comparisons(here: Metrics, card: Card, operating_point: str) -> tuple[Comparison, ...]:
    """The figures that a card and a folder have in common."""
    holdout = card.metrics[HOLDOUT].overall if HOLDOUT in card.metrics else None
    rates = _usual_rates(card, operating_point)
    there = {
        "auroc": holdout.auroc if holdout else None,
        "sensitivity": rates.sensitivity if rates else None,
        "specificity": rates.specificity if rates else None,
        "accuracy": holdout.accuracy if holdout else None,
        "score_calibration_error": holdout.score_calibration_error if holdout else None,
        "referred": holdout.referred if holdout else None,
        "answered_error": holdout.answered_error if holdout else None,
    }
    return tuple(
        Comparison(
            figure=name,
            here=getattr(here, name),
            interval=here.intervals.get(name),
            card=value,
        )
        for name, value in there.items()
    )


def suggest(scores: FloatArray, positive: BoolArray) -> Suggestion:
    """Threshold and temperature for films like these, if there are enough of both kinds."""
    if min(positive.sum(), (~positive).sum()) < MIN_USABLE:
        return Suggestion(threshold=None, temperature=None)
    return Suggestion(
        threshold=youden_threshold(scores, positive),
        temperature=score_temperature(scores, positive),
    )


def site_verdict(
    here: Metrics,
    card: Card,
    positive: BoolArray,
    operating_point: str,
    *,
    chance: float,
) -> tuple[SiteCheckVerdict, tuple[str, ...]]:
    """Go, caution or no-go, and why.

    Only what the intervals prove counts against a checkpoint; what they leave open is a caution.
    `chance` is the calibration error that luck alone explains.
    """
    against = _no_go_reasons(here, card, operating_point)
    label_issues = [
        *_caution_reasons(here, card, operating_point, chance=chance),
        *_scarcity(positive),
    ]
    if against:
        return SiteCheckVerdict.NO_GO, tuple(against + label_issues)
    if label_issues:
        return SiteCheckVerdict.CAUTION, tuple(label_issues)
    return SiteCheckVerdict.GO, (
        f"On these {here.n} films the model does what its card says, as far as as many films can "
        "show.",
    )


def _no_go_reasons(here: Metrics, card: Card, operating_point: str) -> list[str]:
    found = []
    usual = card.metrics[HOLDOUT].overall.auroc if HOLDOUT in card.metrics else None
    ceiling = _upper(here, "auroc")
    if ceiling is not None and ceiling < MIN_AUROC:
        found.append(
            f"It hardly tells films with a finding from those without: AUROC {here.auroc:.3f}, at "
            f"the best {ceiling:.3f}."
        )
    elif ceiling is not None and usual is not None and ceiling < usual - MAX_AUROC_DROP_NO_GO:
        found.append(
            f"It is far worse here than its card says: AUROC {here.auroc:.3f}, at the best "
            f"{ceiling:.3f}, instead of {usual:.3f}."
        )
    rates = _usual_rates(card, operating_point)
    for name, kind in (("sensitivity", "with a finding"), ("specificity", "without one")):
        top = _upper(here, name)
        promised = getattr(rates, name, None)
        # An operating point may promise little of the one for much of the other.
        worst = MIN_RATE if promised is None else min(MIN_RATE, promised - CALIBRATION_GAP)
        if top is not None and top < worst:
            found.append(
                f"{name.capitalize()} is {getattr(here, name):.2f}, at the best {top:.2f}, at the "
                f"operating point '{operating_point}': too many films {kind} are answered wrong."
            )
    if _floor(here, "referred") > MAX_REFERRED_NO_GO:
        found.append(f"{here.referred:.0%} of the films are left to a person.")
    if here.referred_because.get("unlike", 0.0) > MAX_OOD_NO_GO:
        found.append(
            f"{here.referred_because['unlike']:.0%} of the pictures are unlike the films it "
            "learned from."
        )
    return found


def _caution_reasons(
    here: Metrics, card: Card, operating_point: str, *, chance: float
) -> list[str]:
    found = []
    holdout = card.metrics[HOLDOUT].overall if HOLDOUT in card.metrics else None
    ceiling = _upper(here, "auroc")
    usual = holdout.auroc if holdout else None
    if usual and ceiling and usual - MAX_AUROC_DROP_NO_GO <= ceiling < usual - MAX_AUROC_DROP:
        found.append(
            f"It is worse here than its card says: AUROC {here.auroc:.3f}, at the best "
            f"{ceiling:.3f}, instead of {usual:.3f}."
        )
    usual_rates = _usual_rates(card, operating_point)
    for name in ("sensitivity", "specificity"):
        usual, top = getattr(usual_rates, name, None), _upper(here, name)
        if usual is None or top is None:
            continue
        if min(MIN_RATE, usual - CALIBRATION_GAP) <= top < usual - CALIBRATION_GAP:
            found.append(
                f"{name.capitalize()} is {getattr(here, name):.2f} here (at the best {top:.2f}), "
                f"{usual:.2f} in the card; the suggested threshold may suit this site better."
            )
    if (here.score_calibration_error or 0.0) > max(chance, CALIBRATION_GAP):
        found.append(
            "The probabilities are off here: on average by "
            f"{here.score_calibration_error:.0%}. Set the prevalence of this site, and look at "
            "the suggested temperature."
        )
    referred = here.referred or 0.0
    if referred > MAX_REFERRED and _floor(here, "referred") <= MAX_REFERRED_NO_GO:
        found.append(f"{referred:.0%} of the films are left to a person.")
    unlike = here.referred_because.get("unlike", 0.0)
    if MAX_OOD < unlike <= MAX_OOD_NO_GO:
        found.append(f"{unlike:.0%} of the pictures are unlike the films it learned from.")
    return found


def _scarcity(positive: BoolArray) -> list[str]:
    kinds = {"with a finding": int(positive.sum()), "without one": int((~positive).sum())}
    short = [f"{count} {kind}" for kind, count in kinds.items() if count < MIN_RELIABLE]
    if not short:
        return []
    return [
        f"There are only {' and '.join(short)}; at least {MIN_RELIABLE} of each are needed to say "
        "more."
    ]


def _usual_rates(card: Card, operating_point: str) -> Rates | Metrics | None:
    """What the card says of the same operating point; cards of old know the balanced one only."""
    if HOLDOUT not in card.metrics:
        return None
    usual = card.metrics[HOLDOUT].overall
    return usual.at.get(operating_point, usual if operating_point == BALANCED else None)


def _upper(here: Metrics, name: str) -> float | None:
    interval = here.intervals.get(name)
    return interval[1] if interval else None


def _floor(here: Metrics, name: str) -> float:
    interval = here.intervals.get(name)
    return interval[0] if interval else 0.0
