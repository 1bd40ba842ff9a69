"""How a retraining ends: its versions published, promoted or kept, and older ones tidied up."""

import contextlib
import logging
import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from api.champions import open_alias
from api.errors import AppError, Conflict
from api.files import staged, write_atomic
from api.model_card.card import Card
from api.model_card.promotion_policy import Check, Verdict
from api.model_card.sites.site_profile import SiteFit
from api.records.audit_log import audit
from api.records.audit_log.audit import AuditEntry
from api.records.champions import nodes
from api.records.retrainings import jobs
from api.records.retrainings.job_states import JobOutcome, state_of
from api.records.watching import shadows
from api.registry.champion import retraining
from api.registry.open_store import open_store
from api.registry.retention import discard_expired
from api.registry.signing.chosen_keys import own_key
from api.registry.signing.signatures import sign
from api.registry.sites.site_names import ONE_SITE
from api.registry.sites.site_profiles import sites_of
from api.registry.store import (
    WEIGHTS_NAME,
    compiled_path,
    shipped_compiled_path,
)
from api.settings import Settings
from api.training.pipelines.retraining_setup import RetrainingSetup
from api.training.pipelines.sites.site_versions import follow_champion, promote_for_sites

logger = logging.getLogger(__name__)


# In the workspace, until it is a version of its own.
BESIDE = "beside"


@dataclass(frozen=True, slots=True)
class MadeVersion:
    """A finished folder that is to be a version."""

    folder: Path
    card: Card
    compiled: bytes


@contextlib.contextmanager
def temporary_files_in(folder: Path) -> Iterator[None]:
    """Whatever is unpacked for a moment, by the converter for instance, goes with the folder, and
    is gone when the folder is made a version."""
    inner = tempfile.mkdtemp(dir=folder)
    tempfile.tempdir = inner
    try:
        yield
    finally:
        tempfile.tempdir = None
        shutil.rmtree(inner, ignore_errors=True)


def publish(
    database: Engine,
    setup: RetrainingSetup,
    job_id: str,
    workspace: Path,
    card: Card,
    compiled: bytes,
    verdict: Verdict,
    *,
    fits: Mapping[str, SiteFit] | None = None,
    beside: MadeVersion | None = None,
) -> JobOutcome | None:
    """Make a finished workspace a version, and the champion if the gate said so.

    Each step is one rename, after the job's row has said what is coming: wherever this is cut off,
    the files tell how far it came. None if the job was cancelled meanwhile.

    Args:
        fits: the profile that the version is served with, by site.
        beside: a challenger that the verdict names; its folder lies in the workspace.

    Raises: StorageFailed.
    """
    owners = {job_id: MadeVersion(workspace, card, compiled)}
    if beside:
        # First: what the verdict of a finished job names is there.
        owners = {f"{job_id}-{BESIDE}": beside} | owners
    with contextlib.ExitStack() as files:
        ready = {
            owner: files.enter_context(_staged(setup, made, owner=owner))
            for owner, made in owners.items()
        }
        ignore_signals()
        claimed = jobs.claim_finish(
            database, job_id, task=setup.task.name, version=card.version, verdict=verdict
        )
        if not claimed:
            return None
        for owner, made in owners.items():
            _publish_folder(setup, made, ready[owner])
    outcome = conclude(setup, card.version, verdict, job_id, fits=fits)
    _note_promotion(database, setup, outcome, job_id)
    return outcome


def _staged(
    setup: RetrainingSetup, made: MadeVersion, *, owner: str
) -> contextlib.AbstractContextManager[Path]:
    """The compiled form on disk. Raises: StorageFailed."""
    target = compiled_path(setup.settings.compiled_dir, made.card.weights_sha256)
    return staged(target, made.compiled, owner=owner)


def _publish_folder(setup: RetrainingSetup, made: MadeVersion, ready: Path) -> None:
    """Make one finished folder a version; its compiled form is ready. Raises: StorageFailed."""
    if setup.settings.champion_in_records:
        # Another node would have to compile it, which takes half a minute.
        write_atomic(shipped_compiled_path(made.folder / WEIGHTS_NAME), made.compiled)
    _sign(setup.settings, made.folder, made.card, compiled=ready)
    setup.store.publish(made.folder, made.card.version, compiled=ready)
    # Without it the server compiles the version itself.
    with contextlib.suppress(OSError):
        ready.replace(compiled_path(setup.settings.compiled_dir, made.card.weights_sha256))


