"""The round trip of docs/integrate/hospital.md: a PACS sends films, and has the results back."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from pydicom import Dataset, uid
from typer.testing import Result

from api.settings import ROOT
from tests.cli.predict_command import predict
from tests.deploy.orthanc_process import LOGIN, Orthanc, orthanc_process
from tests.deploy.relay import Relay
from tests.e2e.conftest import unused_port
from tests.support import dicom_images
from tests.support.checkpoints import TinyCheckpoint
from tests.support.dicom_images import PLANTED, dicom_image
from tests.support.waiting import wait_until
from tests.web.server_process import Process, server_process

SOP_CLASS, MODALITY = "00080016", "00080060"
STUDY = "1.2.826.0.1.3680043.10.1"


@pytest.fixture(scope="module")
def relay() -> Iterator[Relay]:
    """Between Orthanc and Roentgen."""
    made = Relay(unused_port())
    yield made
    made.stop()


@pytest.fixture(scope="module")
def pair(
    tiny: TinyCheckpoint, tmp_path_factory: pytest.TempPathFactory, relay: Relay
) -> Iterator[tuple[Process, Orthanc]]:
    port = unused_port()
    settings = {
        "destinations": json.dumps([f"http://127.0.0.1:{port}/dicom-web"]),
        "destination_logins": json.dumps({f"127.0.0.1:{port}": ":".join(LOGIN)}),
        "log_level": "DEBUG",
    }
    folder = tmp_path_factory.mktemp("pacs")
    with (
        server_process(tiny, tmp_path_factory.mktemp("server"), **settings) as server,
        orthanc_process(folder, api_port=relay.port, port=port) as orthanc,
    ):
        relay.start(server.port)
        yield server, orthanc


@pytest.fixture(scope="module")
def listener(pair: tuple[Process, Orthanc]) -> Iterator[int]:
    """The port of `python -m api dimse` for the AE title PACS, films of up to 1 MB."""
    server, _ = pair
    port = unused_port()
    options = ("--from", "PACS", "--port", str(port), "--url", server.url)
    process = subprocess.Popen(
        [sys.executable, "-m", "api", "dimse", *options],
        cwd=ROOT,
        env=os.environ | {"ROENTGEN_MAX_FILE_BYTES": "1000000"},
    )
    wait_until(lambda: is_listening(port), "the listener listened")
    yield port
    process.terminate()
    assert process.wait(timeout=30) == 0


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def storescu(path: Path, port: int, *options: str, title: str = "PACS") -> int:
    """dcmtk's exit code: 0 where the instance was stored."""
    # Beside an environment's Python there may be pynetdicom's program of the same name.
    others = (p for p in os.get_exec_path() if not Path(p).is_relative_to(sys.prefix))
    program = shutil.which("storescu", path=os.pathsep.join(others))
    if program is None:
        assert not os.environ.get("CI"), "dcmtk is missing; .ci/run installs it"
        pytest.skip("dcmtk is not installed")
    command = [program, "-aet", title, "-aec", "ROENTGEN", *options, "127.0.0.1", str(port)]
    return subprocess.run([*command, str(path)], timeout=60, check=False).returncode


def predictions_of(server: Process) -> int:
    status = requests.get(server.url + "/status", timeout=30).json()
    return int(status["num_predictions"])


def pull(study: str, orthanc: Orthanc, *options: str) -> Result:
    return predict("--study", study, "--from", orthanc.url + "/dicom-web", *options)


def modalities(orthanc: Orthanc, study: str) -> list[str]:
    found = [Dataset.from_json(each) for each in orthanc.instances(study)]
    return sorted(each.Modality for each in found)


def stable(orthanc: Orthanc) -> int:
    """How often a study was complete."""
    changes = orthanc.ask("GET", "/changes?limit=1000").json()["Changes"]
    return sum(change["ChangeType"] == "StableStudy" for change in changes)


def put_film(orthanc: Orthanc, *, seed: int, study: str) -> str:
    """Orthanc's name of a new film."""
    uids = {
        "StudyInstanceUID": study,
        "SeriesInstanceUID": study + ".1",
        "SOPInstanceUID": study + ".2",
    }
    content = dicom_image(dicom_images.values(bits=8, seed=seed), **uids)
    return str(orthanc.ask("POST", "/instances", data=content).json()["ID"])


def sent(orthanc: Orthanc, image: str) -> str | None:
    """What the hook noted of a film; None: nothing yet."""
    known: dict[str, str] = orthanc.ask("GET", f"/instances/{image}/metadata?expand").json()
    return known.get("4201")


