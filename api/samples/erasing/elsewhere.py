"""What this machine still has of films that another one erased: copies and activations."""

import logging

from api.records.training_images import samples
from api.records.upkeep.latent_files import delete_latents, images_with_latents
from api.samples.collection import SampleCollection
from api.storage.content_cache import ContentCache

logger = logging.getLogger(__name__)


def forget_erased_elsewhere(collection: SampleCollection, cache: ContentCache) -> int:
    """Remove copies and activations of films that are no samples any more; returns of how many.

    Raises: StoreBusy, StorageFailed, OSError.
    """
    here = cache.hashes()
    # The copies are of all tasks.
    gone = here - samples.known(collection.database, here)
    cache.forget(*gone)
    if collection.latents is not None:
        computed = images_with_latents(collection.latents)
        stale = computed - samples.known(collection.database, computed, task=collection.task.name)
        for sha256 in stale:
            delete_latents(collection.latents, sha256)
        gone |= stale
    if gone:
        logger.info("erased elsewhere, and here n=%d", len(gone))
    return len(gone)
