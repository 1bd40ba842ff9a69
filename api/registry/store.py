"""Checkpoints on disk: the shipped one, and a folder for each that retraining made."""

import contextlib
import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from api.errors import InvalidCheckpoint, NotFound, StorageFailed
from api.files import staged_by, storage_errors, sync_file, sync_folder
from api.model_card.card import Card
from api.model_card.card_file import read_card, version_in
from api.registry.published import PublishedVersions, fetch_lock
from api.registry.shared_signatures import fetch_signature
from api.registry.signing.artefacts import CARD_NAME as CARD_NAME
from api.registry.signing.artefacts import COMPILED_FORM as COMPILED_FORM
from api.registry.signing.artefacts import HOLDOUT_NAME as HOLDOUT_NAME
from api.registry.signing.artefacts import INT8_NAME as INT8_NAME
from api.registry.signing.artefacts import MAX_WEIGHTS_BYTES as MAX_WEIGHTS_BYTES
from api.registry.signing.artefacts import REFERENCE_NAME as REFERENCE_NAME
from api.registry.signing.artefacts import REPLAY_NAME as REPLAY_NAME
from api.registry.signing.artefacts import SHIFT_NAME as SHIFT_NAME
from api.registry.signing.artefacts import WEIGHTS_NAME as WEIGHTS_NAME
from api.registry.signing.artefacts import bounded_sha256
from api.registry.signing.artefacts import card_path as card_path
from api.registry.signing.artefacts import compiled_path as compiled_path
from api.registry.signing.artefacts import holdout_path as holdout_path
from api.registry.signing.artefacts import int8_path as int8_path
from api.registry.signing.artefacts import reference_path as reference_path
from api.registry.signing.artefacts import replay_path as replay_path
from api.registry.signing.artefacts import shift_path as shift_path
from api.registry.signing.artefacts import shipped_compiled_path as shipped_compiled_path
from api.registry.signing.signatures import require_signature
from api.setting_groups.signers import Signers

