"""Films of a store that several machines share, as a backup has them: where the folders would have
them, from which a server takes them into its store again."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from api.errors import BlobNotFound, Conflict
from api.samples.image_retention import kept_since
from api.settings import DEFAULT_TASK, Settings
from api.storage.places import places, store_at

TRAINING_IMAGES, KEPT_IMAGES = "samples", "kept"


def training_images(settings: Settings, files: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Samples, by `<task>/<label>/<sha256>.<ext>`, and their contents; none that are gone.

    Raises: StorageUnavailable, StorageFailed.
    """
    for file in sorted(files):
        task, _, key = file.partition("/")
        try:
            yield file, places(settings, task).samples.get(key)
        except BlobNotFound:
            continue


def kept_images(settings: Settings) -> Iterator[tuple[str, bytes, datetime]]:
    """Films that wait for feedback, by where they would lie in the state folder, and since when
    each is kept: it is no longer kept for having been in a backup.

    Raises: StorageUnavailable, StorageFailed.
    """
    tasks = {blob.key.partition("/")[0] for blob in store_at(settings, KEPT_IMAGES).list()}
    for task in sorted(tasks):
        store = store_at(settings, f"{KEPT_IMAGES}/{task}")
        folder = "kept" if task == DEFAULT_TASK else f"kept-{task}"
        for sha256, since in kept_since(store):
            try:
                yield f"{folder}/{sha256}", store.get(sha256), since
            except BlobNotFound:
                continue


def check_store_is_empty(settings: Settings) -> None:
    """Before a backup is put back. Raises: Conflict, StorageUnavailable, StorageFailed."""
    if settings.storage_url and next(store_at(settings, TRAINING_IMAGES).list(), None):
        raise Conflict(
            "There are films in the store that ROENTGEN_STORAGE_URL names. Restore with an empty "
            "prefix of it, or with --force: then they stay, and those that no sample names are "
            "yours to delete."
        )
