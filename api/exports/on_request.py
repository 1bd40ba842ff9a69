"""Exports that somebody asks the server for: made one at a time by a process of its own, kept as
ZIP files until newer ones come."""

import contextlib
import json
import logging
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import psutil

from api import errors
from api.clock import now
from api.errors import AppError, Forbidden, InvalidCheckpoint, ModelNotReady, Overloaded
from api.exports.manifest import Format
from api.exports.shared_exports import SharedExports
from api.exports.stored_exports import forget_oldest
from api.files import TEMPORARY_PREFIX, discard_abandoned, storage_errors, write_atomic
from api.model_card.card import Card
from api.settings import ROOT, Settings
from api.storage.folder_store import FolderStore
from api.storage.places import shared_store
from api.version import VERSION

logger = logging.getLogger(__name__)

# The name of the module that is started never changes.
PACKER = "api.cli.training.packed_export"
FOLDER = "exports"
MARKER = "making.json"
FAILED_SUFFIX = ".failed.json"
# How long a process may take to be there, after its file of what is being made.
START_TIMEOUT_S = 60.0
# An export takes minutes, even at the lowest priority; after this its process is ended.
TIME_LIMIT_S = 1800.0
RETRY_AFTER_S = 5
RENEW_EVERY_S = 15.0


@dataclass(frozen=True, slots=True)
class ExportUnderWay:
    """An export that is under way; `seconds`: for how long already."""

    seconds: float


def export_file(settings: Settings, card: Card, form: Format) -> Path:
    """Where the export of a checkpoint lies once it is made; another one for each setting and
    release that it depends on."""
    on = {
        "weights": card.weights_sha256,
        "program": VERSION,
        "settings": settings.model_dump(
            mode="json",
            include={
                "precision", "operating_point", "prevalence", "max_error", "max_file_bytes",
                "max_pixels", "min_side_px",
            },
        ),
    }  # fmt: skip
    digest = sha256(json.dumps(on, sort_keys=True).encode()).hexdigest()[:16]
    name = f"{card.task}-{card.version}-{form}-{digest}.zip"
    return settings.state_dir / FOLDER / name


def exported(
    settings: Settings, card: Card, form: Format, *, may_begin: bool = True
) -> Path | ExportUnderWay:
    """The ZIP file, or how long it is being made; begins to make it where nobody does.

    Whoever asks again gets the same: what is made lies in files that all workers see.

    Args:
        may_begin: whether whoever asks may have it made.

    Raises: Forbidden if it has to be made and they may not; Overloaded while another one is being
        made; what the export failed with, once; then it is tried again; ModelNotReady if its
        process ended without a word; StorageFailed.
    """
    target, shared = export_file(settings, card, form), shared_exports(settings)
    if target.is_file():
        return target
    if shared and shared.fetch(target):
        forget_oldest(target.parent)
        return target
    with storage_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        _raise_failure(target)
        marker = target.parent / MARKER
        under_way = _under_way(marker)
        if under_way is None:
            elsewhere_s = shared.under_way(target.name) if shared else None
            if elsewhere_s is None and not may_begin:
                raise Forbidden(
                    "This export is not made yet, and to have one made needs the right 'train'. "
                    "Ask somebody who has it; then you can download it."
                )
            if shared and elsewhere_s is None:
                elsewhere_s = shared.begin(target.name)
            if elsewhere_s is not None:
                return ExportUnderWay(elsewhere_s)
            return _begin(target, settings, card.version, form, shared)
        # A file that was cut off names none.
        if under_way.get("target") not in (None, target.name):
            raise Overloaded(
                "Another export is being made, and one is made at a time; ask again when it is "
                "done.",
                retry_after_s=RETRY_AFTER_S,
            )
        return ExportUnderWay(_age_s(marker))


def shared_exports(settings: Settings) -> SharedExports | None:
    """Where other machines find what is made here; None: this one is alone."""
    blobs = shared_store(settings, "exports")
    return SharedExports(blobs) if blobs else None


def _begin(
    target: Path, settings: Settings, version: str, form: Format, shared: SharedExports | None
) -> ExportUnderWay:
    try:
        is_begun = _is_begun(target, settings, version, form, shared)
    except AppError:
        _release(target.name, shared)
        raise
    if not is_begun:
        _release(target.name, shared)
    return ExportUnderWay(0.0)