VERSION_PATTERN = re.compile(r"v([0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Weights and the card that explains them.

    Attributes:
        signers: who may have signed them; nobody: no signature is asked for.
    """

    weights: Path
    card: Card
    signers: Signers = ()

    @property
    def version(self) -> str:
        return self.card.version


@dataclass(frozen=True, slots=True)
class Store:
    """Where a task's checkpoints are.

    `default_weights` (its card beside it, ending in .json) is the one that serves until another
    is promoted; the others are `<folder>/<version>/`. With `published`, other machines publish
    versions too, and the folder has copies: one that is missing is fetched when it is asked for.
    """

    folder: Path
    default_weights: Path
    task: str
    published: PublishedVersions | None = None
    # Whose signature its checkpoints need before they are loaded; nobody: none.
    signers: Signers = ()

    def weights_of(self, version: str) -> Path:
        """Path of a version's weights; the default's when its card says so.

        Raises: NotFound; InvalidCheckpoint, StorageUnavailable if it cannot be fetched.
        """
        if VERSION_PATTERN.fullmatch(version):
            weights = self.folder / version / WEIGHTS_NAME
            if _is_file(weights):
                return weights
            if self.default_version() == version:
                return self.default_weights
            if self.published and self.published.fetch(version, self.folder):
                return weights
        raise NotFound(
            f"No checkpoint named '{version}' for task '{self.task}'; GET /models lists them."
        )

    def has(self, version: str) -> bool:
        """Whether there are weights of a version."""
        try:
            return _is_file(self.weights_of(version))
        except NotFound:
            return False

    def get(self, version: str) -> Checkpoint:
        """A version with its card.

        Raises: NotFound, InvalidCheckpoint.
        """
        weights = self.weights_of(version)
        checkpoint = self._read(weights)
        if checkpoint.version != version:
            raise InvalidCheckpoint(
                f"The card in '{weights.parent.name}' is of '{checkpoint.version}', not "
                f"'{version}'; restore the folder."
            )
        fetch_signature(weights, checkpoint.card, self.published, self.signers)
        return checkpoint

    def default(self) -> Checkpoint:
        """The checkpoint that serves while none was promoted.

        Raises: InvalidCheckpoint if its weights or its card are missing or unreadable.
        """
        if not _is_file(self.default_weights):
            raise InvalidCheckpoint(
                f"There is no '{self.default_weights.name}' in the folder "
                f"'{self.default_weights.parent.name}'; restore it, or train one with "
                "`python -m api train --data DIR`."
            )
        return self._read(self.default_weights)

    def default_version(self) -> str | None:
        """Its name, sound or not; None if there are no weights, or no card that names one."""
        if not _is_file(self.default_weights):
            return None
        return version_in(card_path(self.default_weights))

    def versions(self) -> list[str]:
        """All version names, oldest first, whether or not their files are sound.

        Raises: StorageFailed if the system does not let the folder be read.
        """
        names = {
            name for name in self.own_versions() if _is_file(self.folder / name / WEIGHTS_NAME)
        }
        names.add(self.default_version() or "")
        return sorted(filter(VERSION_PATTERN.fullmatch, names), key=_number)

    def has_only_default(self) -> bool:
        """Whether no other version could have been promoted. Raises: StorageFailed."""
        return self.versions() == [self.default_version()]

    def next_version(self) -> str:
        """The first version name that was never used here. Raises: StorageFailed."""
        shared = self.published.known() if self.published else ()
        taken = [*self.versions(), *self.own_versions(), *shared]
        return f"v{max((_number(name) for name in taken), default=0) + 1}"

    @contextlib.contextmanager
    def workspace(self, owner: str) -> Iterator[Path]:
        """A temporary folder to build a checkpoint in; gone afterwards unless published. Each
        trainer of a job has its own: one that was taken for lost may live."""
        path = staged_by(f"{owner}-{uuid.uuid4().hex[:8]}", self.folder)
        with storage_errors(self.folder):
            path.mkdir(parents=True, exist_ok=True)
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def publish(self, workspace: Path, version: str, *, compiled: Path | None = None) -> Path:
        """Make a finished workspace a version in one rename; returns its folder.

        Where versions are shared it is published first: it may then be fetched, whatever happens.

        Args:
            compiled: its compiled form, for other machines.

        Raises: StorageFailed, StorageUnavailable, Conflict; then there is no such version.
        """
        self.share(workspace, version, compiled=compiled)
        target = self.folder / version
        with storage_errors(target), self._fetching():
            # A server of this machine may have fetched it meanwhile.
            if self.published is not None and target.is_dir():
                return target
            for file in workspace.iterdir():
                sync_file(file)
            sync_folder(workspace)
            workspace.rename(target)
            sync_folder(self.folder)
        return target

    def share(self, folder: Path, version: str, *, compiled: Path | None = None) -> None:
        """Publish a folder as a version for other machines, if there are any; see `publish`."""
        if self.published is not None:
            files = {path.name: path for path in folder.iterdir() if path.is_file()}
            if compiled is not None:
                files[shipped_compiled_path(Path(WEIGHTS_NAME)).name] = compiled
            self.published.publish(version, files)

    def _fetching(self) -> AbstractContextManager[object]:
        """Nobody else fetches a version into the folder."""
        return fetch_lock(self.folder) if self.published else contextlib.nullcontext()

    def has_copy(self, version: str) -> bool:
        """Whether a version lies in this machine's folder."""
        return _is_file(self.folder / version / WEIGHTS_NAME)

    def was_published(self, version: str) -> bool:
        """Whether there is a version of this name, here or for all machines."""
        if (self.folder / version).is_dir():
            return True
        return self.published is not None and self.published.known().get(version, False)

    def own_versions(self) -> list[str]:
        """Names in the folder that are a version's, or were. Raises: StorageFailed."""
        try:
            names = [path.name for path in self.folder.iterdir()]
        except FileNotFoundError:
            return []
        except OSError as exc:
            raise StorageFailed(
                f"The folder of versions, '{self.folder.name}', cannot be read ({exc.strerror}). "
                "Fix its permissions, or what the system is short of."
            ) from exc
        return list(filter(VERSION_PATTERN.fullmatch, names))

    def _read(self, weights: Path) -> Checkpoint:
        card = read_card(card_path(weights))
        if card.task != self.task:
            raise InvalidCheckpoint(
                f"The card of '{card.version}' is of the task '{card.task}', not '{self.task}'."
            )
        return Checkpoint(weights, card, self.signers)


def next_after(version: str) -> str:
    """The version name that comes after this one."""
    return f"v{_number(version) + 1}"


def verify_weights(checkpoint: Checkpoint) -> None:
    """Compare the weights file with the hash in the card, and all files with the signature.

    Raises: InvalidCheckpoint if they differ or a file cannot be read.
    """
    verify_signature(checkpoint)
    try:
        actual = bounded_sha256(checkpoint.weights)
    except OSError as exc:
        raise InvalidCheckpoint(
            f"The weights of '{checkpoint.version}' cannot be read ({exc.strerror})."
        ) from exc
    if actual != checkpoint.card.weights_sha256:
        raise InvalidCheckpoint(
            f"The weights of '{checkpoint.version}' are not those its card describes (SHA-256 "
            f"{actual[:12]}… instead of {checkpoint.card.weights_sha256[:12]}…); the file is "
            "damaged or was replaced. Restore it, or promote another version."
        )


def verify_signature(checkpoint: Checkpoint) -> None:
    """Where signatures are asked for, look for a trusted one of these very files.

    Raises: InvalidCheckpoint.
    """
    require_signature(checkpoint.weights, checkpoint.card, checkpoint.signers)


def verify_int8(checkpoint: Checkpoint) -> None:
    """Compare the int8 form with the hash in the card. Raises: InvalidCheckpoint."""
    record = checkpoint.card.reduced
    path = int8_path(checkpoint.weights)
    try:
        actual = bounded_sha256(path)
    except OSError as exc:
        raise InvalidCheckpoint(
            f"The int8 form of '{checkpoint.version}' cannot be read ('{path.name}': "
            f"{exc.strerror})."
        ) from exc
    if record is None or actual != record.sha256:
        raise InvalidCheckpoint(
            f"The int8 form of '{checkpoint.version}' is not the one its card describes; restore "
            f"'{path.name}', or set ROENTGEN_PRECISION=fp32."
        )


def _number(version: str) -> int:
    match = VERSION_PATTERN.fullmatch(version)
    return int(match.group(1)) if match else 0


def _is_file(path: Path) -> bool:
    """False too where the system does not tell."""
    try:
        return path.is_file()
    except OSError:
        return False
