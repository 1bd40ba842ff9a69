"""The audit log and what is kept, over the wire."""

from datetime import datetime
from typing import Any

from pydantic import Field

from api.web.schemas.base import Schema


class AuditRecord(Schema):
    """One entry of the audit log."""

    number: int
    at: datetime
    actor: str = Field(description="A user, a key, `local`, `server`, or `cli:` and a system user.")
    right: str | None
    action: str
    object: str
    task: str | None
    before: Any = None
    after: Any = None
    request_id: str | None
    address: str | None = Field(description="Null once addresses of its age are dropped.")
    address_sha256: str | None
    hash: str = Field(description="SHA-256 over the entry and the hash of the one before.")


class AuditPage(Schema):
    """Newest first. `next_before` continues the list; null at its end."""

    entries: list[AuditRecord]
    next_before: int | None
    head_number: int = Field(description="Of the newest entry; worth writing down elsewhere.")
    head_hash: str


class Kept(Schema):
    """Something that is kept, and for how long."""

    name: str
    what: str = Field(description="What it holds, in plain words.")
    where: str
    how_long: str
    setting: str | None = Field(description="Which setting says so; null: none does.")
    erased_by: str = Field(description="How it goes before its time.")


class Privacy(Schema):
    """What this installation keeps."""

    kept: list[Kept]
    never_kept: list[str]
