"""`python -m api.cli.training.packed_export`: an export as a ZIP file, at the lowest priority. Only
the server starts it, for whoever asked for the export."""

import argparse
import contextlib
import os
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import get_args

from api.cli.training.export import write_export
from api.errors import AppError, StorageFailed, StorageUnavailable
from api.exports.manifest import Format
from api.exports.on_request import shared_exports, write_failure
from api.exports.stored_exports import MAX_KEPT, forget_oldest
from api.files import storage_errors
from api.settings import from_environment

LOWEST_PRIORITY = 19


def main() -> int:
    """Returns the exit code. Why there is no export is in a file beside it."""
    parser = argparse.ArgumentParser(prog="python -m api.cli.training.packed_export")
    parser.add_argument("--version", required=True)
    parser.add_argument("--format", required=True, choices=get_args(Format))
    parser.add_argument("--out", required=True, type=Path)
    options = parser.parse_args()
    os.nice(LOWEST_PRIORITY)
    try:
        pack(options.version, options.format, options.out)
    except AppError as exc:
        write_failure(options.out, exc)
        return 1
    return 0


def pack(version: str, form: Format, out: Path) -> None:
    """Write the export as a ZIP file, whole or not at all; its folder is named as the file.

    Raises: AppError.
    """
    with storage_errors(out):
        work = Path(tempfile.mkdtemp(prefix=".tmp-", dir=out.parent))
    try:
        folder = work / out.stem.rpartition("-")[0]
        settings = from_environment()
        write_export(version, form, folder, settings=settings)
        with storage_errors(out):
            packed = work / out.name
            _zip(folder, packed)
            packed.replace(out)
        if shared := shared_exports(settings):
            # Without it other machines make their own.
            with contextlib.suppress(StorageUnavailable, StorageFailed):
                shared.publish(out, max_kept=MAX_KEPT)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    forget_oldest(out.parent)


def _zip(folder: Path, target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder.parent))
    with target.open("rb") as file:
        os.fsync(file.fileno())


if __name__ == "__main__":
    sys.exit(main())