def destination(server: Process) -> dict[str, Any]:
    (found,) = requests.get(server.url + "/alerts", timeout=30).json()["destinations"]
    return dict(found)


def store(server: Process, content: bytes) -> int:
    body = b"--x\r\nContent-Type: application/dicom\r\n\r\n" + content + b"\r\n--x--"
    kind = 'multipart/related; type="application/dicom"; boundary=x'
    return requests.post(
        server.url + "/dicom-web/studies", body, headers={"Content-Type": kind}, timeout=60
    ).status_code


class TestRoundTrip:
    def test_a_study_that_arrives_has_report_and_capture_once(
        self, pair: tuple[Process, Orthanc]
    ) -> None:
        server, orthanc = pair
        orthanc.ask(
            "POST", "/instances", data=dicom_image(dicom_images.values(bits=8, size_px=256))
        )

        wait_until(
            lambda: modalities(orthanc, dicom_images.STUDY) == ["DX", "OT", "SR"],
            "the results were in the study",
        )

        wait_until(lambda: destination(server)["delivered"] == 1, "it was noted")
        (patient,) = orthanc.ask("GET", "/patients?expand").json()
        assert patient["MainDicomTags"]["PatientID"] == dicom_images.PATIENT_ID
        assert predictions_of(server) == 1


