"""`/models`: versions, cards, download, promotion, rollback."""

import contextlib
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse

from api.errors import AppError, NotFound, StorageFailed
from api.model_card.card import Card
from api.model_card.table_card import TableCard
from api.records.retrainings import jobs
from api.records.training_images import sample_history
from api.records.watching import shadows
from api.registry.history import CHAMPION
from api.registry.manifest import deleted_since, read_manifest
from api.registry.signing.signatures import signed_by, trusted_signature
from api.registry.sites.site_names import site_key, site_name
from api.registry.store import Store
from api.services import Services
from api.serving.scheduling.work_pool import runs_in
from api.serving.sites.site_models import SiteStanding
from api.tasks.splits import HOLDOUT
from api.web.auditing import Action, Audited
from api.web.deps import S
from api.web.principals import source_of
from api.web.problems import documented
from api.web.schemas.training.models import (
    ModelDetail,
    ModelList,
    ModelSummary,
    Move,
    Promoted,
    Promotion,
    Rollback,
    SiteVersions,
)

UNSEALED = (
    "Its card is of a former release and has no checksums: nobody would see that it was edited."
)

Site = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=100,
        pattern=r"\S",
        description="The site that is meant, as its requests and films name it; none: everybody.",
    ),
]

router = APIRouter(prefix="/models", tags=["models"])

H5: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/x-hdf5": {}}, "description": "The weights, Keras HDF5."}
}


@router.get("")
@runs_in("operation")
def list_models(services: S) -> ModelList:
    """All checkpoints, and how the champion changed, whatever state the files are in."""
    found = services.serving.promoter.overview()
    try:
        versions, problem = services.storage.store.versions()[::-1], found.problem
    except StorageFailed as exc:
        versions = [services.serving.live.version] if services.serving.live.version else []
        problem = found.problem or exc.message
    return ModelList(
        champion=found.champion,
        rollback_target=found.rollback_target,
        in_shadow=_in_shadow(services),
        problem=problem,
        models=list(_summaries(services, versions, found.champion)),
        history=[Move.model_validate(move) for move in found.history][::-1],
        site_versions=[_site(standing) for standing in services.serving.site_models.standings()],
    )


@router.get("/{version}", responses=documented(404, 409, 422, 503, 507))
@runs_in("operation")
def get_model(version: str, services: S) -> ModelDetail:
    """One checkpoint, and which samples it learned from that were deleted since."""
    services.storage.store.weights_of(version)
    summary = _summary(services, version, services.serving.promoter.champion())
    gone = _deleted_since(services, version) if summary.problem is None else None
    return ModelDetail(
        **summary.model_dump(),
        deleted_since=None if gone is None else len(gone),
        deleted_samples=gone or [],
    )


@router.get("/{version}/card", responses=documented(404, 409, 422))
@runs_in("operation")
def get_card(version: str, services: S) -> TableCard | Card:
    """Everything a checkpoint says about itself."""
    return services.storage.store.get(version).card


@router.get("/{version}/model.h5", responses=H5 | documented(404, 422), response_class=FileResponse)
def download(version: str, services: S) -> FileResponse:
    """The weights."""
    return FileResponse(
        services.storage.store.weights_of(version),
        media_type="application/x-hdf5",
        filename=f"{services.task.name}-{version}.h5",
    )


@router.post("/rollback", responses=documented(403, 409, 422, 503, 507))
def rollback(
    request: Request,
    services: S,
    audit: Audited,
    body: Rollback | None = None,
    source: Site = None,
) -> ModelSummary:
    """Make the champion before the current one serve again; with `source`, what answered that site
    before: its former version, or the champion.

    One request is one step back from the champion that serves when it arrives: of two at once, or
    where `from_version` is another one, the later gets 409.
    """
    options = body or Rollback()
    site = _site_of(request, services, source)
    before = _answering(services, site)
    if site is None:
        version: str | None = services.serving.promoter.rollback(
            reason=options.reason, from_version=options.from_version, by=audit.actor
        )
    else:
        version = services.serving.site_promoter.rollback(
            site, reason=options.reason, from_version=options.from_version, by=audit.actor
        )
    audit.record(
        Action.ROLLBACK,
        version or "",
        before={"site": site, "version": before},
        after={"site": site, "version": version},
    )
    champion = services.serving.promoter.champion()
    if version == CHAMPION:
        version = champion
    return _summary(services, version or "", champion)


