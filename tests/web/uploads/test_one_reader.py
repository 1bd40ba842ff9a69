"""One table of paths through every door: each reads the same of them."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from os import utime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from api.cli import app as command_line
from api.main import create_app
from api.records.database import open_database
from api.records.training_images import samples
from api.samples.folder_import import NOT_TAKEN, import_folder
from api.samples.open_collection import open_collection
from api.settings import PREFIX, Settings
from api.tasks.task import Task
from tests.support import images
from tests.support.waiting import wait_until_ready
from tests.web.response_checks import answer

Described = tuple[str, str | None, str | None]

# Label, source and patient of what is taken.
TAKEN: dict[str, Described] = {
    "ours/Normal/a.png": ("Normal", "ours", None),
    "ours/Normal/patient17/b.png": ("Normal", "ours", "patient17"),
    "ours/COVID_19/images/Müller, Hans/2024-01-02/c.png": ("COVID-19", "ours", "Müller, Hans"),
    "ours/train/bacterial pneumonia/d.png": ("Pneumonia-Bacterial", "ours", None),
    "ours/COVID/images/COVID-7.png": ("COVID-19", "ours", "COVID-7"),
    "ours/chest_xray/train/NORMAL/IM-9115-0001.jpeg": ("Normal", "chest_xray", "IM-9115"),
    "ours/chest_xray/train/PNEUMONIA/person9_virus_2.jpeg": (
        "Pneumonia-Viral", "chest_xray", "person9_virus",
    ),
    "ours/Normal/patient18/IM-0001-0001.jpg": ("Normal", "ours", "patient18"),
    "ours/Normal/10:30 C.png": ("Normal", "ours", None),
    "ours/PNEUMONIA/f.png": ("finding", "ours", None),
    f"ours/Normal/{'n' * 120}/e.png": ("Normal", "ours", f"{'n' * 49}…{'n' * 50}"),
}  # fmt: skip
# Files that are named as in a public collection are counted as its films where they are only
# measured on; a sample's source is a site, and no file name tells one.
COLLECTIONS = {"COVID-7": "radiography", "IM-9115": "kermany", "person9_virus": "kermany"}
MASK, NO_CLASS = "a mask", "no class folder"
LEFT_OUT = {
    "ours/COVID/masks/COVID-7.png": MASK,
    "ours/other/g.png": NO_CLASS,
    "ours/h.png": NO_CLASS,
}
OF_SYSTEMS = (
    "ours/Normal/Thumbs.db", "ours/desktop.ini", "ours/Normal/.DS_Store",
    "__MACOSX/ours/Normal/._a.png", "ours/.git/x.png",
)  # fmt: skip
WORDS = {"mask": MASK, "No class": NO_CLASS, "class folder": NO_CLASS}
CONTENTS = {
    path: images.png(seed, "lobar") for seed, path in enumerate([*TAKEN, *LEFT_OUT, *OF_SYSTEMS])
}


def why(sentence: str) -> str:
    return next(reason for words, reason in WORDS.items() if words in sentence)


def unpack(folder: Path) -> None:
    """The table as files."""
    for path, content in CONTENTS.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        utime(file, (time.time() - 60,) * 2)


@contextmanager
def server(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings)) as client:
        wait_until_ready(client)
        yield client


def stored(settings: Settings) -> list[Described]:
    """What the records say of the samples, in the table's words."""
    database = open_database(settings.records_url, timeout_s=5)
    records = samples.everything(database, task="pneumonia")
    database.dispose()
    return sorted(((r.label, r.source, r.patient_id) for r in records), key=str)


def send_archive(client: TestClient) -> Any:
    archive = images.zipped(CONTENTS)
    return client.post("/upload-data", files={"files": ("films.zip", archive)})


def send_loose(client: TestClient) -> Any:
    sent = [("files", (path, content)) for path, content in CONTENTS.items()]
    return client.post("/upload-data", files=sent)