class TestPulling:
    """A study of the first test, asked for from the command line."""

    def test_its_images_are_answered_and_its_results_left_out(
        self, pair: tuple[Process, Orthanc], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        server, orthanc = pair
        monkeypatch.setenv("ROENTGEN_DICOMWEB_LOGIN", ":".join(LOGIN))

        result = pull(dicom_images.STUDY, orthanc, "--url", server.url)

        assert result.exit_code == 0, result.output
        (line,) = result.stdout.splitlines()
        found = json.loads(line)
        assert found["filename"] == f"{dicom_images.STUDY}/{dicom_images.INSTANCE}"
        kept = requests.get(f"{server.url}/predictions/{found['id']}", timeout=30).json()
        assert kept["filename"] == "instance 1"

    @pytest.mark.parametrize(
        ("study", "login", "words"),
        [
            ("1.2.3.4.5", ":".join(LOGIN), "has no film of the study"),
            (dicom_images.STUDY, "roentgen:wrong", "answered 401"),
            ("a b", ":".join(LOGIN), "no UID of a study"),
        ],
    )
    def test_what_cannot_be_had_is_said(
        self,
        pair: tuple[Process, Orthanc],
        monkeypatch: pytest.MonkeyPatch,
        study: str,
        login: str,
        words: str,
    ) -> None:
        server, orthanc = pair
        monkeypatch.setenv("ROENTGEN_DICOMWEB_LOGIN", login)

        result = pull(study, orthanc, "--url", server.url)

        assert result.exit_code == 2
        assert words in " ".join(result.output.split())


class TestCStore:
    """dcmtk's `storescu` sends to the listener, which hands on to the server."""

    def test_an_image_is_answered_and_another_object_refused(
        self, pair: tuple[Process, Orthanc], listener: int, tmp_path: Path
    ) -> None:
        server, _ = pair
        sent = tmp_path / "film.dcm"
        before = predictions_of(server)

        sent.write_bytes(
            dicom_image(dicom_images.values(bits=8, seed=3), SOPInstanceUID="1.2.3.77")
        )
        assert storescu(sent, listener) == 0
        assert predictions_of(server) == before + 1
        sent.write_bytes(dicom_image(dicom_images.values(bits=8), Modality="CT"))
        assert storescu(sent, listener, "--required") != 0
        assert predictions_of(server) == before + 1

    def test_a_capture_in_a_class_of_several_frames_is_answered(
        self, pair: tuple[Process, Orthanc], listener: int, tmp_path: Path
    ) -> None:
        server, _ = pair
        sent = tmp_path / "film.dcm"
        before = predictions_of(server)

        capture: dict[str, Any] = {
            "SOPClassUID": uid.MultiFrameGrayscaleByteSecondaryCaptureImageStorage
        }
        capture |= {"Modality": "OT", "NumberOfFrames": 1, "SOPInstanceUID": "1.2.3.78"}
        sent.write_bytes(dicom_image(dicom_images.values(bits=8, seed=6), **capture))

        assert storescu(sent, listener, "--required") == 0
        assert predictions_of(server) == before + 1

    def test_a_stranger_and_what_is_too_large_are_kept_out(
        self, pair: tuple[Process, Orthanc], listener: int, tmp_path: Path
    ) -> None:
        server, _ = pair
        sent = tmp_path / "film.dcm"
        before = predictions_of(server)

        sent.write_bytes(dicom_image(dicom_images.values(bits=8)))
        assert storescu(sent, listener, title="STRANGER") != 0
        large = dicom_images.values(bits=8, size_px=1500)
        sent.write_bytes(dicom_image(large))
        assert storescu(sent, listener) != 0

        assert predictions_of(server) == before


class TestAfterwards:
    def test_the_results_make_the_study_complete_again_and_nothing_is_sent(
        self, pair: tuple[Process, Orthanc]
    ) -> None:
        _, orthanc = pair

        wait_until(lambda: stable(orthanc) >= 2, "the study was complete again")

        assert len(orthanc.ask("GET", "/jobs").json()) == 1
        (changes,) = (orthanc.folder / "waiting").read_text().splitlines()
        assert changes.startswith("changes ")

    def test_while_it_is_away_nothing_is_lost_and_then_it_comes_once(
        self, pair: tuple[Process, Orthanc]
    ) -> None:
        server, orthanc = pair
        sent = dicom_image(
            dicom_images.values(bits=8, seed=2),
            StudyInstanceUID=STUDY,
            SeriesInstanceUID=STUDY + ".1",
            SOPInstanceUID=STUDY + ".2",
        )
        wait_until(lambda: destination(server)["waiting"] == 0, "nothing else was on its way")
        before = destination(server)["delivered"]
        orthanc.stop()

        assert store(server, sent) == 200
        wait_until(lambda: destination(server)["last_error"] is not None, "a try had failed")
        assert "cannot be reached" in destination(server)["last_error"]
        assert destination(server)["waiting"] == 1
        orthanc.start()

        wait_until(lambda: modalities(orthanc, STUDY) == ["OT", "SR"], "the results were there")
        wait_until(lambda: destination(server)["delivered"] == before + 1, "it was noted")
        assert store(server, sent) == 200
        assert destination(server)["waiting"] == 0
        assert not list((server.folder / "state/outgoing").iterdir())


class TestSweeping:
    """What no complete study brings, a sweep does."""

    def test_a_film_whose_study_orthanc_forgot_is_sent_once(
        self, pair: tuple[Process, Orthanc]
    ) -> None:
        server, orthanc = pair
        before = predictions_of(server)
        orthanc.stop()
        orthanc.set(StableAge=600)
        orthanc.start()
        was_stable = stable(orthanc)
        image = put_film(orthanc, seed=4, study=STUDY + "1")
        orthanc.stop()
        orthanc.start()

        orthanc.sweep()
        assert predictions_of(server) == before
        orthanc.sweep()

        wait_until(lambda: sent(orthanc, image) == "sent", "it was sent")
        assert stable(orthanc) == was_stable
        orthanc.sweep()
        assert len(orthanc.ask("GET", "/jobs").json()) == 1
        assert predictions_of(server) == before + 1

    def test_after_roentgen_was_away_a_film_is_sent_without_another_study(
        self, pair: tuple[Process, Orthanc], relay: Relay
    ) -> None:
        server, orthanc = pair
        orthanc.stop()
        orthanc.set(StableAge=1)
        orthanc.start()
        before = predictions_of(server)
        relay.stop()
        image = put_film(orthanc, seed=5, study=STUDY + "2")
        waits = f"Roentgen does not answer; instance {image} waits"
        wait_until(lambda: waits in orthanc.log, "a try had failed")
        assert sent(orthanc, image) is None
        assert image in (orthanc.folder / "waiting").read_text()

        relay.start(server.port)
        orthanc.sweep()

        wait_until(lambda: sent(orthanc, image) == "sent", "it was sent")
        assert predictions_of(server) == before + 1

    def test_only_who_logs_in_may_ask_for_one(self, pair: tuple[Process, Orthanc]) -> None:
        _, orthanc = pair

        refused = requests.get(orthanc.url + "/system", headers={"X-Roentgen": "sweep"}, timeout=30)

        assert refused.status_code == 401


class TestNobodysName:
    """Runs last in its file."""

    def test_it_is_in_no_log(self, pair: tuple[Process, Orthanc]) -> None:
        server, _ = pair

        assert "message delivered" in server.log
        assert not [word for word in PLANTED if word in server.log]