def _is_begun(
    target: Path, settings: Settings, version: str, form: Format, shared: SharedExports | None
) -> bool:
    """Start the process that makes it; False if this machine makes another one by now."""
    marker = target.parent / MARKER
    content = json.dumps({"target": target.name}).encode()
    if not FolderStore(target.parent).put_if_absent(MARKER, content):
        # Another worker was asked in the same moment.
        return False
    _remove_abandoned(target.parent)
    try:
        child = subprocess.Popen(
            [sys.executable, "-m", PACKER, "--version", version, "--format", form,
             "--out", str(target)],
            cwd=ROOT,
            env=settings.as_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
    except OSError as exc:
        marker.unlink(missing_ok=True)
        raise ModelNotReady(
            "The export could not be started: the server is short of memory. Ask again shortly."
        ) from exc
    try:
        write_atomic(marker, json.dumps({"target": target.name, "pid": child.pid}).encode())
    except AppError:
        # Nobody would know that it is at work.
        child.kill()
        child.wait()
        marker.unlink(missing_ok=True)
        raise
    logger.info("export started version=%s format=%s pid=%d", version, form, child.pid)
    threading.Thread(
        target=_finish, args=(child, marker, shared), name="export", daemon=True
    ).start()
    return True


def _release(name: str, shared: SharedExports | None) -> None:
    """Let other machines make it; without the store they do so after a while."""
    if shared:
        with contextlib.suppress(AppError):
            shared.end(name)


def _finish(child: "subprocess.Popen[bytes]", marker: Path, shared: SharedExports | None) -> None:
    """Wait for the process, so that the next one may begin."""
    name = str(_content(marker).get("target"))
    is_late = not _waited(child, name, shared)
    _release(name, shared)
    logger.info("export ended pid=%d status=%d", child.pid, child.returncode)
    if _content(marker).get("pid") != child.pid:
        return
    target = marker.with_name(str(_content(marker)["target"]))
    failed = target.with_name(target.name + FAILED_SUFFIX)
    if not target.is_file() and not failed.is_file():
        with contextlib.suppress(AppError):
            write_failure(target, _too_late() if is_late else _silent_end())
    marker.unlink(missing_ok=True)


def _waited(child: "subprocess.Popen[bytes]", name: str, shared: SharedExports | None) -> bool:
    """Wait for a process, and let other machines know that it works; False if it was too long."""
    give_up_at = time.monotonic() + TIME_LIMIT_S
    while (left_s := give_up_at - time.monotonic()) > 0:
        try:
            child.wait(timeout=min(left_s, RENEW_EVERY_S))
        except subprocess.TimeoutExpired:
            if shared:
                with contextlib.suppress(AppError):
                    shared.go_on(name)
        else:
            return True
    child.kill()
    child.wait()
    return False


def _remove_abandoned(folder: Path) -> None:
    """What killed processes left half-made; only one makes folders here, and it begins after
    this. A file may be another worker's, of this moment."""
    discard_abandoned(folder)
    for path in folder.glob(f"{TEMPORARY_PREFIX}*"):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)


def _silent_end() -> AppError:
    return ModelNotReady(
        "The export ended without a word: it was killed, or there was not enough memory. Ask again "
        "to try it once more, or use `python -m api export`."
    )


def _too_late() -> AppError:
    return ModelNotReady(
        f"The export took longer than {TIME_LIMIT_S / 60:g} minutes and was stopped. Ask again "
        "when the server has less to do, or use `python -m api export`."
    )


def write_failure(target: Path, exc: AppError) -> None:
    """Let the next request know why there is no export. Raises: StorageFailed."""
    failure = {"error": type(exc).__name__, "message": exc.message}
    write_atomic(target.with_name(target.name + FAILED_SUFFIX), json.dumps(failure).encode())


def _raise_failure(target: Path) -> None:
    failed = target.with_name(target.name + FAILED_SUFFIX)
    failure = _content(failed)
    if not failure:
        return
    failed.unlink(missing_ok=True)
    kind = getattr(errors, str(failure["error"]), InvalidCheckpoint)
    try:
        raise kind(str(failure["message"]))
    except TypeError:
        # A kind that needs more than a sentence.
        raise InvalidCheckpoint(str(failure["message"])) from None


def _under_way(marker: Path) -> dict[str, object] | None:
    """What is being made; None where nothing is. Forgets what a lost process was at."""
    if not marker.exists():
        return None
    found = _content(marker)
    pid = found.get("pid")
    if not isinstance(pid, int):
        if _age_s(marker) < START_TIMEOUT_S:
            return found
    elif _is_packer(pid):
        # The server that began it looks after its time, unless it was stopped meanwhile.
        if _age_s(marker) < TIME_LIMIT_S + START_TIMEOUT_S:
            return found
        with contextlib.suppress(psutil.Error):
            psutil.Process(pid).kill()
    marker.unlink(missing_ok=True)
    return None


def _is_packer(pid: int) -> bool:
    """Whether the process lives, and is no other one with the same number."""
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and PACKER in process.cmdline()
    except psutil.Error:
        return False


def _content(path: Path) -> dict[str, object]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _age_s(path: Path) -> float:
    with contextlib.suppress(OSError):
        return max(0.0, now().timestamp() - path.stat().st_mtime)
    return 0.0
