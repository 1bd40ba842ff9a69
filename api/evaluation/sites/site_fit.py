"""A site profile with what it would change, from films whose answers are known."""

from collections.abc import Mapping

from api.arrays import Float64Array
from api.evaluation.sites.site_profile import (
    SiteImages,
    cross_fitted,
    fit_rules,
    metrics_of,
    site_points,
)
from api.model_card.card import Card
from api.model_card.sites.site_profile import SiteCheckVerdict, SiteFit


def site_fit(
    images: SiteImages,
    card: Card,
    before: Float64Array,
    manifest: Mapping[str, str],
    *,
    operating_point: str,
    wanted_rate: float,
    verdict: SiteCheckVerdict,
    objection: str = "",
) -> SiteFit:
    """The profile that films make.

    Args:
        before: (n,) what is answered without it: 1 positive, 0 negative, NaN referred.
        manifest: the label of each film, by SHA-256.
        operating_point: the one that decides.
        verdict: of the site check.
        objection: why a profile does not help; empty: nothing speaks against it.
    """
    rules = fit_rules(images, card, wanted_rate=wanted_rate)
    after = cross_fitted(images, card, operating_point, wanted_rate=wanted_rate)
    return SiteFit(
        version=card.version,
        n=len(images),
        healthy=int((~images.positive).sum()),
        findings=int(images.positive.sum()),
        verdict=verdict,
        objection=objection,
        operating_point=operating_point,
        operating_points=site_points(images, card, rules, wanted_rate=wanted_rate),
        calibration=rules.calibration,
        refer=rules.refer,
        limits=rules.limits,
        prevalence=float(images.positive.mean()),
        before=metrics_of(before, images.positive),
        after=metrics_of(after, images.positive),
        manifest=dict(manifest),
    )
