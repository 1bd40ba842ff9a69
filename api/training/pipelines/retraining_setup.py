"""What a retraining starts from: which champion, and whose films."""

from dataclasses import dataclass

from sqlalchemy import Engine

from api.champions import open_alias
from api.inputs.images.preprocessing import PreprocessingSpec
from api.registry.champion import Alias, champion_of
from api.registry.open_store import open_store
from api.registry.signing.chosen_keys import own_key
from api.registry.store import Checkpoint, Store, verify_weights
from api.settings import Settings
from api.storage.blob_store import BlobStore
from api.storage.places import places
from api.tasks.task import Task
from api.tasks.task_files import load_task


@dataclass(frozen=True, slots=True)
class RetrainingSetup:
    """What a retraining starts from."""

    settings: Settings
    task: Task
    store: Store
    alias: Alias
    parent: Checkpoint
    # Where several machines have the same samples; None: in the training folder.
    samples: BlobStore | None = None

    @property
    def is_one_site(self) -> bool:
        """Whether this installation says that its site is everybody."""
        return self.settings.scope == "site"

    @property
    def spec(self) -> PreprocessingSpec:
        return self.parent.card.preprocessing


def prepare(settings: Settings, database: Engine) -> RetrainingSetup:
    """Find the champion that is to be improved.

    Raises: InvalidCheckpoint, NotFound, StoreBusy, StorageFailed; InvalidRequest if versions have
        to be signed and cannot be.
    """
    # Before an hour of work that nobody would serve.
    own_key(settings)
    task = load_task(settings.task)
    folder = settings.models_dir / task.name
    store = open_store(settings, task.name)
    alias = open_alias(settings, folder, database)
    parent = champion_of(store, alias)
    verify_weights(parent)
    stores = places(settings, task.name)
    return RetrainingSetup(
        settings=settings,
        task=task,
        store=store,
        alias=alias,
        parent=parent,
        samples=stores.samples if stores.is_shared else None,
    )
