"""Where to cut the score: operating points, and the band in which nobody should cut."""

import numpy as np
from scipy.special import expit, logit
from sklearn.metrics import roc_curve

from api.arrays import BoolArray, FloatArray
from api.evaluation.intervals import wilson
from api.model_card.base import Interval
from api.model_card.decision_rules import Band, OperatingPoint, ReferRule
from api.model_card.metrics import Rates

BALANCED, SCREENING, CONFIRM = "balanced", "screening", "confirm"
# Share of the allowed errors that an operating point may make where it is chosen.
MAX_SPENT_SHARE = 0.25
# Scores nearer to certainty than this are alike.
EDGE = 1e-7
# Bounds of error that a band is kept for; the coverage curve shows what each costs.
MAX_ERRORS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15)


def operating_points(
    scores: FloatArray,
    positive: BoolArray,
    *,
    aims: float,
    chosen_on: str,
    usual: float | None = None,
    usual_rates: Interval | None = None,
) -> dict[str, OperatingPoint]:
    """The three cuts of a card.

    `screening` and `confirm` use up a quarter of the errors they are allowed: films that were
    chosen on flatter, and other patients' films are to find the promise kept. They are never less
    sensitive, or less specific, than `balanced`.

    Args:
        scores: (n,) P(any finding) in [0, 1].
        positive: (n,) True where there is a finding.
        wanted: sensitivity of `screening` and specificity of `confirm`, in (0, 1).
        chosen_on: name of the split, for the card.
        usual: the parent's balanced threshold; it stays unless another is clearly better.
        usual_rates: the parent's sensitivity and specificity on the same films; where they are
            given, `balanced` keeps both as well as it can (`even_threshold`).

    Returns: by name; only `balanced`, at 0.5 and with unknown figures, when only one kind is
        present.
    """
    if positive.all() or not positive.any():
        return {
            BALANCED: OperatingPoint(
                threshold=0.5, chosen_on="", sensitivity=None, specificity=None
            )
        }
    if usual is not None and usual_rates is not None:
        balanced = even_threshold(scores, positive, usual, usual_rates)
        reason = "sensitivity and specificity as they were"
    else:
        balanced = _balanced(scores, positive, usual)
        reason = "the largest sum of sensitivity and specificity (Youden 1950)"
    outer = outer_thresholds(scores, positive, balanced, wanted_rate=aims)
    cuts = {
        BALANCED: (balanced, reason),
        SCREENING: (outer[SCREENING], f"a sensitivity of at least {aims:.0%}"),
        CONFIRM: (outer[CONFIRM], f"a specificity of at least {aims:.0%}"),
    }
    return {
        name: _point(float(np.clip(threshold, 0.0, 1.0)), aim, scores, positive, chosen_on)
        for name, (threshold, aim) in cuts.items()
    }


def outer_thresholds(
    scores: FloatArray, positive: BoolArray, balanced: float, *, wanted_rate: float
) -> dict[str, float]:
    """`screening` and `confirm` beside a balanced threshold; both kinds are present."""
    lowest = lower_quantile(scores[positive], _spent(wanted_rate, int(positive.sum())))
    highest = upper_quantile(scores[~positive], _spent(wanted_rate, int((~positive).sum())))
    return {
        SCREENING: min(lowest, balanced),
        CONFIRM: max(float(np.nextafter(highest, 2.0)), balanced),
    }


def youden_threshold(scores: FloatArray, positive: BoolArray) -> float:
    """The threshold with the largest sensitivity + specificity - 1, both kinds being present."""
    fpr, tpr, thresholds = roc_curve(positive, scores, drop_intermediate=False)
    best = int(np.argmax(tpr - fpr))
    below = thresholds[min(best + 1, len(thresholds) - 1)]
    # Halfway to the next score: films just like the last positive one stay positive.
    return float(np.clip((thresholds[best] + below) / 2, 0.01, 0.99))


