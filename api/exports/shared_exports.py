"""Exports in a store that several machines share: made by one of them, downloaded from all."""

import json
import logging
import re
from dataclasses import dataclass
from pathlib import Path

from api.clock import now
from api.errors import BlobChanged, BlobDamaged, BlobNotFound
from api.files import sha256_of
from api.storage.blob_store import BlobInfo, BlobStore
from api.storage.folder_store import draft_of

logger = logging.getLogger(__name__)

DRAFT_SUFFIX = ".making"
# Whoever makes an export says so again and again; who was silent for longer is no more.
SILENT_S = 60.0
EXPORT = re.compile(r".+/[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class SharedExports:
    """`<name>/<sha256>` is an export, `<name>.making` says since when a machine makes it.

    Every method raises StorageUnavailable and StorageFailed.
    """

    blobs: BlobStore

    def fetch(self, target: Path) -> bool:
        """Copy an export to `target`, compared with its hash; False if there is none."""
        for blob in self._exports(f"{target.name}/"):
            try:
                self._copy(blob.key, target)
            except BlobNotFound:
                continue
            except BlobDamaged:
                # It is made again.
                self.blobs.delete(blob.key)
                raise
            return True
        return False

    def publish(self, path: Path, *, max_kept: int) -> None:
        """Store an export; of all that are there the oldest go."""
        self.blobs.put(f"{path.name}/{sha256_of(path)}", path)
        newest = sorted(self._exports(), key=lambda blob: blob.modified_at, reverse=True)
        self.blobs.delete(*(blob.key for blob in newest[max_kept:]))

    def under_way(self, name: str) -> float | None:
        """The seconds since a machine began to make an export; None: none makes it."""
        found = self.blobs.head(_draft_key(name))
        return None if found is None or _is_silent(found) else self._seconds(found.key)

    def begin(self, name: str) -> float | None:
        """Claim an export; None if it is ours to make now, else the seconds since another machine
        began."""
        key, content = _draft_key(name), json.dumps({"since": now().timestamp()}).encode()
        if self.blobs.put_if_absent(key, content):
            return None
        found = self.blobs.head(key)
        if found is None or _is_silent(found):
            return None if self._take_over(key, content, found) else 0.0
        return self._seconds(key)

    def go_on(self, name: str) -> None:
        """Say that it is still being made."""
        try:
            self.blobs.put(_draft_key(name), self.blobs.get(_draft_key(name)))
        except BlobNotFound:
            logger.warning("an export was taken over name=%s", name)

    def end(self, name: str) -> None:
        """It was made, or could not be."""
        self.blobs.delete(_draft_key(name))

    def _exports(self, prefix: str = "") -> list[BlobInfo]:
        """Of a folder the list may name drafts too."""
        return [blob for blob in self.blobs.list(prefix) if EXPORT.fullmatch(blob.key)]

    def _copy(self, key: str, target: Path) -> None:
        # Whoever else downloads it has a draft of their own.
        with draft_of(target) as draft:
            self.blobs.get_to_file(key, draft, sha256=key.rpartition("/")[2])
            draft.replace(target)

    def _take_over(self, key: str, content: bytes, found: BlobInfo | None) -> bool:
        if found is None:
            return self.blobs.put_if_absent(key, content)
        try:
            self.blobs.put_if_match(key, content, etag=found.etag)
        except BlobChanged:
            return False
        return True

    def _seconds(self, key: str) -> float:
        try:
            since = json.loads(self.blobs.get(key))["since"]
            return max(0.0, now().timestamp() - float(since))
        except (BlobNotFound, ValueError, KeyError, TypeError):
            return 0.0


def _draft_key(name: str) -> str:
    return f"{name}{DRAFT_SUFFIX}"


def _is_silent(blob: BlobInfo) -> bool:
    return (now() - blob.modified_at).total_seconds() > SILENT_S