def _sign(settings: Settings, workspace: Path, card: Card, *, compiled: Path) -> None:
    """With this installation's key, if it has one. Raises: InvalidRequest, StorageFailed."""
    key = own_key(settings)
    if key is not None:
        sign(workspace / WEIGHTS_NAME, card, key, compiled=compiled)


def _note_promotion(
    database: Engine, setup: RetrainingSetup, outcome: JobOutcome, job_id: str
) -> None:
    """Who serves has changed; a version is not taken back because that could not be noted."""
    verdict, version = outcome.verdict, outcome.version
    if verdict is None or version is None or not (verdict.promoted or verdict.promoted_sites):
        return
    entry = AuditEntry(
        actor=retraining(job_id),
        action="promote",
        object=version,
        before={"version": setup.parent.version},
        after={"version": version, "sites": list(verdict.promoted_sites)},
        task=setup.task.name,
    )
    try:
        audit.append(database, entry)
    except AppError as exc:
        logger.error("promotion not in the audit log version=%s reason=%r", version, exc.message)


def conclude(
    setup: RetrainingSetup,
    version: str,
    verdict: Verdict,
    job_id: str,
    *,
    fits: Mapping[str, SiteFit] | None = None,
) -> JobOutcome:
    """Promote a published version for whom the gate said, or keep it as a challenger."""
    if verdict.promoted:
        fit = (fits or {}).get(ONE_SITE) if setup.is_one_site else None
        verdict = _promote(setup, version, verdict, job_id, fit)
    elif verdict.promoted_sites:
        verdict = promote_for_sites(
            setup.store, setup.alias, setup.parent, version, verdict, job_id, fits=fits or {}
        )
    state = state_of(verdict)
    logger.info("judged version=%s state=%s sites=%s", version, state, verdict.promoted_sites)
    return JobOutcome(
        state=state,
        reason=verdict.reason,
        version=version,
        verdict=verdict,
        is_done=True,
    )


def ignore_signals() -> None:
    """From here on the version is published and judged whoever is stopped; it takes a second."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def discard_old_versions(database: Engine, settings: Settings) -> None:
    """Remove versions that nobody needs; whatever goes wrong, the retraining has ended well."""
    folder = settings.models_dir / settings.task
    store = open_store(settings, settings.task)
    try:
        in_shadow = shadows.active(database, task=settings.task)
        in_use = nodes.versions_in_use(database, task=settings.task)
        discard_expired(
            store,
            open_alias(settings, folder, database),
            keep=settings.keep_versions,
            compiled=settings.compiled_dir,
            in_use=in_use | ({in_shadow.version} if in_shadow else set()),
        )
    except AppError as exc:
        logger.warning("old versions were not removed reason=%r", exc.message)


def _promote(
    setup: RetrainingSetup, version: str, verdict: Verdict, job_id: str, fit: SiteFit | None
) -> Verdict:
    """Move the alias, unless somebody moved it since the comparison began, or it cannot be; with
    the profile that the version was judged with, if it has one."""
    by, reason = retraining(job_id), verdict.reason
    made = fit.model_copy(update={"version": version}) if fit else None
    try:
        with sites_of(setup.store).applied_with(ONE_SITE, made, by=by, reason=verdict.trade):
            setup.alias.move(
                version,
                previous=setup.parent.version,
                by=by,
                reason=reason,
                overrides=verdict.failed_checks,
                store=setup.store,
            )
    except Conflict as exc:
        detail = (
            f"{exc.message} The new version was compared with {setup.parent.version} only; start "
            "the retraining again, or promote it by hand."
        )
        return verdict.refused(Check("same champion", False, detail))
    except AppError as exc:
        detail = f"{exc.message} The new version is whole; promote it by hand."
        return verdict.refused(Check("champion could be changed", False, detail))
    follow_champion(setup.store, setup.alias, version, verdict, job_id)
    return verdict
