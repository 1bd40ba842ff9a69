"""Small files that several machines share: copies in a folder, over each kind of store."""

import re
from pathlib import Path

import pytest

from api.errors import StorageUnavailable
from api.settings import Settings
from api.storage.mirrored_folder import MirroredFolder
from api.storage.places import store_at
from tests.support.faulty_store import faulty_store
from tests.support.s3_server import s3_url
from tests.support.s3_server import storage_url as storage_url

NAMES = re.compile(r"[a-z]+/(history|p\d+)\.json")


def mirror(folder: Path, url: str, *, timeout_s: float = 30.0) -> MirroredFolder:
    settings = Settings(storage_url=url, storage_timeout_s=timeout_s, state_dir=folder / "state")
    return MirroredFolder(folder / "sites", store_at(settings, "models/x"), NAMES, prefix="sites/")


def write(mirror: MirroredFolder, key: str, content: bytes) -> None:
    path = mirror.folder / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


class TestTwoMachines:
    def test_what_one_writes_the_other_reads_and_gives_back_where_the_store_lost_it(
        self, tmp_path: Path, storage_url: str
    ) -> None:
        one, other = mirror(tmp_path / "one", storage_url), mirror(tmp_path / "two", storage_url)
        for machine in (one, other):
            machine.pull()
        assert one.add("anna/p1.json", b"1")
        assert one.replace("anna/history.json", b"h1")
        assert not other.is_current()

        other.pull()

        assert other.is_current()
        assert (other.folder / "anna/p1.json").read_bytes() == b"1"
        assert (other.folder / "anna/history.json").read_bytes() == b"h1"
        one.blobs.delete("sites/anna/p1.json", "sites/anna/history.json")
        other.pull()
        assert one.is_current() is False
        one.pull()
        assert (one.folder / "anna/p1.json").read_bytes() == b"1"
        assert {blob.key for blob in one.blobs.list("sites/")} >= {
            "sites/anna/p1.json", "sites/anna/history.json",
        }  # fmt: skip

    def test_of_two_changes_at_once_one_wins(self, tmp_path: Path, storage_url: str) -> None:
        one, other = mirror(tmp_path / "one", storage_url), mirror(tmp_path / "two", storage_url)
        one.pull()
        assert one.replace("anna/history.json", b"h1")
        for machine in (one, other):
            machine.pull()

        assert other.replace("anna/history.json", b"h2")
        assert not one.replace("anna/history.json", b"lost")
        assert not one.add("anna/history.json", b"lost")

        one.pull()
        assert (one.folder / "anna/history.json").read_bytes() == b"h2"
        assert one.replace("anna/history.json", b"h3")

    def test_files_from_before_there_was_a_store_go_into_it_and_overwrite_nobody_s(
        self, tmp_path: Path, storage_url: str
    ) -> None:
        one, other = mirror(tmp_path / "one", storage_url), mirror(tmp_path / "two", storage_url)
        for content, machine in ((b"one", one), (b"two", other)):
            write(machine, "anna/history.json", content)
        write(other, "berta/history.json", b"b")
        assert not other.is_copied()

        one.pull()
        other.pull()
        one.pull()

        assert (other.folder / "anna/history.json").read_bytes() == b"one"
        aside = other.folder.with_name("sites-not-shared")
        assert (aside / "anna/history.json").read_bytes() == b"two"
        assert (one.folder / "berta/history.json").read_bytes() == b"b"

    def test_a_first_sharing_that_was_cut_off_goes_on(
        self, tmp_path: Path, storage_url: str
    ) -> None:
        one = mirror(tmp_path / "one", storage_url)
        write(one, "anna/p1.json", b"1")
        write(one, "anna/history.json", b"h")
        # The history comes last.
        one.blobs.put("sites/anna/p1.json", b"1")

        one.pull()

        assert one.blobs.get("sites/anna/history.json") == b"h"
        assert (one.folder / "anna/history.json").read_bytes() == b"h"
        assert not one.folder.with_name("sites-not-shared").exists()

    def test_copies_that_are_gone_or_damaged_come_back(
        self, tmp_path: Path, storage_url: str
    ) -> None:
        one = mirror(tmp_path / "one", storage_url)
        one.pull()
        for name in ("p1", "history"):
            one.add(f"anna/{name}.json", b"whole")
        one.pull()
        write(one, "anna/history.json", b"damaged")
        (one.folder / "anna/p1.json").unlink()

        assert not one.is_current()
        one.pull()
        assert one.is_current()
        one.copy_again("anna")

        assert {path.read_bytes() for path in one.folder.glob("anna/*")} == {b"whole"}

    def test_what_is_no_file_of_these_is_left_alone(self, tmp_path: Path, storage_url: str) -> None:
        one, other = mirror(tmp_path / "one", storage_url), mirror(tmp_path / "two", storage_url)
        write(one, "anna/notes.txt", b"mine")
        one.blobs.put("sites/anna/notes.txt", b"theirs")
        one.blobs.put("elsewhere/p1.json", b"{}")

        one.pull()
        other.pull()

        assert (one.folder / "anna/notes.txt").read_bytes() == b"mine"
        assert not (other.folder / "anna").exists()


def test_copies_stay_while_the_store_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with faulty_store() as (port, faults):
        one = mirror(tmp_path, s3_url(monkeypatch, port=port), timeout_s=10.0)
        one.pull()
        one.add("anna/p1.json", b"1")
        faults.now = "503"

        with pytest.raises(StorageUnavailable):
            one.pull()

        assert (one.folder / "anna/p1.json").read_bytes() == b"1"
        assert one.is_copied()
