"""The session whose answers are recorded, step by step."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from api.model_card.card_file import CHECKSUMS_KEY
from api.registry.store import card_path
from api.settings import Settings
from api.tasks.labels import Finding
from tests.streamlit_app import gentle_trainer
from tests.streamlit_app.recorder import Recorder
from tests.support import images
from tests.support.cards import NEW_FIELDS
from tests.support.waiting import wait_until

FINDINGS: dict[str, Finding] = {
    "COVID-19": "peripheral",
    "Normal": "clear",
    "Pneumonia-Bacterial": "lobar",
    "Pneumonia-Viral": "reticular",
}
PER_CLASS = 6
TRAINING_TIMEOUT_S = 300.0
NOT_IN_FORMAT_1 = (
    "decision_accuracy", "score_calibration_error", "brier", "referred", "referred_because",
    "answered_error", "at", "intervals",
)  # fmt: skip


def record_all(recorder: Recorder, settings: Settings) -> None:
    """The whole session, in the order in which a person would do it."""
    record_predictions(recorder)
    record_intake(recorder)
    record_refusals(recorder)
    record_samples(recorder)
    record_promotion(recorder, settings)
    record_state(recorder)
    record_second_retraining(recorder)
    record_shadow(recorder)
    record_changes_by_hand(recorder)
    record_evaluation(recorder)
    record_old_card(recorder, settings.default_model)


def record_predictions(recorder: Recorder) -> None:
    """A positive film, a referred one, several at once; then the queue and a person's word."""
    image = viral_image(recorder.client)
    explained = recorder.record("prediction", "POST", "/predict?explain=true", files=sent(image))
    recorder.names.add(explained["id"], "p")
    referred = recorder.record(
        "referred", "POST", "/predict?explain=true", files=sent(images.noise())
    )
    recorder.names.add(referred["id"], "p")
    several = [("files", ("a.png", image)), ("files", ("notes.pdf", images.pdf()))]
    batch = recorder.record("batch", "POST", "/predict/batch", files=several)
    recorder.names.add(batch["results"][0]["prediction"]["id"], "p")
    review = recorder.record("review", "GET", "/review?limit=1")
    recorder.record("review_blinded", "GET", "/review?limit=1&blinded=true")
    for item in review["items"]:
        recorder.names.add(item["prediction"]["id"], "p")
    recorder.record(
        "feedback",
        "POST",
        f"/predictions/{explained['id']}/feedback",
        "/predictions/{prediction_id}/feedback",
        json={"label": "Normal", "remark": "read by two"},
    )
    recorder.record("agreement", "GET", "/review/agreement")
    recorder.record(
        "taken_back",
        "DELETE",
        f"/predictions/{explained['id']}/feedback",
        "/predictions/{prediction_id}/feedback",
    )
    second_feedback = {"label": "Normal", "remark": "read by two"}
    recorder.client.post(f"/predictions/{explained['id']}/feedback", json=second_feedback)


def record_intake(recorder: Recorder) -> None:
    """The topics; a talk as it begins, in the middle and at its end; and one beside an answer."""
    recorder.record("intake_topics", "GET", "/intake")
    intake = recorder.record("intake_begun", "POST", "/intake/breast", "/intake/{topic}", json={})
    recorder.names.add(intake["id"], "i")
    for name, question, value in (
        ("intake_asking", "age", 34), ("intake_red_flag", "lump", "yes"),
    ):  # fmt: skip
        recorder.record(
            name, "POST", intake["url"], "/intake/{topic}/{intake_id}",
            json={"question": question, "answer": value},
        )  # fmt: skip
    recorder.record(
        "intake_ended", "POST", intake["url"], "/intake/{topic}/{intake_id}",
        json={"question": "lump", "answer": "no"},
    )  # fmt: skip
    beside_an_answer(recorder)


def beside_an_answer(recorder: Recorder) -> None:
    prediction = recorder.answers["prediction"]["body"]["id"]
    intake = recorder.client.post("/intake/respiratory", json={"prediction_id": prediction}).json()
    recorder.names.add(intake["id"], "i")
    while intake["question"]:
        name = intake["question"]["id"]
        value = {"age": 70, "fast_breathing": "yes"}.get(name, "no")
        sent = {"question": name, "answer": value}
        intake = recorder.client.post(intake["url"], json=sent).json()
    recorder.record(
        "intakes_beside", "GET", f"/predictions/{prediction}/intakes",
        "/predictions/{prediction_id}/intakes",
    )  # fmt: skip


