"""What is in a backup: the records, checkpoints, training films, and what else is not made anew."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sqlalchemy import make_url

from api.errors import InvalidRequest
from api.files import TEMPORARY_PREFIX
from api.samples.erasing.erasure import DOOMED_PREFIX
from api.samples.erasing.erasure import SET_ASIDE as DELETED_IMAGES
from api.settings import Settings

MODELS, TRAINING, STATE = "models", "training", "state"
RECORDS = "records/roentgen.db"
MANIFEST = "manifest.json"
# Made anew where it is missing, or of a moment only.
NOT_OF_STATE = frozenset(
    {"cache", "compiled", "latents", "batches", "checks", "locks", "outgoing", "exports"}
)
REPORTS = "check_reports"
SET_ASIDE = ".before-restore-"


@dataclass(frozen=True, slots=True)
class Root:
    """A folder of the installation, and what it is called in a backup."""

    name: str
    folder: Path

    def files(self) -> Iterator[str]:
        """Relative paths of the files that belong into a backup, in their order."""
        if not self.folder.is_dir():
            return
        for path in sorted(self.folder.rglob("*")):
            relative = path.relative_to(self.folder)
            if self._belongs(relative.parts) and path.is_file() and not path.is_symlink():
                yield relative.as_posix()

    def _belongs(self, parts: tuple[str, ...]) -> bool:
        name = parts[-1]
        if self.name == TRAINING and DELETED_IMAGES in parts:
            return False
        if any(part.startswith((TEMPORARY_PREFIX, DOOMED_PREFIX, SET_ASIDE)) for part in parts):
            return False
        if name.endswith((".lock", ".bak")) or name.startswith(".git"):
            return False
        if self.name != STATE:
            return True
        is_records = len(parts) == 1 and ".db" in name
        return not is_records and parts[0] not in NOT_OF_STATE and not parts[0].startswith(REPORTS)


def roots(settings: Settings) -> tuple[Root, ...]:
    """The folders that the settings name."""
    return (
        Root(MODELS, settings.models_dir),
        Root(TRAINING, settings.retrain_dir),
        Root(STATE, settings.state_dir),
    )


def records_file(settings: Settings) -> Path:
    """Where the SQLite file lies. Raises: InvalidRequest if the records are in another database."""
    url = make_url(settings.records_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        raise InvalidRequest(
            "The records are in a database server (ROENTGEN_DATABASE_URL); back them up with its "
            "own tools, as pg_dump, and the folders of models, training films and state as files."
        )
    return Path(url.database)


def place_of(name: str, folders: dict[str, Path]) -> Path | None:
    """Where an entry of an archive goes below one of the folders; None if nowhere."""
    path = PurePosixPath(name)
    parts = path.parts
    is_plain = len(parts) > 1 and not path.is_absolute() and ".." not in parts and "\0" not in name
    folder = folders.get(parts[0]) if is_plain else None
    return folder.joinpath(*parts[1:]) if folder else None
