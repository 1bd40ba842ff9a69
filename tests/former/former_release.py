"""Installations that former releases left behind: records, models, films, and what was answered.

`record.py` made them with those releases' own code.
"""

import contextlib
import json
import sqlite3
import tarfile
from pathlib import Path
from typing import Any

from api.settings import Settings
from tests.support import databases

FOLDER = Path(__file__).parent
RECORDS, ANSWERS, FILES = "records.sql", "answers.json", "files.tar.xz"
# Of releases that kept records in PostgreSQL too.
POSTGRESQL = "records_postgresql.sql"
# By the revision of their records: before answers had the DICOM file that they are about and people
# could come from a provider of log-ins; and when a row said who serves.
RELEASES = ("at_0011", "at_0018")
KEPT_FOLDERS = ("models", "retrain_data", "state/kept", "state/kept-iris")


def environment(home: Path) -> dict[str, str]:
    """The settings of a server in such a folder, which forgets nothing because time has passed."""
    return {
        "ROENTGEN_STATE_DIR": str(home / "state"),
        "ROENTGEN_MODELS_DIR": str(home / "models"),
        "ROENTGEN_DEFAULT_MODEL": str(home / "models" / "default.h5"),
        "ROENTGEN_RETRAIN_DIR": str(home / "retrain_data"),
        "ROENTGEN_KEEP_IMAGES": "all",
        "ROENTGEN_KEEP_IMAGES_DAYS": "36500",
        "ROENTGEN_KEEP_FILENAMES": "always",
        "ROENTGEN_KEEP_ADDRESSES_DAYS": "36500",
        "ROENTGEN_KEEP_HEATMAPS_DAYS": "0",
    }


def settings(home: Path, records_url: str) -> Settings:
    """The same for an application of this process, with the tests' usual bounds."""
    values = {name.removeprefix("ROENTGEN_").lower(): v for name, v in environment(home).items()}
    return Settings(
        **values,  # type: ignore[arg-type]
        database_url=records_url,
        database_timeout_s=10.0,
        compute="threads",
        compute_threads=1,
        poll_interval_s=1.0,
        log_level="WARNING",
    )


def records(release: str, home: Path) -> str:
    """The URL of a database with its records: an SQLite file in the folder, or PostgreSQL where the
    tests are asked for it and the release had it."""
    dump = FOLDER / release / POSTGRESQL
    if databases.IS_POSTGRES and dump.exists():
        url = databases.postgres().create()
        databases.postgres().load(url, dump)
        return url
    file = home / "state" / "roentgen.db"
    file.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.executescript((FOLDER / release / RECORDS).read_text(encoding="utf-8"))
        connection.execute("PRAGMA journal_mode=WAL")
    return f"sqlite:///{file}"


def unpack_files(release: str, home: Path) -> None:
    """Put its models, its films and the profiles of its sites into a folder."""
    with tarfile.open(FOLDER / release / FILES) as archive:
        archive.extractall(home, filter="data")


def weights_in(home: Path) -> list[Path]:
    """Those of the first version and of the one that the retraining made."""
    return [home / "models" / "default.h5", *sorted((home / "models").glob("*/v*/model.h5"))]


def answers(release: str) -> dict[str, Any]:
    """What it answered, by address."""
    found: dict[str, Any] = json.loads((FOLDER / release / ANSWERS).read_text(encoding="utf-8"))
    return found
