"""The store of a task's checkpoints that the settings describe."""

from pathlib import Path

from api.registry.published import PublishedVersions
from api.registry.signing.chosen_keys import trusted_signers
from api.registry.store import Store
from api.settings import Settings
from api.storage.places import places


def open_store(settings: Settings, task: str, *, default_model: Path | None = None) -> Store:
    """Where a task's checkpoints are, with what other machines publish.

    Args:
        default_model: that of the task, where the settings are another task's.

    Raises: MissingPackage; InvalidRequest if the list of trusted signers cannot be read.
    """
    shared = places(settings, task).models
    return Store(
        settings.models_dir / task,
        default_model or settings.default_model,
        task,
        PublishedVersions(shared) if shared else None,
        trusted_signers(settings),
    )
