"""What stands for `ID`, `SHA256` and other names in the commands of the pages: something that is
there. What some commands delete or change is made anew for each; what all others only look at is
made once.
"""

import itertools
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.docs.documented_installation import SITE, Installation
from tests.docs.shell_commands import Command
from tests.e2e import shown_trainer
from tests.e2e.conftest import LABELS
from tests.support import dicom_images, images

# The only version beside the first.
VERSION = shown_trainer.VERSION


@dataclass(frozen=True, slots=True)
class Ids:
    """Makes what a command is about, by the API itself."""

    installation: Installation
    finished_job: str
    key: str
    seeds: "itertools.count[int]" = field(default_factory=lambda: itertools.count(2000))
    made: dict[str, str] = field(default_factory=dict)

    def filled(self, command: Command) -> str:
        """The command with host, file names and ids of this installation."""
        text = command.text
        for pattern, make in self._rules(command).items():
            if re.search(pattern, text):
                text = re.sub(pattern, make().replace("\\", r"\\"), text)
        return text

    def _rules(self, command: Command) -> dict[str, Callable[[], str]]:
        server, folder = self.installation.server, self.installation.folder
        deletes = "-X DELETE" in command.text
        shown = self.answer if deletes else self.answer_shown
        return {
            r"http://127\.0\.0\.1:8000": lambda: server.url,
            r"(?<=/tasks/iris/predictions/)ID\b": self.row,
            r"(?<=/predictions/)ID(?=/feedback)": self.answered if deletes else self.answer,
            r"(?<=/predictions/)ID\b|(?<=\"prediction_id\": \")ID\b|(?<=replay )ID\b": shown,
            r"(?<=/intake/breast/)ID\b": self.intake,
            r"(?<=/evaluate/)ID\b|(?<=check=)ID\b": self.check,
            r"(?<=/studies/)1\.2\.3\b": lambda: dicom_images.STUDY,
            r"ours\.zip(?=.*/sites/)": lambda: SITE,
            r"(?<=/retrain/)ID\b": self.running_job if deletes else lambda: self.finished_job,
            r"(?<=/tasks/iris/samples/)SHA256\b": self.row_sample,
            r"(?<=/samples/)SHA256(?=/restore)": self.deleted_sample,
            r"(?<=/samples/)SHA256\b": self.sample,
            r"(?<=/models/)v3\b|\bv7\b|(?<=export )v3\b": lambda: VERSION,
            r"(?<=\"token\": \")…": self.first_user_token,
            r"\bFILM…": lambda: "film.png",
            r"\bFOLDER\b": lambda: "films",
            # Each page adds her anew.
            r"\bmaria\b": lambda: f"maria-{Path(command.page).stem}",
            r"/etc/roentgen\b": lambda: str(folder),
        }

    def variables(self) -> list[str]:
        """What a page's reader has set already; a page's own variables come before."""
        return [f"API={self.installation.server.url}", f"KEY={self.key}"]

    def ask(self, method: str, path: str, **options: Any) -> Any:
        """The JSON of an answer that is well."""
        server = self.installation.server
        given = server.session.request(method, server.url + path, timeout=60, **options)
        assert given.ok, given.text
        return given.json() if given.content else None

    def answer(self) -> str:
        """The id of an answer about a film that was kept."""
        return str(self.ask("POST", "/predict", files={"file": self._image()})["id"])

    def answer_shown(self) -> str:
        """One that nobody changes."""
        return self._once("answer", self.answer)

    def answered(self) -> str:
        """The same, of which somebody has said what it shows."""
        answer = self.answer()
        self.ask("POST", f"/predictions/{answer}/feedback", json={"label": LABELS[0]})
        return answer

    def check(self) -> str:
        """The id of a finished check, of as many films as a profile needs."""
        return self._once("check", self._checked)

    def _checked(self) -> str:
        content = (self.installation.folder / SITE).read_bytes()
        return str(self.ask("POST", "/evaluate", files={"file": content})["check"])

    def row(self) -> str:
        row = (self.installation.folder / "flower.json").read_text()
        return str(self.ask("POST", "/tasks/iris/predict", json=json.loads(row))["id"])

    def intake(self) -> str:
        return str(self.ask("POST", "/intake/breast")["id"])

    def sample(self) -> str:
        added = self.ask(
            "POST", "/upload-data", data={"label": LABELS[0]}, files={"files": self._image()}
        )
        return str(added["files"][0]["sha256"])

    def deleted_sample(self) -> str:
        sha256 = self.sample()
        self.ask("DELETE", f"/samples/{sha256}?restorable=true")
        return sha256

    def row_sample(self) -> str:
        rows = (self.installation.folder / "labelled.csv").read_bytes()
        self.ask("POST", "/tasks/iris/upload-data", files={"files": ("labelled.csv", rows)})
        return str(self.ask("GET", "/tasks/iris/samples")["samples"][0]["sha256"])

    def running_job(self) -> str:
        for job in self.ask("GET", "/retrain")["jobs"]:
            if not job["finished_at"]:
                return str(job["id"])
        return str(self.ask("POST", "/retrain")["id"])

    def first_user_token(self) -> str:
        file = self.installation.server.folder / "state" / "first-user-token"
        return file.read_text().strip()

    def _once(self, name: str, make: Callable[[], str]) -> str:
        if name not in self.made:
            self.made[name] = make()
        return self.made[name]

    def _image(self) -> tuple[str, bytes]:
        seed = next(self.seeds)
        return f"film-{seed}.png", images.png(seed)