def viral_image(client: TestClient) -> bytes:
    """A generated film that the checkpoint calls viral, and positive."""
    for seed in range(1000, 1200):
        image = images.png(seed, "reticular")
        answer = client.post("/predict", files=sent(image)).json()
        if (answer["label"], answer["decision"]) == ("Pneumonia-Viral", "positive"):
            return image
    raise ValueError("The checkpoint calls no generated film viral.")


def record_refusals(recorder: Recorder) -> None:
    recorder.record("not_an_image", "POST", "/predict", files=sent(images.pdf(), "notes.pdf"))
    recorder.record("no_such_version", "GET", "/models/v9/card", "/models/{version}/card")
    recorder.record("too_few_samples", "POST", "/retrain")
    recorder.record("not_an_archive", "POST", "/evaluate", files=sent(b"text", "films.zip"))


def record_samples(recorder: Recorder) -> None:
    """Films of each class; in the recorded upload one is stored, one known, one refused."""
    for label, finding in FINDINGS.items():
        xrays = [("files", (f"{n}.png", image)) for n, image in enumerate(images_of(finding))]
        if label == "Normal":
            xrays = [xrays[0], ("files", ("again.png", xrays[0][1][1])), *xrays[1:],
                     ("files", ("notes.pdf", images.pdf()))]  # fmt: skip
            recorder.record("upload", "POST", "/upload-data", data={"label": label}, files=xrays)
        else:
            recorder.client.post("/upload-data", data={"label": label}, files=xrays)
    recorder.record("samples", "GET", "/samples/summary")
    recorder.record("plan", "GET", "/retrain/plan")
    page = recorder.record("sample_page", "GET", "/samples?limit=3")
    sha256 = page["samples"][0]["sha256"]
    recorder.record("sample", "GET", f"/samples/{sha256}", "/samples/{sha256}")
    recorder.client.delete(f"/samples/{sha256}?restorable=true&remark=dark")
    recorder.record("deleted_samples", "GET", "/samples/deleted")
    recorder.client.post(f"/samples/{sha256}/restore")


def images_of(finding: Finding) -> list[bytes]:
    first = 100 * (1 + list(FINDINGS.values()).index(finding))
    return [images.png(first + seed, finding) for seed in range(PER_CLASS)]


def record_promotion(recorder: Recorder, settings: Settings) -> None:
    """A retraining that is promoted: its version is the champion's equal."""
    with gentle_training(recorder, settings.state_dir / "tasks"):
        job = recorder.client.post("/retrain").json()
        recorder.names.add(job["id"], "j")
        ended = watched(recorder, job, until=lambda job: bool(job["finished_at"]))
    if ended["state"] != "promoted":
        raise ValueError(f"The gentle retraining was not promoted: {ended['reason']}")
    wait_until(lambda: serves(recorder.client, "v2"), "every worker served v2")
    recorder.record("promoted_jobs", "GET", "/retrain")


def serves(client: TestClient, version: str) -> bool:
    status = client.get("/status").json()
    well = status["health"]["model"]["detail"] == f"serving {version}"
    return well and all(worker["model_version"] == version for worker in status["workers"])


@contextmanager
def gentle_training(recorder: Recorder, tasks: Path) -> Iterator[None]:
    """Jobs are done by the gentle trainer."""
    gentle_trainer.write_gentle_task(tasks)
    supervisor = recorder.client.app.state.services.training.supervisor  # type: ignore[attr-defined]
    supervisor.environment[gentle_trainer.TASKS] = str(tasks)
    usual, supervisor.trainer = supervisor.trainer, gentle_trainer.NAME
    yield
    supervisor.trainer = usual


def watched(recorder: Recorder, job: dict[str, Any], *, until: Callable[[Any], bool]) -> Any:
    def reached() -> bool:
        return until(recorder.client.get(job["url"]).json())

    wait_until(reached, f"{job['url']} went on", wait_limit_s=TRAINING_TIMEOUT_S)
    return recorder.client.get(job["url"]).json()


def record_state(recorder: Recorder) -> None:
    """What the pages show of a healthy service whose second version serves."""
    recorder.record("tasks", "GET", "/tasks")
    recorder.record("models", "GET", "/models")
    recorder.record("card", "GET", "/models/v2/card", "/models/{version}/card")
    recorder.client.post("/predict", files=sent(images.png()))
    recorder.record("status", "GET", "/status")
    recorder.record("activity", "GET", "/status/activity?window_minutes=60")
    recorder.record("drift", "GET", "/status/drift")
    recorder.record("quality", "GET", "/status/quality")
    recorder.record("privacy", "GET", "/privacy")
    recorder.record("errors", "GET", "/errors")


