"""A patient's name that came as a file's name is on no byte of the disk after its term."""

import io
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import Engine
from starlette.testclient import TestClient

from api.clock import now
from api.inputs.stored_names import FilenamePolicy, filename_policy
from api.privacy.file_retention import tidy_files
from api.records.database import empty_log, writing
from api.records.servers import request_errors
from api.records.servers.request_errors import RequestErrorRecord
from api.records.training_images import sample_history, samples
from api.records.training_images.sample_history import SampleChange, log_change
from api.records.training_images.samples import SampleRecord
from api.records.upkeep import filename_retention
from api.services import Services
from api.settings import Settings
from tests.conftest import ready_client
from tests.support import images
from tests.web.response_checks import answer

NAME = "Mueller-Hans-19610403"
PLACES = ("state_dir", "models_dir", "retrain_dir")


def services_of(client: TestClient) -> Services:
    found: Services = client.app.state.services  # type: ignore[attr-defined]
    return found


def with_exif(seed: int) -> bytes:
    block = Image.Exif()
    block[0x010E] = NAME
    return images.encoded(images.image(seed=seed), "JPEG", exif=block)


def archive_of(seed: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(f"Normal/{NAME}.png", images.png(seed))
        archive.writestr(f"COVID-19/{NAME}.txt", b"no film")
    return buffer.getvalue()


def send_everything(client: TestClient) -> Any:
    """Films under the name, in each way that a film comes in."""
    image = {"file": (f"{NAME}.png", images.png(1))}
    given = answer(client.post("/predict", files=image))
    assert given["filename"] == f"{NAME}.png"
    answer(client.post("/predict", files={"file": (f"{NAME}.jpg", with_exif(2))}))
    client.post("/predict/batch", files=[("files", (f"{NAME}.zip", archive_of(3)))])
    client.post("/predict", files={"file": (f"{NAME}.pdf", images.pdf())})
    for label in ("Normal", "COVID-19"):
        # The second time a dispute begins.
        sent = [("files", (f"{NAME}.jpg", with_exif(4)))]
        answer(client.post("/upload-data", data={"label": label}, files=sent))
    client.post("/upload-data", files=[("files", (f"{NAME}.zip", archive_of(5)))])
    client.post("/evaluate", files={"file": (f"{NAME}.zip", b"PK\x03\x04 no archive")})
    client.post(f"/predictions/{given['id']}/feedback", json={"label": "Normal"})
    return given


def files_that_hold(settings: Settings, word: str) -> list[str]:
    """Every file, its name included, in which a word stands in UTF-8 or UTF-16."""
    needles = (word.encode(), word.encode("utf-16-le"))
    return [
        path.name
        for place in PLACES
        for path in Path(getattr(settings, place)).rglob("*")
        if word in path.name or (path.is_file() and any(n in path.read_bytes() for n in needles))
    ]


def run_upkeep(client: TestClient, policy: FilenamePolicy, *, days: float) -> None:
    """What the worker does, so many days from now."""
    services, moment = services_of(client), now() + timedelta(days=days)
    database, task = services.records.database, services.task.name
    while filename_retention.step(database, policy, moment, task=task, rows=2):
        pass
    tidy_files(services.settings, policy, moment)
    # Whoever reads a page just now is soon done.
    assert any(empty_log(database) for _ in range(50))


@pytest.fixture(scope="module")
def sent(keeping: TestClient) -> Any:
    settings = services_of(keeping).settings
    copy = settings.state_dir / "roentgen.db.before-0007.bak"
    copy.write_text(NAME)
    log = settings.job_logs_dir / "j.log"
    log.parent.mkdir(exist_ok=True)
    log.write_text(NAME)
    not_taken = settings.retrain_dir / "pneumonia/.not-taken/Normal" / NAME
    not_taken.mkdir(parents=True)
    (not_taken / f"{NAME}.txt").write_bytes(b"no film")
    unpacked = settings.state_dir / "checks/check-killed/uploaded/Normal"
    unpacked.mkdir(parents=True)
    (unpacked / f"{NAME}.png").write_bytes(images.png(9))
    return send_everything(keeping)


class TestDaysThatNamesAreKept:
    def test_within_them_the_name_is_there(self, keeping: TestClient, sent: Any) -> None:
        run_upkeep(keeping, FilenamePolicy(days=30), days=29)

        assert answer(keeping.get(f"/predictions/{sent['id']}"))["filename"] == f"{NAME}.png"
        assert answer(keeping.get("/samples"))["samples"][0]["filename"].startswith(NAME)
        assert "roentgen.db.before-0007.bak" in files_that_hold(services_of(keeping).settings, NAME)

    def test_after_them_it_is_in_no_file(self, keeping: TestClient, sent: Any) -> None:
        settings = services_of(keeping).settings

        run_upkeep(keeping, FilenamePolicy(days=30), days=31)

        assert answer(keeping.get(f"/predictions/{sent['id']}"))["filename"] == ""
        assert {s["filename"] for s in answer(keeping.get("/samples"))["samples"]} == {""}
        assert files_that_hold(settings, NAME) == []
        # The films themselves are there, and so is what could not be one.
        assert answer(keeping.get("/samples"))["total"] >= 2
        assert len(list(settings.retrain_dir.rglob(".not-taken/*.txt"))) == 1
        with zipfile.ZipFile(io.BytesIO(keeping.get("/samples/export.zip").content)) as archive:
            assert b"name dropped" in archive.read("manifest.csv")
        assert filename_retention.step(
            services_of(keeping).records.database, FilenamePolicy(days=30),
            now() + timedelta(days=31), task="pneumonia",
        ) == 0  # fmt: skip


class TestNamesThatAreNeverStored:
    @pytest.mark.parametrize("chosen", [0.0, "hashed"])
    def test_they_reach_no_file(
        self, settings: Settings, documented: Any, chosen: float | str
    ) -> None:
        changed = settings.model_copy(update={"keep_filenames": chosen, "keep_images": "all"})
        with ready_client(changed, documented) as client:
            given = send_everything(client)
            (stored,) = [
                one["filename"]
                for one in answer(client.get("/predictions"))["predictions"]
                if one["id"] == given["id"]
            ]

            assert files_that_hold(changed, NAME) == []
            assert stored == filename_policy(changed).stored(f"{NAME}.png")
            assert stored == "" if chosen == 0 else stored.startswith("hashed-")


class TestPatientsInNames:
    def test_whose_image_it_is_stays_when_the_name_goes(self, database: Engine) -> None:
        sample = SampleRecord(
            "ab" * 32, "Normal", "person9_virus_2.jpeg", "Normal/a.jpg", 1, now(), 0.5, 0.1, (1.0,)
        )
        samples.add(database, sample, task="pneumonia")

        changed = filename_retention.step(
            database,
            FilenamePolicy(days=30),
            now() + timedelta(days=31),
            task="pneumonia",
            patient_of=lambda filename, _: filename.partition("_")[0],
        )

        found = samples.get(database, sample.sha256, task="pneumonia")
        assert (changed, found.filename, found.patient_id) == (1, "", "name:person9")


class TestWhatFormerReleasesWrote:
    def test_names_in_disputes_and_refusals_go_and_the_rest_of_a_sentence_stays(
        self, database: Engine
    ) -> None:
        remark = f"'{NAME}.png' is the same picture as COVID-19."
        with writing(database) as connection:
            change = SampleChange("ab" * 32, now(), "disputed", "Normal", "COVID-19", remark)
            log_change(connection, change, task="pneumonia")
        detail = f"'{NAME}'s.csv' is empty; send a table with a heading."
        refusal = RequestErrorRecord(now(), 422, "Unusable upload", detail, "POST /predict", "r")
        request_errors.add(database, refusal, task="pneumonia")

        later = now() + timedelta(days=31)
        while filename_retention.step(
            database, FilenamePolicy(days=30), later, task="pneumonia", rows=1
        ):
            pass

        (change,) = sample_history.changes(database, "ab" * 32, task="pneumonia")
        (refusal,) = request_errors.since(
            database, now() - timedelta(days=1), task="pneumonia", limit=9
        )
        assert change.remark == "The same film came as COVID-19."
        assert refusal.detail == "'…' is empty; send a table with a heading."


class TestPolicies:
    @pytest.mark.parametrize(
        ("chosen", "days", "is_hashed"),
        [("30", 30.0, False), ("0", 0.0, False), ("always", None, False), ("hashed", None, True)],
    )
    def test_they_are_read_from_the_setting(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chosen: str, days: float | None,
        is_hashed: bool,
    ) -> None:  # fmt: skip
        monkeypatch.setenv("ROENTGEN_KEEP_FILENAMES", chosen)
        monkeypatch.setenv("ROENTGEN_STATE_DIR", str(tmp_path))

        policy = filename_policy(Settings())

        assert (policy.days, policy.key is not None) == (days, is_hashed)
        assert Settings(**Settings().model_dump()).keep_filenames == Settings().keep_filenames

    def test_equal_names_have_equal_hashes_and_another_installation_has_others(
        self, tmp_path: Path
    ) -> None:
        one, other = (
            filename_policy(Settings(keep_filenames="hashed", state_dir=tmp_path / name))
            for name in ("one", "other")
        )

        assert one.stored(NAME) == one.stored(NAME) != other.stored(NAME)
        assert one.stored(one.stored(NAME)) == one.stored(NAME)
        assert NAME not in one.stored(NAME)
        assert (tmp_path / "one" / "filenames.key").stat().st_mode & 0o777 == 0o600
