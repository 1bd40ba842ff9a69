"""Backups beside a serving server, and files that are refused before anything is touched."""

import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from api.cli import app
from api.errors import Conflict, InvalidRequest
from api.files import sha256_of
from api.privacy.backup import container
from api.privacy.backup.create import Summary, create
from api.privacy.backup.restore import header_of, restore
from api.records.answers import predictions
from api.records.audit_log import audit
from api.records.database import open_database
from api.records.training_images import samples
from api.services import Services
from api.settings import PREFIX, Settings
from tests.support import images
from tests.support.stores import samples_at
from tests.web.response_checks import answer

PASSPHRASE = "correct horse battery staple"


@pytest.fixture(autouse=True, scope="module")
def _cheap_guesses() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(container, "SCRYPT_N", 1 << 10)
        yield


@pytest.fixture(scope="module")
def served(keeping: TestClient) -> Settings:
    """The settings of a server with some answers and films."""
    services: Services = keeping.app.state.services  # type: ignore[attr-defined]
    for seed in range(3):
        answer(keeping.post("/predict", files={"file": images.png(seed)}))
        sent = [("files", (f"{seed}.png", images.png(100 + seed)))]
        answer(keeping.post("/upload-data", data={"label": "Normal"}, files=sent))
    return services.settings


@pytest.fixture
def empty(tmp_path: Path) -> Settings:
    """An installation in which nothing is."""
    return Settings(
        models_dir=tmp_path / "models",
        retrain_dir=tmp_path / "films",
        state_dir=tmp_path / "state",
        default_model=tmp_path / "models" / "default.h5",
    )


@pytest.fixture
def backup(served: Settings, tmp_path: Path) -> Path:
    file = tmp_path / "backup.tar"
    create(served, file)
    return file


@pytest.fixture(params=[None, PASSPHRASE], ids=["plain", "sealed"], scope="module")
def content(
    request: pytest.FixtureRequest,
    _cheap_guesses: None,
    served: Settings,
    tmp_path_factory: pytest.TempPathFactory,
) -> bytes:
    """A whole backup."""
    file = tmp_path_factory.mktemp("whole") / "backup"
    create(served, file, passphrase=request.param)
    return file.read_bytes()


