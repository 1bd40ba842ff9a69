"""The journey of the first release through the balancer: two nodes, one PostgreSQL, one S3 API.

    python -m benchmarks.cluster.journey

A film, a batch, training films, a retraining (which one node does), the new version promoted and
served by both; a word about an answer, the review list, the status; a site profile and an export
made by one node and used by the other one; the UI, pointed at the balancer. Prints what each step
gave and how long it took; ends with an error at the first that fails. It takes three minutes, most
of them the retraining, and needs what `benchmarks.cluster.failures` needs, and the UI's packages.
"""

import argparse
import io
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests

from api.inputs.images.synthetic import FINDINGS, synthetic_png
from api.settings import ROOT
from api.tasks.labels import Finding
from benchmarks.cluster.trainers import trainers
from benchmarks.cluster.two_nodes import TIMEOUT_S, TwoNodes, ready, two_nodes, wait_for

LABELS = {
    "clear": "Normal",
    "lobar": "Pneumonia-Bacterial",
    "reticular": "Pneumonia-Viral",
    "peripheral": "COVID-19",
}
PER_CLASS = 10
SITE = "St. Anna"
RETRAINING_S = 500
# What the UI says of itself, read as its own tests do.
UI = """
import sys
sys.path.insert(0, "streamlit_app")
from streamlit.testing.v1 import AppTest
page = AppTest.from_file("streamlit_app/app.py", default_timeout=120).run()
said = [str(e.value) for kind in ("title", "header", "error") for e in page.get(kind)]
print(len(page.exception), "exceptions;", "; ".join(said)[:120])
sys.exit(bool(page.exception) or bool(page.get("error")))
"""


