"""Where the cached activations of a training film lie, and how they are deleted with it.

The trainer writes and reads them; whoever deletes a film needs the names only.
"""

from pathlib import Path

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
