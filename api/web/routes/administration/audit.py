"""`/audit`: who changed what."""

import json
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from api.records.audit_log import audit
from api.records.audit_log.audit import AuditFilter, StoredEntry
from api.serving.scheduling.work_pool import place_in
from api.web.deps import S
from api.web.problems import documented
from api.web.responses.batch_stream import CancellableStream
from api.web.responses.content_negotiation import NDJSON
from api.web.schemas.administration.privacy import AuditPage, AuditRecord

router = APIRouter(tags=["audit"])
LINES: dict[int | str, dict[str, Any]] = {
    200: {"content": {NDJSON: {}}, "description": "An entry a line, oldest first."}
}
Word = Annotated[str | None, Query(max_length=200)]


async def audit_filter(action: Word = None, actor: Word = None, task: Word = None) -> AuditFilter:
    """Which entries a request is about."""
    return AuditFilter(action, actor, task)


Filter = Annotated[AuditFilter, Depends(audit_filter)]


@router.get("/audit", responses=documented(422, 503, 507))
def list_entries(
    services: S,
    filters: Filter,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    before: Annotated[int | None, Query(ge=1, le=2**53, description="A number: older.")] = None,
) -> AuditPage:
    """Who changed what, of all tasks; predictions say themselves who asked (`actor`)."""
    database = services.records.database
    found = audit.page(database, filters, limit=limit, before=before)
    head = audit.head(database)
    return AuditPage(
        entries=[AuditRecord.model_validate(audit.as_json(stored)) for stored in found],
        next_before=found[-1].entry.number if len(found) == limit else None,
        head_number=head.number,
        head_hash=head.hash,
    )


@router.get(
    "/audit/export.ndjson",
    dependencies=[place_in("exports")],
    responses=LINES | documented(422, 429, 503, 507),
    response_class=CancellableStream,
)
async def export_entries(
    services: S, after: Annotated[int, Query(ge=0, le=2**53, description="A number.")] = 0
) -> CancellableStream:
    """The whole log, or what comes after an entry, as JSON lines that can be verified elsewhere."""
    entries = audit.each(services.records.database, after=after)
    return CancellableStream(
        services.serving.pools.exports.iterate(_lines(entries)),
        media_type=NDJSON,
        headers={"Content-Disposition": 'attachment; filename="audit.ndjson"'},
    )


def _lines(entries: Iterator[StoredEntry]) -> Iterator[bytes]:
    for stored in entries:
        yield json.dumps(audit.as_json(stored), ensure_ascii=False).encode() + b"\n"
