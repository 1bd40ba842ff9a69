"""Debian's Orthanc with our configuration and hook, on ports and in a folder of its own."""

import contextlib
import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from api.settings import ROOT
from tests.e2e.conftest import unused_port
from tests.support.waiting import wait_until

CONFIGURATION, HOOK = ROOT / "deploy/orthanc/orthanc.json", ROOT / "deploy/orthanc/roentgen.lua"
SWEEP = ROOT / "deploy/orthanc/roentgen-sweep.service"
PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
LOGIN = ("roentgen", "of-the-test")


@dataclass
class Orthanc:
    """One that can be stopped and started again on what it has stored."""

    folder: Path
    port: int
    dicom_port: int
    process: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        response = requests.request(method, self.url + path, auth=LOGIN, timeout=30, **options)
        assert response.ok, response.text
        return response

    def instances(self, study: str) -> list[dict[str, Any]]:
        """What QIDO-RS finds of a study, with its series."""
        found = self.ask("GET", f"/dicom-web/studies/{study}/instances")
        listed: list[dict[str, Any]] = found.json() if found.content else []
        return listed

    def start(self) -> None:
        """Ready when this returns."""
        program = shutil.which("Orthanc", path="/usr/sbin:/usr/bin")
        assert program
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [program, str(self.folder / "orthanc.json")],
                env=os.environ
                | {
                    "ORTHANC_PASSWORD": LOGIN[1],
                    "ORTHANC_WAITING": str(self.folder / "waiting"),
                    "ROENTGEN_API_KEY": "of-the-test",
                },
                stdout=log,
                stderr=log,
            )
        wait_until(self._is_ready, "Orthanc was ready")

    def sweep(self) -> None:
        """What the timer does, with the unit's own command."""
        login = self.folder / "curl"
        login.write_text(f'url = "{self.url}/system"\nuser = "{":".join(LOGIN)}"\n')
        (command,) = re.findall(r"^ExecStart=(.+)$", SWEEP.read_text(), re.MULTILINE)
        subprocess.run(shlex.split(command.replace("%d", str(self.folder))), check=True, timeout=60)

    def set(self, **settings: int) -> None:
        """From the next start on."""
        path = self.folder / "orthanc.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | settings))

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=30)

    def _is_ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log
        with contextlib.suppress(requests.ConnectionError):
            return requests.get(self.url + "/system", auth=LOGIN, timeout=30).ok
        return False


@contextlib.contextmanager
def orthanc_process(folder: Path, *, api_port: int, port: int) -> Iterator[Orthanc]:
    """Ready when the block begins, with films going to the API at `api_port`."""
    if not PLUGIN.is_file():
        if os.environ.get("CI"):
            pytest.fail("Orthanc is missing; .ci/run installs orthanc and orthanc-dicomweb")
        pytest.skip("Orthanc is not installed")
    settings = json.loads(CONFIGURATION.read_text(encoding="utf-8"))
    dicom_port = unused_port()
    server = settings["DicomWeb"]["Servers"]["roentgen"]
    server["Url"] = server["Url"].replace(":8000", f":{api_port}")
    own = {
        "StorageDirectory": str(folder / "db"),
        "IndexDirectory": str(folder / "db"),
        "LuaScripts": [str(HOOK)],
        "HttpPort": port,
        "DicomPort": dicom_port,
        "StableAge": 1,
    }
    (folder / "orthanc.json").write_text(json.dumps(settings | own), encoding="utf-8")
    running = Orthanc(folder, port, dicom_port)
    running.start()
    try:
        yield running
    finally:
        running.stop()
