"""Writing down what a request changed, by whom: one entry a change, in the same request."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy import Engine

from api.accounts.principal import Principal
from api.accounts.rights import Right
from api.errors import AppError
from api.logs import request_id
from api.records.audit_log import audit
from api.records.audit_log.audit import AuditEntry
from api.web.deps import services_of
from api.web.middleware.request_checks import client_address
from api.web.principals import principal_of

logger = logging.getLogger(__name__)


class Action(StrEnum):
    """What requests change."""

    UPLOAD = "upload"
    LABEL = "label"
    LABEL_TAKEN_BACK = "label_taken_back"
    DELETE_SAMPLE = "delete_sample"
    RESTORE_SAMPLE = "restore_sample"
    DELETE_PREDICTION = "delete_prediction"
    DELETE_INTAKE = "delete_intake"
    RETRAIN_START = "retrain_start"
    RETRAIN_CANCEL = "retrain_cancel"
    PROMOTE = "promote"
    ROLLBACK = "rollback"
    PROFILE_APPLY = "profile_apply"
    PROFILE_UNDO = "profile_undo"
    SILENCE = "silence"
    SILENCE_END = "silence_end"
    LOG_IN = "log_in"
    LOG_IN_FAILED = "log_in_failed"
    LOG_OUT = "log_out"
    PASSWORD = "password_change"
    USER_ADD = "user_add"
    USER_CHANGE = "user_change"
    USER_REMOVE = "user_remove"
    KEY_ADD = "key_add"
    KEY_REVOKE = "key_revoke"


# The right that each needs, as the entry says it.
RIGHT_FOR: Mapping[Action, Right | None] = MappingProxyType(
    {
        Action.UPLOAD: Right.LABEL,
        Action.LABEL: Right.LABEL,
        Action.LABEL_TAKEN_BACK: Right.LABEL,
        Action.DELETE_SAMPLE: Right.LABEL,
        Action.RESTORE_SAMPLE: Right.TRAIN,
        Action.DELETE_PREDICTION: Right.LABEL,
        Action.DELETE_INTAKE: Right.PREDICT,
        Action.RETRAIN_START: Right.TRAIN,
        Action.RETRAIN_CANCEL: Right.TRAIN,
        Action.PROMOTE: Right.PROMOTE,
        Action.ROLLBACK: Right.PROMOTE,
        Action.PROFILE_APPLY: Right.PROMOTE,
        Action.PROFILE_UNDO: Right.PROMOTE,
        Action.SILENCE: Right.TRAIN,
        Action.SILENCE_END: Right.TRAIN,
        Action.LOG_IN: None,
        Action.LOG_IN_FAILED: None,
        Action.LOG_OUT: None,
        Action.PASSWORD: None,
        Action.USER_ADD: Right.ADMIN,
        Action.USER_CHANGE: Right.ADMIN,
        Action.USER_REMOVE: Right.ADMIN,
        Action.KEY_ADD: Right.ADMIN,
        Action.KEY_REVOKE: Right.ADMIN,
    }
)


@dataclass(frozen=True, slots=True)
class Auditor:
    """Who asks, and where it is written down."""

    database: Engine
    principal: Principal
    task: str
    address: str | None

    @property
    def actor(self) -> str:
        return self.principal.name

    def as_(self, principal: Principal) -> "Auditor":
        """The same for somebody who was not known before."""
        return replace(self, principal=principal)

    def record(
        self, action: Action, changed: str, *, before: Any = None, after: Any = None
    ) -> None:
        """Write an entry; called once the change is made.

        Args:
            changed: what it was done to: an id, a hash, a version.
            before, after: JSON without free text, file names and anything of a patient.

        Raises: StoreBusy, StorageFailed: the change stands, and the server's log has the entry.
        """
        entry = AuditEntry(
            actor=self.actor,
            action=action,
            object=changed,
            right=RIGHT_FOR[action],
            before=before,
            after=after,
            task=self.task,
            request_id=request_id.get(),
            address=self.address,
        )
        try:
            audit.append(self.database, entry)
        except AppError:
            logger.error("change not in the audit log actor=%r %s %s", self.actor, action, changed)
            raise


async def auditor_of(request: Request) -> Auditor:
    """What writes the entries of a request."""
    services = services_of(request)
    keeps_addresses = services.settings.keep_addresses_days > 0
    return Auditor(
        services.records.database,
        principal_of(request.scope),
        services.task.name,
        client_address(request.scope) if keeps_addresses else None,
    )


Audited = Annotated[Auditor, Depends(auditor_of)]
