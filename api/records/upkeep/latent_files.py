"""Where the cached activations of a training film lie, and how they are deleted with it.

The trainer writes and reads them; whoever deletes a film needs the names only. Where several
machines share a store, they lie there too, so that no other machine computes them again.
"""

from pathlib import Path

from api.storage.blob_store import BlobStore, delete_each

SUFFIX = ".npy"


def latent_path(home: Path, sha256: str) -> Path:
    """The activations of a film under one network: `<home>/<ab>/<sha256>.npy`."""
    return home / sha256[:2] / f"{sha256}{SUFFIX}"


def images_with_latents(folder: Path) -> set[str]:
    """The hashes of a task's films that have activations under any network."""
    return {path.stem for path in folder.glob(f"*/??/*{SUFFIX}") if not path.name.startswith(".")}


def delete_latents(folder: Path, sha256: str) -> None:
    """Delete a film's activations under every network, half-written ones too.

    Args:
        folder: of a task; each folder in it is a network's home.

    Raises: OSError.
    """
    for path in folder.glob(f"*/{sha256[:2]}/*{sha256}*"):
        path.unlink(missing_ok=True)


def latent_key(sha256: str, home: str) -> str:
    """The activations of a film in a shared store: `<ab>/<sha256>/<network>.npy`."""
    return f"{_of_image(sha256)}{home}{SUFFIX}"


def delete_shared_latents(store: BlobStore, sha256: str) -> None:
    """Delete them under every network. Raises: StorageUnavailable, StorageFailed."""
    store.delete(*(blob.key for blob in store.list(_of_image(sha256))))


def prune_shared_latents(store: BlobStore, home: str, keep: set[str]) -> None:
    """Delete those of other networks, and of films that are gone.

    Raises: StorageUnavailable, StorageFailed.
    """

    def is_needed(key: str) -> bool:
        sha256 = key.split("/")[-2] if "/" in key else ""
        return sha256 in keep and key == latent_key(sha256, home)

    delete_each(store, (blob.key for blob in store.list() if not is_needed(blob.key)))


def _of_image(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}/"