def even_threshold(
    scores: FloatArray, positive: BoolArray, usual: float, usual_rates: Interval
) -> float:
    """Where the larger of the falls of sensitivity and specificity is smallest.

    A network that learned a site's films gives all others somewhat lower, or higher, scores; at the
    former threshold one kind of film would pay for that alone. Of thresholds at which neither
    falls, the one nearest to the usual.

    Args:
        usual, usual_rates: the threshold of before, and what it gave on the same films.
    """
    known = np.unique(scores)
    cuts = np.append((known[1:] + known[:-1]) / 2, usual)
    ill, well = np.sort(scores[positive]), np.sort(scores[~positive])
    sensitivity = 1 - np.searchsorted(ill, cuts) / len(ill)
    specificity = np.searchsorted(well, cuts) / len(well)
    gains = np.minimum(sensitivity - usual_rates[0], specificity - usual_rates[1])
    good = np.flatnonzero(gains >= min(float(gains.max()), 0.0) - 1e-9)
    return float(cuts[good[np.argmin(np.abs(cuts[good] - usual))]])


def _balanced(scores: FloatArray, positive: BoolArray, usual: float | None) -> float:
    """The best threshold, or the usual one if that is within a standard error of it (Breiman et
    al. 1984): which of few films lies where would otherwise move it with every retraining."""
    best = youden_threshold(scores, positive)
    if usual is None:
        return best
    found, known = (_shares_right(scores, positive, threshold) for threshold in (best, usual))
    return usual if sum(known) >= sum(found) - _standard_error(found, positive) else best


def _shares_right(scores: FloatArray, positive: BoolArray, threshold: float) -> tuple[float, float]:
    """Sensitivity and specificity."""
    flagged = scores >= threshold
    return float(flagged[positive].mean()), float((~flagged[~positive]).mean())


def _standard_error(shares: tuple[float, float], positive: BoolArray) -> float:
    """Of sensitivity + specificity; a share of 1 may be luck (Agresti & Coull 1998)."""
    variance = 0.0
    for share, n in zip(shares, (int(positive.sum()), int((~positive).sum())), strict=True):
        drawn = (share * n + 2) / (n + 4)
        variance += drawn * (1 - drawn) / (n + 4)
    return float(np.sqrt(variance))


def with_known_bands(found: ReferRule | None, known: ReferRule | None) -> ReferRule | None:
    """A rule with the parent's bands for bounds that too few films can tell.

    Such a band refers at least what it and the next wider one refer, so that a narrower bound never
    answers more.
    """
    if found is None or known is None:
        return found or known
    narrowest = found.bands[0]
    missing = [
        Band(
            max_error=band.max_error,
            low=min(band.low, narrowest.low),
            high=max(band.high, narrowest.high),
        )
        for band in known.bands
        if band.max_error < narrowest.max_error
    ]
    if not missing:
        return found
    return found.model_copy(
        update={
            "bands": (*missing, *found.bands),
            "max_error": known.max_error,
            "unfamiliar_max_error": known.unfamiliar_max_error,
        }
    )


def refer_rule(
    scores: FloatArray,
    positive: BoolArray,
    *,
    max_error: float,
    unfamiliar_max_error: float | None = None,
    chosen_on: str,
) -> ReferRule | None:
    """Bands of scores that fit both kinds of film.

    Split-conformal prediction within each kind (Mondrian; Vovk et al. 2005, Sadinle et al. 2019):
    at a bound e, "finding" is plausible for all scores but the lowest e of films with one, "none"
    for all but the highest e of films without. A film is answered where the other answer is not
    plausible. Where the two kinds keep so far apart that the bound is kept anyway, the low end is
    above the high end. Arguments as in `operating_points`.

    Returns: None where a kind has too few films for the widest bound.
    """
    bands = []
    for bound in MAX_ERRORS:
        needed = int(np.ceil(1 / bound - 1e-9)) - 1
        if min(positive.sum(), (~positive).sum()) < needed:
            continue
        bands.append(_band(scores, positive, bound))
    if not bands:
        return None

    def served(limit: float) -> float:
        fitting = [band.max_error for band in bands if band.max_error <= limit]
        return max(fitting, default=bands[0].max_error)

    return ReferRule(
        chosen_on=chosen_on,
        n=len(scores),
        max_error=served(max_error),
        unfamiliar_max_error=served(unfamiliar_max_error) if unfamiliar_max_error else None,
        bands=tuple(bands),
    )


