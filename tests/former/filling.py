"""What a former release is asked while it is recorded: requests that leave something in every
place where it keeps things, and then all that it says about them.

Only routes that have been there since then are used: the same requests fill any release.
"""

import io
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import requests
from PIL import Image

from api.clock import now

LABELS = ("COVID-19", "Normal", "Pneumonia-Bacterial", "Pneumonia-Viral")
# A quarter of each class is held out, and a promotion needs eight of them.
PER_CLASS = 8
SITE = "St.%20Anna"
DEADLINE_S = 300


@dataclass
class Former:
    """A running server of the release, and the ids that it gave."""

    url: str
    predictions: list[str] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    samples: list[str] = field(default_factory=list)
    intakes: list[str] = field(default_factory=list)
    jobs: list[str] = field(default_factory=list)

    def ask(self, method: str, path: str, *, status: int | None = None, **options: Any) -> Any:
        """The answer's JSON. Raises: AssertionError unless it is well, or has that status."""
        answer = requests.request(method, self.url + path, timeout=60, **options)
        fits = answer.ok if status is None else answer.status_code == status
        assert fits, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def film(self, label: str, seed: int) -> bytes:
        """A generated film, as a small JPEG."""
        answer = requests.get(f"{self.url}/phantoms/{label}.png?seed={seed}", timeout=60)
        packed = io.BytesIO()
        Image.open(io.BytesIO(answer.content)).convert("L").save(packed, "JPEG", quality=60)
        return packed.getvalue()


def fill(former: Former) -> None:
    """Leave rows in every table that requests fill."""
    _people(former)
    _samples(former)
    _answers(former)
    _rows(former)
    _site(former)
    _retraining(former)
    _versions(former)
    former.ask("POST", "/predict", status=415, files={"file": ("a.txt", b"no film")})
    silence = {"until": (now() + timedelta(days=20)).isoformat(), "why": "known"}
    former.ask("POST", "/alerts/disk_space/silence", json=silence)


def _people(former: Former) -> None:
    person = {"name": "li", "role": "annotator", "password": "nine blue stones"}
    former.ask("POST", "/users", json=person)
    former.ask("PATCH", "/users/li", json={"role": "operator"})
    login = {"name": "li", "password": "nine blue stones"}
    former.ask("POST", "/auth/login", json=login)
    key = {"name": "pacs", "rights": ["predict"], "site": "St. Anna", "expires_in_days": 365}
    former.ask("POST", "/keys", json=key)


def _samples(former: Former) -> None:
    for label in LABELS:
        files = [
            ("files", (f"{label}-{seed}.jpg", former.film(label, seed)))
            for seed in range(200, 200 + PER_CLASS)
        ]
        fields = {"label": label, "source": "ward 3"}
        added = former.ask("POST", "/upload-data", data=fields, files=files)
        former.samples += [each["sha256"] for each in added["files"]]
    # One person's films are held out together, or none of them.
    more = [("files", ("more.jpg", former.film("Normal", 210)))]
    corrected = former.ask(
        "POST", "/upload-data", data={"label": "COVID-19", "patient_id": "P17"}, files=more
    )
    sha256 = corrected["files"][0]["sha256"]
    former.ask("PATCH", f"/samples/{sha256}", json={"label": "Normal", "remark": "PCR negative"})
    former.samples.append(sha256)
    disputed = [("files", ("again.jpg", former.film("Normal", 200)))]
    former.ask("POST", "/upload-data", data={"label": "Pneumonia-Viral"}, files=disputed)
    gone = [("files", ("gone.jpg", former.film("Normal", 211)))]
    added = former.ask("POST", "/upload-data", data={"label": "Normal"}, files=gone)
    former.ask("DELETE", f"/samples/{added['files'][0]['sha256']}?remark=withdrawn")


