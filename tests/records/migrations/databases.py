"""Database files under upgrade, and what lies beside them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from api.records.database import read_revision

TASK = "pneumonia"


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


def backups(path: Path) -> list[Path]:
    return sorted(path.parent.glob("*.bak"))


def revision_of(path: Path) -> str | None:
    return read_revision(url_of(path), timeout_s=5)


def some(row: Mapping[str, object], names: Sequence[str]) -> dict[str, object]:
    return {name: row[name] for name in names}