class TestUploads:
    @pytest.mark.parametrize("send", [send_archive, send_loose])
    def test_an_archive_and_loose_files_with_folders(
        self, settings: Settings, send: Callable[[TestClient], Any]
    ) -> None:
        with server(settings) as client:
            body = answer(send(client))

        outcomes = {file["filename"]: file for file in body["files"]}
        assert outcomes.keys() == TAKEN.keys() | LEFT_OUT.keys()
        assert {n: f["label"] for n, f in outcomes.items() if f["outcome"] == "stored"} == {
            path: label for path, (label, _, _) in TAKEN.items()
        }
        assert {path: why(outcomes[path]["reason"]) for path in LEFT_OUT} == LEFT_OUT
        assert stored(settings) == sorted(TAKEN.values(), key=str)

    def test_what_the_sender_says_of_source_and_patient_counts_more(
        self, settings: Settings
    ) -> None:
        archive = images.zipped({"ours/Normal/patient17/b.png": images.png(1)})
        with server(settings) as client:
            answer(
                client.post(
                    "/upload-data",
                    files={"files": ("films.zip", archive)},
                    data={"source": "ward 3", "patient_id": "P1"},
                )
            )

        assert stored(settings) == [("Normal", "ward 3", "P1")]


class TestBatches:
    @pytest.mark.parametrize("zipped", [True, False])
    def test_every_image_has_an_answer_and_a_mask_is_named(
        self, client: TestClient, zipped: bool
    ) -> None:
        sent = {"films.zip": images.zipped(CONTENTS)} if zipped else CONTENTS

        response = client.post(
            "/predict/batch", files=[("files", (name, content)) for name, content in sent.items()]
        )

        results = answer(response)["results"]
        assert [result["filename"] for result in results] == [*TAKEN, *LEFT_OUT]
        refused = {r["filename"]: r["problem"]["detail"] for r in results if r["problem"]}
        assert {name: why(detail) for name, detail in refused.items()} == {
            name: reason for name, reason in LEFT_OUT.items() if reason == MASK
        }


class TestEvaluation:
    def test_the_same_images_are_measured_and_some_finding_is_enough(
        self, client: TestClient
    ) -> None:
        archive = images.zipped(CONTENTS)

        report = answer(client.post("/evaluate", files={"file": ("films.zip", archive)}))

        expected = Counter(
            (COLLECTIONS.get(str(patient), str(source)), label)
            for label, source, patient in TAKEN.values()
        )
        assert {
            (source, label): number
            for source, labels in report["counts"].items()
            for label, number in labels.items()
        } == expected
        reasons = Counter({why(reason): number for reason, number in report["skipped"].items()})
        assert reasons == {MASK: 1, NO_CLASS: 2}


class TestImport:
    def test_the_unpacked_folder_is_read_the_same(self, settings: Settings, tmp_path: Path) -> None:
        unpack(tmp_path / "set")
        environment = {
            name: value
            for name, value in settings.as_environment().items()
            if name.startswith(PREFIX)
        }

        result = CliRunner().invoke(
            command_line, ["import", str(tmp_path / "set" / "ours")], env=environment
        )

        assert result.exit_code == 0, result.output
        assert stored(settings) == sorted(TAKEN.values(), key=str)
        for line in (
            "left out: 2 (not in a class folder)",
            "left out: 1 (a mask, not a film)",
        ):
            assert line in result.stdout


class TestPickUp:
    def test_the_training_folder_is_read_the_same(self, settings: Settings, task: Task) -> None:
        database = open_database(settings.records_url, timeout_s=5)
        collection = open_collection(settings, task, database)
        unpack(collection.folder)

        assert import_folder(collection) == {"stored": len(TAKEN), "rejected": 1}
        assert import_folder(collection) == {}

        database.dispose()
        assert stored(settings) == sorted(TAKEN.values(), key=str)
        aside = collection.folder / NOT_TAKEN
        found = {path.relative_to(aside).as_posix() for path in aside.rglob("*") if path.is_file()}
        assert found == {path for path, reason in LEFT_OUT.items() if reason == MASK}
        for path, reason in LEFT_OUT.items():
            assert (collection.folder / path).is_file() == (reason == NO_CLASS)
        for path in OF_SYSTEMS:
            assert (collection.folder / path).read_bytes() == CONTENTS[path]
