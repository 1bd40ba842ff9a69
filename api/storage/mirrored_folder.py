"""Small files that several machines share: each reads copies in a folder of its own, the store
behind it decides.

What was read once can be read while the store is away. A change goes to the store first, on the
condition that nobody else changed the same file since it was read.
"""

import contextlib
import json
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from api.errors import BlobChanged, BlobNotFound
from api.files import storage_errors, write_atomic
from api.storage.blob_store import BlobStore

logger = logging.getLogger(__name__)

# What is known of the store: the ETag of each copy. It is there once the folder is a copy.
INDEX_NAME = ".copied.json"
SET_ASIDE_SUFFIX = "-not-shared"


@dataclass(frozen=True, slots=True)
class MirroredFolder:
    """Copies of a store's files of certain names, `<group>/<file>`; groups are independent.

    `names` is what such a key looks like, `prefix` what comes before it in the store. Whoever calls
    `pull`, `add` or `replace` holds a lock of the machine's; of several machines the store's
    conditional writes let one be first.
    """

    folder: Path
    blobs: BlobStore
    names: re.Pattern[str]
    prefix: str = ""

    def is_current(self) -> bool:
        """Whether every copy is there and as the store has it.

        Raises: StorageUnavailable, StorageFailed.
        """
        listed = self._listed()
        return listed == self._copied() and all((self.folder / key).is_file() for key in listed)

    def is_copied(self) -> bool:
        """Whether the folder was ever compared with the store."""
        return self._copied() is not None

    def pull(self) -> None:
        """Make the folder as the store is.

        The first time, what lies in the folder goes into the store; a group that is there too is
        set aside beside the folder, since another machine's may not be overwritten. Copies of what
        the store has lost go back into it, as after it was replaced: nothing is ever removed.

        Raises: StorageUnavailable, StorageFailed.
        """
        listed, copied = self._listed(), self._copied()
        if copied is None:
            self._share(listed)
            listed, copied = self._listed(), {}
        elif lost := copied.keys() - listed.keys():
            self._put([self.folder / key for key in lost])
            listed = self._listed()
        # Those that others speak of come before those that speak of them: p1.json, history.json.
        for key in sorted(listed, key=lambda key: key.rpartition("/")[2], reverse=True):
            if listed[key] != copied.get(key) or not (self.folder / key).is_file():
                self._copy(key)
        if listed != self._copied():
            write_atomic(self.folder / INDEX_NAME, json.dumps(listed, indent=1).encode())

    def copy_again(self, group: str) -> None:
        """Replace the copies of a group that are not what the store has, as after a disk failed.

        Raises: StorageUnavailable, StorageFailed.
        """
        for key in self._copied() or {}:
            if key.startswith(f"{group}/") and not self._is_copied(key):
                self._copy(key)

    def add(self, key: str, content: bytes) -> bool:
        """Store a file that is new; False where somebody else was faster.

        Raises: StorageUnavailable, StorageFailed.
        """
        if not self.blobs.put_if_absent(self.prefix + key, content) and not self._is(key, content):
            return False
        write_atomic(self.folder / key, content)
        return True

    def replace(self, key: str, content: bytes) -> bool:
        """Store a file in place of the one that was pulled; False where it is another by now.

        Raises: StorageUnavailable, StorageFailed.
        """
        etag = (self._copied() or {}).get(key)
        if etag is None:
            return self.add(key, content)
        try:
            self.blobs.put_if_match(self.prefix + key, content, etag=etag)
        except BlobChanged:
            if not self._is(key, content):
                return False
        write_atomic(self.folder / key, content)
        return True

    def _is(self, key: str, content: bytes) -> bool:
        """Whether it is as it was to be: an answer that got lost makes it look as if somebody else
        had been faster."""
        try:
            return self.blobs.get(self.prefix + key) == content
        except BlobNotFound:
            return False

    def _is_copied(self, key: str) -> bool:
        try:
            return self._is(key, (self.folder / key).read_bytes())
        except OSError:
            return False

    def _listed(self) -> dict[str, str]:
        found = self.blobs.list(self.prefix)
        etags = {blob.key.removeprefix(self.prefix): blob.etag for blob in found}
        return {key: etag for key, etag in etags.items() if self.names.fullmatch(key)}

    def _copied(self) -> dict[str, str] | None:
        """None before the first time; a damaged list is one that knows nothing."""
        try:
            found = json.loads((self.folder / INDEX_NAME).read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _copy(self, key: str) -> None:
        try:
            content = self.blobs.get(self.prefix + key)
        except BlobNotFound:
            # It was removed since the list was made; the next look sees that.
            return
        write_atomic(self.folder / key, content)

    def _share(self, listed: dict[str, str]) -> None:
        """Store what lies here from before there was a store; goes on where it was cut off."""
        here = [path for path in self.folder.glob("*/*") if self.names.fullmatch(self._key(path))]
        ours = set(map(self._key, here))
        theirs = {
            key.partition("/")[0] for key in listed if key not in ours or not self._is_copied(key)
        }
        for group in sorted({path.parent for path in here}):
            if group.name in theirs:
                self._set_aside(group)
                continue
            self._put([path for path in here if path.parent == group])

    def _put(self, paths: Iterable[Path]) -> None:
        # The history last: until it is there, the rest says nothing.
        for path in sorted(paths, key=lambda path: path.name, reverse=True):
            with contextlib.suppress(FileNotFoundError):
                self.blobs.put_if_absent(self.prefix + self._key(path), path.read_bytes())

    def _set_aside(self, group: Path) -> None:
        home = self.folder.with_name(self.folder.name + SET_ASIDE_SUFFIX)
        with storage_errors(home):
            home.mkdir(exist_ok=True)
            target = home / group.name
            for number in range(1, 1000):
                if not target.exists():
                    break
                target = home / f"{group.name}-{number}"
            group.rename(target)
        logger.error("another one of this name is shared; ours is set aside name=%s", target.name)

    def _key(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()