def site_bands(
    scores: FloatArray, positive: BoolArray, *, max_error: float, chosen_on: str
) -> ReferRule:
    """The bands of `refer_rule`, before them the narrowest bound that as few films can keep.

    Of n films of a kind at most one in n + 1 others is answered wrong, in expectation; films that
    were made unlike the site's others are held to that.

    Where a bound lies between two films, so does the band's end (Beran & Hall 1993): 5 % of 36
    films are 1.85, and the outermost alone would keep 2.7 %. In log-odds, as these are less skewed;
    the bound is then kept but for a term of the order of 1 / n^2. Arguments as in `refer_rule`.
    """
    attainable = 1 / (int(min(positive.sum(), (~positive).sum())) + 1)
    bounds = [attainable, *(bound for bound in MAX_ERRORS if bound > attainable * (1 + 1e-9))]
    return ReferRule(
        chosen_on=chosen_on,
        n=len(scores),
        max_error=max((bound for bound in bounds if bound <= max_error), default=attainable),
        unfamiliar_max_error=attainable,
        bands=tuple(_site_band(scores, positive, bound) for bound in bounds),
    )


def _site_band(scores: FloatArray, positive: BoolArray, bound: float) -> Band:
    return Band(
        max_error=bound,
        low=_lower_quantile_between(scores[positive], bound),
        high=1 - _lower_quantile_between(1 - scores[~positive], bound),
    )


def _band(scores: FloatArray, positive: BoolArray, bound: float) -> Band:
    return Band(
        max_error=bound,
        low=lower_quantile(scores[positive], bound),
        high=upper_quantile(scores[~positive], bound),
    )


def rates(scores: FloatArray, positive: BoolArray, threshold: float) -> Rates:
    """Sensitivity and specificity of a threshold, with intervals."""
    flagged = scores >= threshold
    hits, findings = int(flagged[positive].sum()), int(positive.sum())
    passed, clear = int((~flagged[~positive]).sum()), int((~positive).sum())
    return Rates(
        sensitivity=hits / findings if findings else None,
        specificity=passed / clear if clear else None,
        sensitivity_interval=wilson(hits, findings),
        specificity_interval=wilson(passed, clear),
    )


def _point(
    threshold: float, aim: str, scores: FloatArray, positive: BoolArray, chosen_on: str
) -> OperatingPoint:
    measured = rates(scores, positive, threshold)
    return OperatingPoint(
        threshold=threshold, chosen_on=chosen_on, aim=aim, **measured.model_dump()
    )


def _spent(aims: float, images: int) -> float:
    """Share of films to be wrong about; of few films none, not even the outermost."""
    return max(MAX_SPENT_SHARE * (1 - aims), 1 / (images + 1))


def lower_quantile(values: FloatArray, share: float) -> float:
    """At most `share` of exchangeable new values fall below; 0 where too few tell."""
    rank = _rank(len(values), share)
    return float(np.sort(values)[rank - 1]) if rank else 0.0


def upper_quantile(values: FloatArray, share: float) -> float:
    """At most `share` of exchangeable new values lie above; 1 where too few tell."""
    rank = _rank(len(values), share)
    return float(np.sort(values)[-rank]) if rank else 1.0


def _lower_quantile_between(scores: FloatArray, share: float) -> float:
    """About `share` of exchangeable new scores fall below; 0 where too few tell."""
    rank = _rank(len(scores), share)
    part = (len(scores) + 1) * share - rank
    if not rank or rank == len(scores) or part < EDGE:
        return lower_quantile(scores, share)
    two = np.sort(scores)[rank - 1 : rank + 1].astype(np.float64)
    odds = logit(np.clip(two, EDGE, 1 - EDGE))
    return float(np.clip(expit(odds[0] + part * (odds[1] - odds[0])), *two))


def _rank(n: int, share: float) -> int:
    return int(np.floor((n + 1) * share + 1e-9))
