"""`/sites`: what a hospital's own films change about decisions there."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request

from api.evaluation_runs.site_profiles import check_reason, usable_fit
from api.registry.sites.site_names import MAX_NAME, site_name
from api.serving.scheduling.work_pool import place_in, runs_in
from api.web.auditing import Action, Audited
from api.web.deps import OfPictures, S
from api.web.principals import source_of
from api.web.problems import documented
from api.web.responses.sites.site_summaries import detail, summaries
from api.web.schemas.training.sites import SiteDetail, SiteList
from api.web.uploads.upload_form import ARCHIVE_BODY, OptionalArchive

router = APIRouter(prefix="/sites", tags=["sites"])

# Names may hold slashes.
ONE = "/{name:path}"
Name = Annotated[str, Path(description=f"Free text, at most {MAX_NAME} characters.")]
Reason = Annotated[str, Query(max_length=500, description="Why; kept in the site's history.")]
BODY: dict[str, Any] = {"requestBody": {**ARCHIVE_BODY["requestBody"], "required": False}}


@router.get("", responses=documented(503, 507))
@runs_in("operation")
def list_sites(services: S) -> SiteList:
    """Every site that ever had a profile."""
    services.serving.sites.refresh()
    return SiteList(sites=summaries(services))


@router.get(ONE, responses=documented(404, 422, 503, 507))
@runs_in("operation")
def get_site(name: Name, services: S) -> SiteDetail:
    """One site: its profile, and how it came about."""
    return detail(services, services.storage.sites.state(name))


@router.post(
    ONE,
    status_code=201,
    dependencies=[OfPictures, place_in("evaluations")],
    openapi_extra=BODY,
    responses=documented(400, 403, 404, 408, 409, 413, 422, 429, 503, 507),
)
@runs_in("evaluations")
def make_profile(
    request: Request,
    name: Name,
    file: OptionalArchive,
    services: S,
    audit: Audited,
    check: Annotated[
        str | None,
        Query(
            max_length=64, description="A finished check (`check` of its report), without films."
        ),
    ] = None,
    prevalence: Annotated[
        float | None,
        Query(gt=0, lt=1, description="Share of films with a finding. Default: as in the films."),
    ] = None,
    operating_point: Annotated[
        str | None, Query(max_length=40, description="Of the verdict. Default: the setting.")
    ] = None,
    reason: Reason = "",
    force: Annotated[
        bool, Query(description="Use it although the films speak against it; needs a reason.")
    ] = False,
) -> SiteDetail:
    """Make a site profile of labelled films, and decide by it about films of that site.

    Send the films as to `POST /evaluate`, or name a finished check. At least 20 films without and
    20 with a finding are needed. The films are not kept, their SHA-256 are.
    """
    source_of(request.scope, site_name(name))
    check_reason(reason, force=force)
    site, training = site_name(name), services.training
    predictor = services.predictor(source=site, operating_point=operating_point).predictor
    predictor.check_policy()
    version = predictor.engine.version
    report = (
        training.site_check.reports.get(check or "")
        if file is None
        else training.site_check.check(
            file,
            version=version,
            operating_point=predictor.policy.operating_point,
            by=audit.actor,
        )
    )
    fit = usable_fit(report, version=version, force=force)
    made = services.storage.sites.apply(
        site,
        fit,
        by=audit.actor,
        reason=reason,
        prevalence=prevalence,
        forced=force and bool(fit.objection),
    )
    audit.record(Action.PROFILE_APPLY, made.id, after={"site": site, "forced": made.forced})
    services.serving.sites.refresh()
    return detail(services, services.storage.sites.state(site))


@router.delete(ONE, responses=documented(403, 404, 409, 422, 503, 507))
@runs_in("operation")
def undo_profile(
    request: Request,
    name: Name,
    services: S,
    audit: Audited,
    reason: Reason = "",
    profile: Annotated[
        str | None,
        Query(max_length=40, description="The one that is to go: 409 if it is another by now."),
    ] = None,
) -> SiteDetail:
    """Decide by the profile before again, or by the model's card where there was none."""
    source_of(request.scope, site_name(name))
    state = services.storage.sites.undo(name, by=audit.actor, reason=reason, profile=profile)
    audit.record(
        Action.PROFILE_UNDO,
        state.name,
        before={"profile": profile},
        after={"profile": state.profile.id if state.profile else None},
    )
    services.serving.sites.refresh()
    return detail(services, state)
