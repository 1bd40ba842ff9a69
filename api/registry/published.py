"""Versions in a store that several machines share; each has copies of them in its own folder.

A version is a list of files (`index/v2.json`) and their contents by hash (`v2/<sha256>`). The list
is written last, and only where there is none, so that half of an upload is never a version. One
that is signed once it is there has that signature beside (`signatures/v2`), for the same files. One
that was removed stays known (`index/v2.removed`, with what its list was): its number is not given
again, and every machine removes its copy.
"""

import json
import logging
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from api.errors import BlobNotFound, Conflict, InvalidCheckpoint, StorageFailed
from api.files import sha256_of, storage_errors, sync_folder
from api.registry.signing.artefacts import SIGNATURE_NAME, WEIGHTS_NAME
from api.storage.blob_store import BlobStore

if TYPE_CHECKING:
    from filelock import FileLock

logger = logging.getLogger(__name__)

INDEX, THERE, REMOVED = "index/", ".json", ".removed"
SIGNATURES = "signatures/"
LOCK_NAME = ".fetch.lock"
FETCHING_PREFIX = ".fetching-"


def fetch_lock(folder: Path) -> "FileLock":
    """Held by who puts a version into a machine's folder that others may fetch there too."""
    # Compute processes come by here too and never lock: asyncio and SQLite would be 9 MB in each.
    from filelock import FileLock

    return FileLock(folder / LOCK_NAME)


@dataclass(frozen=True, slots=True)
class PublishedVersions:
    """A task's versions in a shared store. Every method raises StorageUnavailable, StorageFailed.

    What makes an upload or a download again after a failure goes on where it was.
    """

    blobs: BlobStore

    def known(self) -> dict[str, bool]:
        """All versions that ever were there, and whether they still are."""
        names = [blob.key.removeprefix(INDEX) for blob in self.blobs.list(INDEX)]
        there = {n.removesuffix(THERE): True for n in names if n.endswith(THERE)}
        # A removal that was cut off is one.
        return there | {n.removesuffix(REMOVED): False for n in names if n.endswith(REMOVED)}

    def publish(self, version: str, files: Mapping[str, Path]) -> None:
        """Upload a version: its files by the names that they have in its folder.

        Raises: Conflict if another version of this name is there.
        """
        hashes = {name: sha256_of(path) for name, path in sorted(files.items())}
        for name, sha256 in hashes.items():
            key = f"{version}/{sha256}"
            if self.blobs.head(key) is None:
                self.blobs.put(key, files[name])
        listed = json.dumps({"version": version, "files": hashes}, indent=1).encode()
        if self.blobs.put_if_absent(f"{INDEX}{version}{THERE}", listed):
            logger.info("published version=%s files=%d", version, len(hashes))
        # An answer that got lost makes it look as if somebody else had been faster.
        elif self.files_of(version) != hashes:
            raise Conflict(
                f"Another version '{version}' is in the shared store; this one was not published."
            )

    def files_of(self, version: str) -> dict[str, str]:
        """The files of a version, and their SHA-256. Raises: BlobNotFound, InvalidCheckpoint."""
        return self._listed(version, THERE)

    def _listed(self, version: str, suffix: str) -> dict[str, str]:
        content = self.blobs.get(f"{INDEX}{version}{suffix}")
        try:
            files = json.loads(content)["files"]
            if not all(_is_plain(name) and isinstance(h, str) for name, h in files.items()):
                raise ValueError("a name that is a path")
        except (ValueError, KeyError, TypeError, AttributeError) as exc:
            raise InvalidCheckpoint(
                f"The list of the files of '{version}' in the shared store is damaged ({exc}); "
                "promote another version."
            ) from exc
        return dict(files)

    def fetch(self, version: str, folder: Path) -> bool:
        """Copy a version into `folder`, whole and compared with its hashes; False if there is none.

        Of several processes one does it, and the others wait. A copy that lost its weights is
        replaced.

        Raises: InvalidCheckpoint if a file in the store is damaged or missing.
        """
        target = folder / version
        with storage_errors(target):
            folder.mkdir(parents=True, exist_ok=True)
            with fetch_lock(folder):
                if (target / WEIGHTS_NAME).is_file():
                    return True
                try:
                    files = self.files_of(version)
                except BlobNotFound:
                    return False
                self._copy(version, files, target)
        logger.info("fetched version=%s files=%d", version, len(files))
        return True

    def sign(self, version: str, signature: bytes) -> None:
        """Put a signature of the version's files where every machine finds it."""
        self.blobs.put(f"{SIGNATURES}{version}", signature)

    def signature_of(self, version: str) -> bytes | None:
        """What `sign` put there last."""
        try:
            return self.blobs.get(f"{SIGNATURES}{version}")
        except BlobNotFound:
            return None

    def remove(self, version: str) -> None:
        """Take a version away from all machines. What is cut off is gone on with by `sweep`."""
        try:
            listed = self.blobs.get(f"{INDEX}{version}{THERE}")
        except BlobNotFound:
            # Nobody published it, or somebody else is removing it.
            listed = b""
        self.blobs.put_if_absent(f"{INDEX}{version}{REMOVED}", listed)
        self.sweep([version])

    def removed_files_of(self, version: str) -> dict[str, str]:
        """The files that a removed version had, and their SHA-256; none where that is not known."""
        try:
            return self._listed(version, REMOVED)
        except (BlobNotFound, InvalidCheckpoint):
            return {}

    def sweep(self, removed: Iterable[str]) -> None:
        """Delete what is left of removed versions."""
        for version in removed:
            self.blobs.delete(f"{INDEX}{version}{THERE}", f"{SIGNATURES}{version}")
            self.blobs.delete(*(blob.key for blob in self.blobs.list(f"{version}/")))

    def _copy(self, version: str, files: Mapping[str, str], target: Path) -> None:
        for old in target.parent.glob(f"{FETCHING_PREFIX}*"):
            shutil.rmtree(old, ignore_errors=True)
        draft = target.parent / f"{FETCHING_PREFIX}{version}-{os.getpid()}"
        draft.mkdir()
        try:
            for name, sha256 in files.items():
                self.blobs.get_to_file(f"{version}/{sha256}", draft / name, sha256=sha256)
            if signature := self.signature_of(version):
                (draft / SIGNATURE_NAME).write_bytes(signature)
            sync_folder(draft)
            if target.is_dir():
                target.rename(target.with_name(f"{draft.name}-lost"))
            draft.rename(target)
            sync_folder(target.parent)
        except (BlobNotFound, StorageFailed) as exc:
            raise InvalidCheckpoint(
                f"Version '{version}' could not be copied from the shared store: {exc.message}"
            ) from exc
        finally:
            for old in target.parent.glob(f"{draft.name}*"):
                shutil.rmtree(old, ignore_errors=True)


def _is_plain(name: str) -> bool:
    return name == Path(name).name and name not in ("", ".", "..")