def _answers(former: Former) -> None:
    for number, label in enumerate(LABELS):
        place = f"?source={SITE}" if number % 2 else ""
        former.predictions.append(_predict(former, label, 300 + number, place))
    answered = {"label": "Normal", "remark": "read by two"}
    for answer in former.predictions[:2]:
        former.ask("POST", f"/predictions/{answer}/feedback", json=answered)
    begun = former.ask("POST", "/intake/breast")
    former.ask("POST", f"/intake/breast/{begun['id']}", json={"question": "age", "answer": 52})
    beside = {"prediction_id": former.predictions[0]}
    asked = former.ask("POST", "/intake/respiratory", json=beside)
    former.intakes += [f"breast/{begun['id']}", f"respiratory/{asked['id']}"]


def _predict(former: Former, label: str, seed: int, place: str = "") -> str:
    file = {"file": (f"film-{seed}.jpg", former.film(label, seed))}
    return str(former.ask("POST", f"/predict{place}", files=file)["id"])


def _rows(former: Former) -> None:
    """Another task, in the same records."""
    flower = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}
    former.rows.append(former.ask("POST", "/tasks/iris/predict", json=flower)["id"])
    answered = {"label": "setosa"}
    former.ask("POST", f"/tasks/iris/predictions/{former.rows[0]}/feedback", json=answered)


def _site(former: Former) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for label in ("Normal", "Pneumonia-Viral"):
            for seed in range(400, 420):
                archive.writestr(f"{label}/{seed}.jpg", former.film(label, seed))
    file = {"file": ("ours.zip", packed.getvalue())}
    former.ask("POST", f"/sites/{SITE}?force=true&reason=our%20films", files=file)


def _retraining(former: Former) -> None:
    job = former.ask("POST", "/retrain")
    former.jobs.append(job["id"])
    deadline = time.monotonic() + DEADLINE_S
    while not job["finished_at"]:
        assert time.monotonic() < deadline, job
        time.sleep(0.5)
        job = former.ask("GET", f"/retrain/{job['id']}")
    assert job["state"] == "promoted", job
    again = former.ask("POST", "/retrain")
    former.ask("DELETE", f"/retrain/{again['id']}")
    former.jobs.append(again["id"])


def _versions(former: Former) -> None:
    _until_serving(former, "v2")
    former.predictions.append(_predict(former, "Normal", 320))
    former.ask("POST", "/models/v1/shadow")
    former.predictions.append(_predict(former, "Normal", 321))
    former.ask("POST", "/models/rollback")
    _until_serving(former, "v1")
    former.ask("POST", "/models/v2/promote", json={"reason": "better here"})
    _until_serving(former, "v2")
    former.ask("POST", "/models/v1/promote?source=ward+3", json={"reason": "better there"})


def _until_serving(former: Former, version: str) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while {each["model_version"] for each in former.ask("GET", "/status")["workers"]} != {version}:
        assert time.monotonic() < deadline, version
        time.sleep(0.2)


def questions(former: Former) -> Iterator[str]:
    """Addresses whose answers are about what is stored, and not about now."""
    yield "/predictions?limit=100"
    for answer in former.predictions:
        yield f"/predictions/{answer}"
        yield f"/predictions/{answer}/intakes"
    for topic in former.intakes:
        yield f"/intake/{topic}"
    yield from ("/tasks/iris/predictions?limit=100", *(f"/tasks/iris/predictions/{each}"
                                                       for each in former.rows))  # fmt: skip
    yield from ("/samples?limit=100", "/samples?disputed=true", "/samples/summary")
    yield from (f"/samples/{sha256}" for sha256 in former.samples)
    yield from ("/models", "/models/v1", "/models/v2", "/models/v1/card", "/models/v2/card")
    yield "/models/v1/shadow?limit=20"
    yield from ("/retrain", *(f"/retrain/{job}" for job in former.jobs))
    yield from ("/sites", f"/sites/{SITE}", "/users", "/keys", "/audit?limit=200")
    yield from ("/errors?limit=20", "/alerts/history?limit=50", "/review?limit=20")
