"""`/keys`: keys of machines."""

from dataclasses import asdict
from datetime import timedelta

from fastapi import APIRouter, Request

from api.records.accounts import keys
from api.serving.scheduling.work_pool import runs_in
from api.web.auditing import Action, Audited
from api.web.deps import S
from api.web.principals import principal_of
from api.web.problems import documented
from api.web.schemas.administration.accounts import Key, KeyCreated, KeyList, NewKey

router = APIRouter(prefix="/keys", tags=["accounts"])


@router.get("", responses=documented(503, 507))
@runs_in("operation")
def list_keys(services: S) -> KeyList:
    """All keys by name, without the keys themselves."""
    return KeyList(keys=[Key.model_validate(key) for key in keys.every(services.records.database)])


@router.post("", status_code=201, responses=documented(403, 409, 422, 503, 507))
@runs_in("operation")
def add_key(request: Request, body: NewKey, services: S, audit: Audited) -> KeyCreated:
    """Make a key for a machine, with rights that you have yourself; it is shown this once."""
    days = body.expires_in_days
    key, record = services.accounts.add_key(
        body.name,
        frozenset(body.rights),
        by=principal_of(request.scope),
        site=body.site,
        lifetime=timedelta(days=days) if days else None,
    )
    audit.record(
        Action.KEY_ADD, record.name, after={"rights": sorted(record.rights), "site": record.site}
    )
    return KeyCreated.model_validate(asdict(record) | {"key": key})


@router.delete("/{name}", status_code=204, responses=documented(403, 404, 422, 503, 507))
@runs_in("operation")
def revoke_key(name: str, services: S, audit: Audited) -> None:
    """Revoke a key; every serving process knows within five seconds."""
    services.accounts.revoke_key(name)
    audit.record(Action.KEY_REVOKE, name)