def record_second_retraining(recorder: Recorder) -> None:
    """The real recipe makes the small checkpoint worse; it is kept. Another one waits meanwhile."""
    job = recorder.record("started_job", "POST", "/retrain")
    recorder.names.add(job["id"], "j")
    waiting = recorder.record("waiting_job", "POST", "/retrain")
    recorder.names.add(waiting["id"], "j")
    recorder.record("waiting_jobs", "GET", "/retrain")
    recorder.record("one_waits_already", "POST", "/retrain")
    recorder.record("cancelled_job", "DELETE", waiting["url"], "/retrain/{job_id}")
    watched(recorder, job, until=lambda job: len(job["history"]) >= 2)
    recorder.record("running_job", "GET", job["url"], "/retrain/{job_id}")
    watched(recorder, job, until=lambda job: bool(job["finished_at"]))
    recorder.record("kept_job", "GET", job["url"], "/retrain/{job_id}")
    recorder.record(
        "retraining_changes", "GET", f"{job['url']}/changes", "/retrain/{job_id}/changes"
    )


def record_shadow(recorder: Recorder) -> None:
    """The version that was kept is asked about films beside the champion."""
    client, shadow = recorder.client, "/models/v3/shadow"
    client.post(shadow)
    given = [client.post("/predict", files=sent(image)).json() for image in images_of("clear")]
    for answer in given:
        recorder.names.add(answer["id"], "p")
    wait_until(lambda: client.get(shadow).json()["n"] == len(given), "the films were handed on")
    recorder.record("shadow", "GET", shadow, "/models/{version}/shadow")
    client.delete(shadow)


def record_changes_by_hand(recorder: Recorder) -> None:
    recorder.record(
        "promote", "POST", "/models/v3/promote", "/models/{version}/promote",
        json={"reason": "Better on our films."},
    )  # fmt: skip
    recorder.record("rollback", "POST", "/models/rollback", json={"reason": "Too many alarms."})


def record_evaluation(recorder: Recorder) -> None:
    """A site's films, and such with a finding of unknown kind only."""
    xrays = {
        f"site/{label}/{n}.png": image
        for label, finding in FINDINGS.items()
        for n, image in enumerate(images_of(finding))
    }
    mixed = images.zipped(xrays | {"site/notes/readme.txt": b"no film"})
    report = recorder.record(
        "site_report", "POST", "/evaluate?model=v2", files=sent(mixed, "films.zip")
    )
    recorder.names.add(report["check"], "c")
    ill = images.zipped(
        {
            name.replace("COVID-19", "PNEUMONIA"): image
            for name, image in xrays.items()
            if "COVID-19" in name
        }
    )
    one_sided = recorder.record(
        "one_sided_report", "POST", "/evaluate?model=v2", files=sent(ill, "films.zip")
    )
    recorder.names.add(one_sided["check"], "c")


def record_old_card(recorder: Recorder, weights: Path) -> None:
    """What the API says of a card of format 1, which has less."""
    path = card_path(weights)
    path.write_text(json.dumps(of_format_1(json.loads(path.read_bytes()))), encoding="utf-8")
    recorder.record("old_card", "GET", "/models/v1/card", "/models/{version}/card")


def of_format_1(card: dict[str, Any]) -> dict[str, Any]:
    """The card as an early release would have written it."""
    old = {k: v for k, v in card.items() if k not in (*NEW_FIELDS, CHECKSUMS_KEY)} | {"format": 1}
    old["training"].pop("command", None)
    old["operating_points"] = {"balanced": without(old["operating_points"]["balanced"], "aim")}
    old["metrics"] = {
        split: {
            "overall": metrics_of_format_1(evaluation["overall"]),
            "per_source": {
                source: metrics_of_format_1(metrics)
                for source, metrics in evaluation["per_source"].items()
            },
        }
        for split, evaluation in old["metrics"].items()
    }
    return old


def metrics_of_format_1(metrics: dict[str, Any]) -> dict[str, Any]:
    per_class = {name: without(figures) for name, figures in metrics["per_class"].items()}
    return without(metrics, *NOT_IN_FORMAT_1) | {"per_class": per_class}


def without(figures: dict[str, Any], *names: str) -> dict[str, Any]:
    """The figures without these and without intervals."""
    return {k: v for k, v in figures.items() if k not in names and not k.endswith("_interval")}


def sent(content: bytes, name: str = "film.png") -> dict[str, tuple[str, bytes]]:
    return {"file": (name, content)}