def tree(folder: Path) -> dict[str, str]:
    """Every file with its SHA-256."""
    return {
        path.relative_to(folder).as_posix(): sha256_of(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def rows_of(settings: Settings) -> tuple[set[str], dict[str, str]]:
    """Ids of the answers; files of the samples by hash."""
    database = open_database(settings.records_url, timeout_s=5)
    try:
        ids = {r.id for r in predictions.newest(database, task="pneumonia", limit=500, before=None)}
        found = {s.sha256: s.file for s in samples.everything(database, task="pneumonia")}
        assert audit.check(database) is None
    finally:
        database.dispose()
    return ids, found


class TestThereAndBack:
    def test_a_kept_image_is_no_younger_afterwards(
        self, served: Settings, empty: Settings, tmp_path: Path
    ) -> None:
        image, kept_at = served.retained_dir / ("ab" * 32), int(time.time()) - 86_400
        image.parent.mkdir(exist_ok=True)
        image.write_bytes(b"film")
        os.utime(image, (kept_at, kept_at))
        try:
            create(served, tmp_path / "backup")
        finally:
            image.unlink()

        restore(empty, tmp_path / "backup")

        assert (empty.retained_dir / image.name).stat().st_mtime == kept_at

    def test_under_load_it_holds_all_that_was_acknowledged_before(
        self, keeping: TestClient, served: Settings, empty: Settings, tmp_path: Path
    ) -> None:
        over, first = threading.Event(), threading.Event()

        def load() -> None:
            seed = 1000
            while not over.is_set():
                seed += 1
                keeping.post("/predict", files={"file": images.png(seed)})
                sent = [("files", (f"{seed}.png", images.png(seed)))]
                keeping.post("/upload-data", data={"label": "COVID-19"}, files=sent)
                first.set()

        before = rows_of(served)
        thread = threading.Thread(target=load)
        thread.start()
        try:
            assert first.wait(60)
            made = [create(served, tmp_path / f"{number}.tar") for number in range(3)]
        finally:
            over.set()
            thread.join()

        assert [one.missing for one in made] == [(), (), ()]
        done = restore(empty, tmp_path / "2.tar")

        ids, xrays = rows_of(empty)
        assert done.set_aside == ()
        assert before[0] < ids
        assert before[1].items() < xrays.items()
        for sha256, file in xrays.items():
            assert sha256_of(empty.retrain_dir / "pneumonia" / file) == sha256
        assert (empty.models_dir / "default.h5").is_file()
        assert [path.name for path in empty.state_dir.glob(".tmp-*")] == []
        assert list(served.state_dir.glob(".tmp-backup*")) == []

    @pytest.mark.parametrize("passphrase", [None, PASSPHRASE])
    def test_what_is_restored_serves(
        self, served: Settings, empty: Settings, tmp_path: Path, passphrase: str | None
    ) -> None:
        file = tmp_path / "backup"
        made = create(served, file, passphrase=passphrase)

        done = restore(empty, file, passphrase=passphrase)

        assert (made.files, header_of(file).is_encrypted) == (done.files, passphrase is not None)
        assert rows_of(empty) == rows_of(served)
        # Into folders, wherever they were; a server takes them from there into its store.
        assert {
            name.removeprefix("pneumonia/"): digest
            for name, digest in tree(empty.retrain_dir).items()
        } == {
            name: hashlib.sha256(content).hexdigest()
            for name, content in samples_at(served).items()
            if not name.endswith(".lock")
        }
        assert file.stat().st_mode & 0o777 == 0o600

    def test_a_sealed_one_shows_nothing(self, served: Settings, tmp_path: Path) -> None:
        plain, sealed = tmp_path / "plain", tmp_path / "sealed"
        create(served, plain)
        create(served, sealed, passphrase=PASSPHRASE)

        assert b"pneumonia" in plain.read_bytes()
        assert b"pneumonia" not in sealed.read_bytes()

    def test_a_plain_one_is_a_tar_behind_its_first_line(self, backup: Path) -> None:
        _, _, content = backup.read_bytes().partition(b"\n")
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            names = archive.getnames()
            manifest = archive.extractfile("manifest.json")
            assert manifest is not None
            listed = json.load(manifest)["files"]

        assert names[-1] == "manifest.json"
        assert set(listed) == set(names[:-1])
        assert "records/roentgen.db" in listed

    def test_nothing_is_overwritten(self, served: Settings, backup: Path) -> None:
        before = backup.read_bytes()

        with pytest.raises(InvalidRequest, match="something at"):
            create(served, backup)

        assert backup.read_bytes() == before


class TestFilesThatAreRefused:
    def refused(self, empty: Settings, content: bytes, tmp_path: Path) -> None:
        file = tmp_path / "broken"
        file.write_bytes(content)

        with pytest.raises(InvalidRequest, match=r"[Nn]othing was changed"):
            restore(empty, file, passphrase=PASSPHRASE)

        for folder in (empty.state_dir, empty.models_dir, empty.retrain_dir):
            assert tree(folder) == {}

    @pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.99, 1.0])
    def test_cut_short(self, content: bytes, empty: Settings, tmp_path: Path, share: float) -> None:
        # A tar archive ends with blocks of zeros that nobody misses.
        end = len(content.rstrip(b"\0")) - 600
        self.refused(empty, content[: int(share * end)], tmp_path)

    @pytest.mark.parametrize("place", [0.05, 0.5, 0.95])
    def test_a_byte_changed(
        self, content: bytes, empty: Settings, tmp_path: Path, place: float
    ) -> None:
        at = int(place * len(content.rstrip(b"\0")))
        changed = bytes([content[at] ^ 1])
        self.refused(empty, content[:at] + changed + content[at + 1 :], tmp_path)

    def test_of_another_program(self, empty: Settings, tmp_path: Path) -> None:
        for other in (
            b"",
            b"PK\x03\x04",
            b'{"format": "roentgen-backup", "version": 2}\n',
            b"[]\n",
        ):
            self.refused(empty, other, tmp_path)

    def test_with_another_passphrase(
        self, served: Settings, empty: Settings, tmp_path: Path
    ) -> None:
        create(served, tmp_path / "sealed", passphrase="another")

        self.refused(empty, (tmp_path / "sealed").read_bytes(), tmp_path)

    def test_chunks_left_out_or_in_another_order(self, empty: Settings, tmp_path: Path) -> None:
        sealed = io.BytesIO()
        with container.writer(sealed, PASSPHRASE) as file:
            file.write(bytes(3 * container.CHUNK_BYTES))
        line, _, body = sealed.getvalue().partition(b"\n")
        size = container.CHUNK_BYTES + container.TAG_BYTES
        chunks = [body[at : at + size] for at in range(0, len(body), size)]
        assert len(chunks) == 3

        for order in ([0, 1], [1, 0, 2], [0, 2], [0, 1, 2, 2]):
            broken = b"".join([line, b"\n", *(chunks[at] for at in order)])
            self.refused(empty, broken, tmp_path)

    @pytest.mark.parametrize("name", ["../../outside", "/etc/outside", "elsewhere/a", "state"])
    def test_paths_that_lead_elsewhere(self, empty: Settings, tmp_path: Path, name: str) -> None:
        crafted = io.BytesIO()
        with (
            container.writer(crafted, None) as file,
            tarfile.open(fileobj=file, mode="w|") as tar,
        ):
            tar.addfile(tarfile.TarInfo(name), io.BytesIO())

        self.refused(empty, crafted.getvalue(), tmp_path)
        assert not (tmp_path / "outside").exists()


