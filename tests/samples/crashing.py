"""Does something to a collection again and again, and is killed at each step in turn.

`python -m tests.samples.crashing FOLDER`: in `FOLDER/ACTION/0`, `FOLDER/ACTION/1`, … lies what is
left when the process ends at the first, second, … touch of a file; in the last one it came to its
end.
A helper of its own, because a process with threads must not fork.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine

from api.inputs.images.decoding import Limits
from api.records.database import open_database
from api.samples.archive.reader import ArchiveLimits
from api.samples.collection import SampleCollection
from api.samples.curation import delete, relabel
from api.samples.folder_import import import_folder
from api.samples.outcomes import Provenance
from api.storage.folder_store import FolderStore
from api.tasks.task_files import load_task
from tests.support import images
from tests.support.shared_work import shared_work

TOUCHES = ("os.rename", "os.remove", "os.mkdir", "tempfile.mkstemp", "os.chmod")
CONTENT = images.png(1)
MAX_STEPS = 60


def collection_in(folder: Path) -> SampleCollection:
    """A collection with all that a film may leave behind."""
    return SampleCollection(
        task=load_task("pneumonia"),
        folder=folder / "retrain_data" / "pneumonia",
        database=opened(folder),
        limits=Limits(max_bytes=1_000_000),
        archive_limits=ArchiveLimits(10, 5_000_000, 1_000_000),
        latents=folder / "latents",
        retained=FolderStore(folder / "kept"),
    )


def opened(folder: Path) -> Engine:
    """The records in a folder."""
    return open_database(f"sqlite:///{folder / 'records.db'}", timeout_s=30)


def upload(collection: SampleCollection) -> str:
    """Store the film; its hash."""
    about = Provenance(origin="upload")
    outcome = collection.add(CONTENT, filename="a.png", label="Normal", about=about)
    return str(outcome.sha256)


def deleting(collection: SampleCollection) -> None:
    """Of the film that is there."""
    delete(collection, upload(collection), remark="")


def relabelling(collection: SampleCollection) -> None:
    """Of the film that is there."""
    relabel(collection, upload(collection), "COVID-19", remark="")


def uploading(collection: SampleCollection) -> None:
    """Of the film that is not there."""
    upload(collection)


def picking_up(collection: SampleCollection) -> None:
    """A film that was put there by hand."""
    import_folder(collection)


ACTIONS: dict[str, Callable[[SampleCollection], None]] = {
    action.__name__: action for action in (deleting, relabelling, uploading, picking_up)
}


def prepare(action: str, folder: Path) -> None:
    """What is there before the action begins."""
    collection = collection_in(folder)
    by_hand = collection.folder / "Normal" / "by hand.png"
    by_hand.parent.mkdir(parents=True)
    if action in ("deleting", "relabelling"):
        sha256 = upload(collection)
        latent = folder / "latents" / "home" / sha256[:2] / f"{sha256}.npy"
        for path in (latent, folder / "kept" / sha256):
            path.parent.mkdir(parents=True)
            path.write_bytes(CONTENT)
    if action == "picking_up":
        by_hand.write_bytes(CONTENT)
        os.utime(by_hand, (1, 1))
    collection.database.dispose()


def run_until(step: int, action: str, folder: Path) -> bool:
    """Whether the action came to its end before the step at which it is killed."""
    child = os.fork()
    if child == 0:
        collection = collection_in(folder)
        left = step

        def count(event: str, _arguments: tuple[object, ...]) -> None:
            nonlocal left
            if event in TOUCHES:
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                left -= 1

        sys.addaudithook(count)
        ACTIONS[action](collection)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0


def main(folder: Path) -> None:
    """Each action, once for each step there is."""
    with shared_work():
        for action in ACTIONS:
            _crash_everywhere(action, folder / action)


def _crash_everywhere(action: str, folder: Path) -> None:
    for step in range(MAX_STEPS):
        here = folder / str(step)
        prepare(action, here)
        if run_until(step, action, here):
            return
    raise SystemExit(f"'{action}' has more than {MAX_STEPS} steps")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
