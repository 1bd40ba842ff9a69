"""What goes over the wire about sites and their profiles."""

from datetime import datetime

from pydantic import Field

from api.model_card.sites.site_profile import SiteCheckVerdict, SiteProfile
from api.registry.sites.site_files import SiteMoveKind
from api.web.schemas.base import Schema


class SiteSummary(Schema):
    """A site that has, or had, a profile."""

    site: str
    profile: str | None = Field(description="The profile that is in use; null: none.")
    version: str | None = Field(description="The version that it was made with.")
    answered_by: str | None = Field(description="The version that answers films of this site.")
    is_stale: bool = Field(
        description="It was made with another version than the one that answers, so it is not "
        "applied."
    )
    n: int | None = Field(description="Films that it was made from.")
    created_at: datetime | None
    verdict: SiteCheckVerdict | None = Field(description="Of the site check.")
    problem: str | None = Field(description="Why its files cannot be followed, if they cannot.")


class SiteChange(Schema):
    """One change of what is applied at a site."""

    kind: SiteMoveKind
    profile: str | None = Field(description="What is applied from then on.")
    at: datetime
    by: str
    reason: str


class SiteDetail(SiteSummary):
    """A site, what is applied there, and how that changed."""

    applied: SiteProfile | None
    history: list[SiteChange] = Field(description="The newest first.")


class SiteList(Schema):
    """Every site that ever had a profile, by name."""

    sites: list[SiteSummary]