class TestAnInstallationThatIsNotEmpty:
    def test_it_is_left_alone_unless_it_is_forced(
        self, backup: Path, empty: Settings, served: Settings
    ) -> None:
        restore(empty, backup)
        image = next((empty.retrain_dir / "pneumonia").rglob("*.png"))
        image.write_bytes(b"another")
        (empty.retrain_dir / "pneumonia" / "Normal" / "mine.png").write_bytes(b"mine")
        before = tree(empty.retrain_dir.parent)

        with pytest.raises(Conflict, match="--force"):
            restore(empty, backup)
        assert tree(empty.retrain_dir.parent) == before

        done = restore(empty, backup, force=True)

        assert sha256_of(image) == image.stem
        assert rows_of(empty) == rows_of(served)
        aside = [tree(folder) for folder in done.set_aside]
        assert {"pneumonia/Normal/mine.png", f"pneumonia/Normal/{image.name}"} <= aside[0].keys()
        assert any("roentgen.db" in files for files in aside)

    def test_a_server_that_runs_keeps_it_as_it_is(self, backup: Path, served: Settings) -> None:
        with pytest.raises(Conflict, match="stop it"):
            restore(served, backup, force=True)


class TestCommands:
    @pytest.fixture
    def elsewhere(self, empty: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[CliRunner]:
        for name, value in empty.as_environment().items():
            if name.startswith(PREFIX):
                monkeypatch.setenv(name, value)
        yield CliRunner()
        shutil.rmtree(empty.state_dir, ignore_errors=True)

    def test_they_back_up_and_restore_and_note_it(
        self, served: Settings, elsewhere: CliRunner, empty: Settings, tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        monkeypatch.setenv("ROENTGEN_BACKUP_PASSPHRASE", PASSPHRASE)
        file = tmp_path / "sealed"
        create(served, file, passphrase=PASSPHRASE)

        done = elsewhere.invoke(app, ["restore", str(file)])
        again = elsewhere.invoke(app, ["backup", str(tmp_path / "second"), "--encrypt"])

        assert (done.exit_code, again.exit_code) == (0, 0), done.output + again.output
        assert (tmp_path / "second").is_file()
        database = open_database(empty.records_url, timeout_s=5)
        actions = [stored.entry.action for stored in audit.page(database, limit=2)]
        database.dispose()
        assert actions == ["backup", "restore"]
        with closing(sqlite3.connect(empty.state_dir / "roentgen.db")) as connection:
            assert connection.execute("PRAGMA quick_check").fetchone() == ("ok",)

    def test_a_wrong_file_is_a_sentence(self, elsewhere: CliRunner, tmp_path: Path) -> None:
        (tmp_path / "notes").write_text("no backup")

        done = elsewhere.invoke(app, ["restore", str(tmp_path / "notes")])
        missing = elsewhere.invoke(app, ["restore", str(tmp_path / "nothing")])

        assert (done.exit_code, missing.exit_code) == (1, 1)
        assert "no backup of Roentgen" in " ".join(done.output.split())
        assert "cannot be read" in " ".join(missing.output.split())

    def test_records_of_a_server_have_their_own_tools(self, tmp_path: Path) -> None:
        elsewhere = Settings(database_url="postgresql+psycopg://a@b/c", state_dir=tmp_path)

        with pytest.raises(InvalidRequest, match="pg_dump"):
            create(elsewhere, tmp_path / "backup")
        assert Summary(0, 0, ()).missing == ()