class Journey:
    """Each step returns what is printed of it."""

    def __init__(self, cluster: TwoNodes) -> None:
        self.cluster = cluster
        self.answered: dict[str, Any] = {}
        self.version = ""

    def predict(self) -> str:
        self.answered = self._post("/predict", files={"file": synthetic_png("lobar", seed=1)})
        return f"{self.answered['label']} by {self.answered['model_version']}"

    def batch(self) -> str:
        films = [
            ("files", (f"{n}.png", synthetic_png("clear", seed=n), "image/png")) for n in range(6)
        ]
        return f"{len(self._post('/predict/batch', files=films)['results'])} answers"

    def upload(self) -> str:
        stored = 0
        for number, finding in enumerate(FINDINGS):
            films = [
                (
                    "files",
                    (
                        f"{finding}-{n}.png",
                        synthetic_png(finding, seed=1000 * (number + 1) + n),
                        "image/png",
                    ),
                )
                for n in range(PER_CLASS)
            ]
            outcomes = self._post("/upload-data", data={"label": LABELS[finding]}, files=films)
            stored += sum(each["outcome"] == "stored" for each in outcomes["files"])
        return f"{stored} training films stored"

    def retrain(self) -> str:
        job = self._post("/retrain")
        most = 0
        deadline = time.monotonic() + RETRAINING_S
        while True:
            most = max(most, trainers())
            found = self._get(job["url"])
            if found["finished_at"]:
                break
            if time.monotonic() > deadline:
                raise SystemExit(f"Error: the retraining took too long: {found}")
            time.sleep(0.5)
        if not found.get("version"):
            raise SystemExit(f"Error: {found['state']}: {found.get('reason')}")
        self.version = found["version"]
        return f"{found['state']}, {self.version}, {most} trainer at a time"

    def promote(self) -> str:
        if self._get("/status")["model_version"] != self.version:
            self._post(f"/models/{self.version}/promote", json={"reason": "the journey goes on"})
        took_s = wait_for(
            lambda: all(ready(node) == (True, self.version) for node in self.cluster.nodes),
            "both nodes served the new version",
        )
        film = {"file": synthetic_png("lobar", seed=1)}
        versions = {
            requests.post(f"{node.url}/predict", files=film, timeout=TIMEOUT_S).json()[
                "model_version"
            ]
            for node in self.cluster.nodes
        }
        if versions != {self.version}:
            raise SystemExit(f"Error: the nodes answer with {versions}.")
        return f"{self.version} on both nodes after {took_s:.1f} s"

    def feedback(self) -> str:
        path = f"/predictions/{self.answered['id']}/feedback"
        self._post(path, json={"label": "Normal", "remark": "seen through the balancer"})
        return f"said of {self.answered['id'][:8]}…"

    def review(self) -> str:
        return f"{self._get('/review')['total']} answers wait"

    def status(self) -> str:
        found = self._get("/status")
        nodes = ", ".join(f"{each['node']} {each['state']}" for each in found["nodes"])
        return f"{found['num_predictions']} predictions; {nodes}"

    def site_profile(self) -> str:
        """Made by the first node; the second one has to follow within two seconds."""
        one, two = self.cluster.nodes
        query = {"force": "true", "reason": "synthetic films"}
        made = requests.post(
            f"{one.url}/sites/{quote(SITE)}",
            params=query,
            files={"file": ("films.zip", _labelled_zip(), "application/zip")},
            timeout=TIMEOUT_S,
        )
        _check(made)
        took_s = wait_for(
            lambda: any(
                site["site"] == SITE and site["profile"]
                for site in requests.get(f"{two.url}/sites", timeout=TIMEOUT_S).json()["sites"]
            ),
            "the other node knew the profile",
        )
        film = {"file": synthetic_png("lobar", seed=1)}
        answer = requests.post(
            f"{two.url}/predict", params={"source": SITE}, files=film, timeout=TIMEOUT_S
        )
        return f"on the other node after {took_s:.1f} s; {_check(answer).json()['site_profile']}"

    def export(self) -> str:
        one, two = self.cluster.nodes
        path = f"/models/{self.version}/export?format=tflite"
        deadline = time.monotonic() + RETRAINING_S
        while (outcomes := requests.get(one.url + path, timeout=TIMEOUT_S)).status_code == 202:
            if time.monotonic() > deadline:
                raise SystemExit("Error: the export took too long.")
            time.sleep(1)
        _check(outcomes)
        wait_for(
            lambda: requests.get(two.url + path, timeout=TIMEOUT_S).content == outcomes.content,
            "the other node gave the same export",
        )
        return f"{len(outcomes.content) / 1e6:.1f} MB, the same from both nodes"

    def ui(self) -> str:
        done = subprocess.run(
            [sys.executable, "-c", UI],
            cwd=ROOT,
            env=os.environ | {"ROENTGEN_API_URL": self.cluster.plain_url},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"Error: the UI: {done.stdout} {done.stderr[-500:]}")
        return done.stdout.strip()

    def _post(self, path: str, **options: Any) -> dict[str, Any]:
        found: dict[str, Any] = _check(self.cluster.ask("POST", path, **options)).json()
        return found

    def _get(self, path: str) -> dict[str, Any]:
        found: dict[str, Any] = _check(self.cluster.ask("GET", path)).json()
        return found


def main() -> None:
    """Take each step, and say what it gave."""
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        two_nodes(Path(folder), min_retrain_images="8") as cluster,
    ):
        journey = Journey(cluster)
        steps: list[Callable[[], str]] = [
            journey.predict, journey.batch, journey.upload, journey.retrain, journey.promote,
            journey.feedback, journey.review, journey.status, journey.site_profile,
            journey.export, journey.ui,
        ]  # fmt: skip
        print("| step | gave | seconds |\n| --- | --- | --- |", flush=True)
        for step in steps:
            begun = time.monotonic()
            gave = step()
            took_s = time.monotonic() - begun
            print(f"| {step.__name__.replace('_', ' ')} | {gave} | {took_s:.1f} |", flush=True)


def _check(response: requests.Response) -> requests.Response:
    if not response.ok:
        raise SystemExit(f"Error: {response.url}: {response.status_code} {response.text[:300]}")
    return response


def _labelled_zip() -> bytes:
    buffer = io.BytesIO()
    labelled: tuple[tuple[Finding, str], ...] = (("clear", "NORMAL"), ("lobar", "PNEUMONIA"))
    with zipfile.ZipFile(buffer, "w") as archive:
        for finding, kind in labelled:
            for n in range(24):
                film = synthetic_png(finding, seed=50_000 + n)
                archive.writestr(f"{kind}/{finding}-{n}.png", film)
    return buffer.getvalue()


if __name__ == "__main__":
    main()