@router.post("/{version}/promote", responses=documented(403, 404, 409, 422, 503, 507))
def promote(
    request: Request,
    version: str,
    services: S,
    audit: Audited,
    body: Promotion,
    source: Site = None,
) -> Promoted:
    """Make a version the champion, whatever the gate said; with `source`, let it answer that site
    alone.

    A version that a retraining judged for the site brings the profile that it was judged with, and
    `note` says so. The reason is kept, with the names of the gate's conditions that this overrides.
    A damaged `champion.json` is set aside, and `note` says so.
    """
    site, promoter = _site_of(request, services, source), services.serving.site_promoter
    overrides = jobs.failed_checks(
        services.records.database, version, task=services.task.name, site=site
    ) or promoter.failed_checks(version, site)
    before = _answering(services, site)
    note = promoter.promote(version, site, reason=body.reason, overrides=overrides, by=audit.actor)
    audit.record(
        Action.PROMOTE,
        version,
        before={"site": site, "version": before},
        after={"site": site, "version": version, "overrides": list(overrides)},
    )
    summary = _summary(services, version, services.serving.promoter.champion())
    values = summary.model_dump() | {"note": note or summary.note}
    return Promoted(**values, overrides=list(overrides))


def _in_shadow(services: Services) -> str | None:
    """None also where the records cannot be read: versions are to be seen all the same."""
    with contextlib.suppress(AppError):
        running = shadows.active(services.records.database, task=services.task.name)
        return running.version if running else None
    return None


def _site_of(request: Request, services: Services, named: str | None) -> str | None:
    """None: everybody, which the only site of an installation is."""
    source = source_of(request.scope, named)
    site, only = site_name(source) if source else None, services.serving.site_promoter.everybody
    return None if site and only and site_key(site) == site_key(only) else site


def _answering(services: Services, site: str | None) -> str | None:
    """The version that answers everybody, or a site that has one of its own."""
    own = services.serving.site_models.version_for(site) if site else None
    return own or services.serving.promoter.champion()


def _site(standing: SiteStanding) -> SiteVersions:
    shown = SiteVersions.model_validate(standing)
    return shown.model_copy(update={"history": shown.history[::-1]})


def _summaries(
    services: Services, versions: list[str], champion: str | None
) -> Iterator[ModelSummary]:
    for version in versions:
        # Retention may remove one meanwhile.
        with contextlib.suppress(NotFound):
            yield _summary(services, version, champion)


def _deleted_since(services: Services, version: str) -> list[str] | None:
    lines = read_manifest(services.storage.store.get(version))
    if lines is None:
        return None
    deleted = sample_history.deleted(services.records.database, task=services.task.name)
    return deleted_since(lines, deleted)


def _summary(services: Services, version: str, champion: str | None) -> ModelSummary:
    """Raises: NotFound."""
    weights = services.storage.store.weights_of(version)
    try:
        size_bytes = weights.stat().st_size
    except OSError as exc:
        raise NotFound(f"Version '{version}' was removed meanwhile.") from exc
    card, signer, problem = _described(services.storage.store, version)
    holdout = card.metrics.get(HOLDOUT) if card else None
    if version == champion and services.serving.live.problem:
        problem = services.serving.live.problem
    return ModelSummary(
        version=version,
        is_champion=version == champion,
        sites=[s.site for s in services.serving.site_models.standings() if s.version == version],
        parent=card.parent if card else None,
        created_at=card.created_at if card else None,
        size_bytes=size_bytes,
        accuracy=holdout.overall.accuracy if holdout else None,
        balanced_accuracy=holdout.overall.balanced_accuracy if holdout else None,
        problem=problem,
        note=UNSEALED if card and not card.is_sealed else "",
        signed_by=signer,
    )


def _described(store: Store, version: str) -> tuple[Card | None, str | None, str | None]:
    """A version's card, who signed it, and why it cannot serve, as far as these two tell."""
    try:
        found = store.get(version)
    except AppError as exc:
        return None, None, exc.message
    signer = signed_by(found.weights, found.card, store.signers)
    try:
        if store.signers:
            trusted_signature(found.weights, found.card, store.signers)
    except AppError as exc:
        return found.card, signer, exc.message
    return found.card, signer, None
