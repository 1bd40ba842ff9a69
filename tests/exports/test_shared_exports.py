"""Exports that one machine makes and all download."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from api.clock import now
from api.errors import StorageFailed
from api.exports import shared_exports
from api.exports.shared_exports import SILENT_S, SharedExports
from api.storage.folder_store import FolderStore

NAME = "pneumonia-v1-tflite-0.zip"


@pytest.fixture
def exports(tmp_path: Path) -> SharedExports:
    return SharedExports(FolderStore(tmp_path / "shared"))


def made(folder: Path, name: str = NAME, content: bytes = b"zip") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)
    return folder / name


def test_what_one_machine_made_another_one_has(exports: SharedExports, tmp_path: Path) -> None:
    target = tmp_path / "two" / NAME
    assert not exports.fetch(target)

    exports.publish(made(tmp_path / "one"), max_kept=2)

    assert exports.fetch(target)
    assert target.read_bytes() == b"zip"
    assert list(target.parent.iterdir()) == [target]


def test_a_damaged_one_is_refused_and_gone(exports: SharedExports, tmp_path: Path) -> None:
    exports.publish(made(tmp_path / "one"), max_kept=2)
    (blob,) = exports.blobs.list()
    exports.blobs.put(blob.key, b"damaged")

    with pytest.raises(StorageFailed, match="is damaged"):
        exports.fetch(tmp_path / "two" / NAME)

    assert not exports.fetch(tmp_path / "two" / NAME)
    assert not (tmp_path / "two" / NAME).exists()


def test_a_full_disk_of_one_s_own_loses_nobody_s_export(
    exports: SharedExports, tmp_path: Path
) -> None:
    exports.publish(made(tmp_path / "one"), max_kept=2)
    (tmp_path / "two").write_bytes(b"no folder")

    with pytest.raises(StorageFailed, match="could not be written"):
        exports.fetch(tmp_path / "two" / NAME)

    assert exports.fetch(tmp_path / "three" / NAME)


def test_several_threads_of_a_worker_fetch_it_at_once(
    exports: SharedExports, tmp_path: Path
) -> None:
    exports.publish(made(tmp_path / "one", content=bytes(20_000_000)), max_kept=2)
    target = tmp_path / "two" / NAME

    with ThreadPoolExecutor(4) as pool:
        fetched = list(pool.map(exports.fetch, [target] * 4))

    assert fetched == [True] * 4
    assert target.stat().st_size == 20_000_000
    assert list(target.parent.iterdir()) == [target]


def test_a_draft_in_a_shared_folder_is_no_export(exports: SharedExports, tmp_path: Path) -> None:
    exports.blobs.put(f"{NAME}/.tmp-half", b"half")
    assert not exports.fetch(tmp_path / "two" / NAME)

    exports.publish(made(tmp_path / "one"), max_kept=1)

    assert exports.fetch(tmp_path / "two" / NAME)
    assert exports.blobs.head(f"{NAME}/.tmp-half") is not None


def test_who_only_asks_claims_nothing(exports: SharedExports) -> None:
    assert exports.under_way(NAME) is None
    assert exports.begin(NAME) is None

    assert exports.under_way(NAME) is not None


def test_the_oldest_go(exports: SharedExports, tmp_path: Path) -> None:
    for number in range(3):
        exports.publish(made(tmp_path / "one", f"{number}.zip"), max_kept=2)

    there = {blob.key.partition("/")[0] for blob in exports.blobs.list()}

    assert len(there) == 2
    assert "2.zip" in there


def test_one_machine_makes_it_until_it_ends_or_is_silent(
    exports: SharedExports, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert exports.begin(NAME) is None
    waited = exports.begin(NAME)
    assert waited is not None
    assert waited < SILENT_S
    exports.end(NAME)
    assert exports.begin(NAME) is None

    later = now() + timedelta(seconds=SILENT_S + 1)
    monkeypatch.setattr(shared_exports, "now", lambda: later)

    assert exports.begin(NAME) is None
