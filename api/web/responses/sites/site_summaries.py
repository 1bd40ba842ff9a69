"""Sites as they are shown: the profile beside the version that answers."""

from typing import Any

from api.registry.sites.site_files import SiteState
from api.services import Services
from api.web.schemas.training.sites import SiteChange, SiteDetail, SiteSummary


def summaries(services: Services) -> list[SiteSummary]:
    """Every site that ever had a profile, as this process follows it."""
    return [SiteSummary(**_summary(services, state)) for state in services.serving.sites.states]


def detail(services: Services, state: SiteState) -> SiteDetail:
    """One site with its profile and its history."""
    return SiteDetail(
        **_summary(services, state),
        applied=state.profile,
        history=[SiteChange.model_validate(move) for move in state.moves][::-1],
    )


def answering_version(services: Services, site: str) -> str | None:
    """The version that answers films of a site; None while there is none."""
    own = services.serving.site_models.version_for(site)
    return own or services.serving.live.version


def _summary(services: Services, state: SiteState) -> dict[str, Any]:
    profile, answered_by = state.profile, answering_version(services, state.name)
    return {
        "site": state.name,
        "profile": profile.id if profile else None,
        "version": profile.version if profile else None,
        "answered_by": answered_by,
        "is_stale": profile is not None and answered_by not in (None, profile.version),
        "n": profile.fit.n if profile else None,
        "created_at": profile.created_at if profile else None,
        "verdict": profile.fit.verdict if profile else None,
        "problem": state.problem,
    }
