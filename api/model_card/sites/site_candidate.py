"""What a version was judged with for sites: the profiles, and the verdict."""

from pydantic import Field

from api.model_card.base import CardPart
from api.model_card.promotion_policy import Verdict
from api.model_card.sites.site_profile import SiteFit


class SiteCandidate(CardPart):
    """What lies beside a version that was judged for sites, whether or not it got one of them."""

    verdict: Verdict
    fits: dict[str, SiteFit] = Field(
        description="The profile that it was judged with, by site, where labels are sound."
    )
