"""How many exports stay in a folder for whoever asks next."""

from pathlib import Path

# The oldest go.
MAX_KEPT = 6


def forget_oldest(folder: Path) -> None:
    """Remove all ZIP files of a folder but the newest."""
    files = sorted(folder.glob("*.zip"), key=_modified_s)
    for path in files[:-MAX_KEPT]:
        path.unlink(missing_ok=True)


def _modified_s(path: Path) -> float:
    """Another process may have removed it."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
