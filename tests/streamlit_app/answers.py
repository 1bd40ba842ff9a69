"""What the real API answered (`recorded/`, see `record`); rare states are small edits of that."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.streamlit_app.stable_answers import moved_to
from tests.support import site_profiles

FOLDER = Path(__file__).with_name("recorded")
NOW = datetime.now(UTC)
Body = dict[str, Any]


def recorded(name: str) -> Any:
    """The body of a recorded answer, as if the session had ended now."""
    text = (FOLDER / f"{name}.json").read_text(encoding="utf-8")
    return json.loads(moved_to(text, NOW))["body"]


CLASSES: list[str] = list(recorded("status")["classes"])


def status(**changes: Any) -> Body:
    """A server as it is set by itself: one retraining at a time."""
    return {**recorded("status"), "retrain_queue": False, **changes}


def shifted_stream(**changes: Any) -> Body:
    """A source whose films are unlike those of known hospitals, with what differs."""
    exposure = {
        "figure": "exposure",
        "distance": 0.8,
        "words": "darker",
        "edges": [0.0, 100.0, 200.0],
        "here": [0.9, 0.1],
        "known": [0.1, 0.9],
    }
    stream = {
        "client": None,
        "source": "St. Anna",
        "n": 60,
        "shifted": True,
        "since": NOW.isoformat(),
        "test": "mmd",
        "window": 60,
        "excess": 2.1,
        "p": 0.00012,
        "reason": "The last 60 films of 'St. Anna' are unlike those of every hospital.",
        "checked_at": NOW.isoformat(),
        "model_version": "v2",
        "differences": [exposure],
    }
    return {**stream, **changes}


def unexpected_errors() -> Body:
    """One kind of error, met three times."""
    error = {
        "fingerprint": "0f3a77bc0f3a77bc",
        "type": "KeyError",
        "place": "GET /models/{version}",
        "count": 3,
        "first_at": NOW.isoformat(),
        "last_at": NOW.isoformat(),
        "request_id": "r1",
        "version": "0.1.0",
        "traceback": "KeyError\n  api/web/routes/training/models.py:12 in get_model",
    }
    return {"errors": [error]}


def alert(**changes: Any) -> Body:
    """An alert of a task that fires; nobody silenced it."""
    alert = {
        "name": "stream_shift",
        "task": "pneumonia",
        "status": "firing",
        "since": NOW.isoformat(),
        "severity": "warning",
        "says": "Films of a source are unlike those of all known hospitals",
        "do": "Check the model with labelled films of the source.",
        "when": "shifted_sources > 0",
        "clear": 0.0,
        "for_seconds": 0.0,
        "value": 1.0,
        "unit": "count",
        "shown": "1",
        "announced": True,
        "silence": None,
        "checked_at": NOW.isoformat(),
    }
    return {**alert, **changes}


def alerts(*found: Body, given_up: int = 0, **of_destination: Any) -> Body:
    """All alerts of a server that sends messages to one address."""
    destination = {
        "kind": "webhook",
        "name": "https://hook.example#0f8c2a7b",
        "is_configured": True,
        "waiting": 0,
        "delivered": 3,
        "given_up": given_up,
        "last_delivered_at": NOW.isoformat(),
        "last_error": None,
        **of_destination,
    }
    return {"alerts": list(found), "destinations": [destination]}


def silence(**changes: Any) -> Body:
    until = (NOW + timedelta(hours=4)).isoformat()
    return {"task": "pneumonia", "until": until, "by": "ann", "why": "new scanner", **changes}


def nodes() -> list[Body]:
    """Two that share the champion, of which one cannot serve it."""
    at = recorded("status")["last_retrain_time"]
    well: Body = {
        "node": "one", "version": "v2", "sequence": 1, "state": "serving", "reason": "",
        "since": at, "last_seen": at, "processes": 2,
    }  # fmt: skip
    reason = "The weights of 'v2' are not those its card describes."
    ill = {"node": "two", "version": None, "sequence": 0, "state": "refused", "reason": reason}
    return [well, {**well, **ill, "processes": 1}]


def tasks() -> Body:
    """The default task, and a second one with the same classes."""
    answer: Body = recorded("tasks")
    first = answer["tasks"][0]
    second = {"name": "twin", "title": "The same again", "path": "/tasks/twin"}
    other = first | second | {"is_default": False, "ready": False, "images": "twin films"}
    return {**answer, "tasks": [first, other]}


def activity(**changes: Any) -> Body:
    return {**recorded("activity"), **changes}


def prediction(**changes: Any) -> Body:
    """A positive answer with its explanation."""
    return {**recorded("prediction"), **changes}


def referred(**changes: Any) -> Body:
    return {**recorded("referred"), **changes}


def old_prediction() -> Body:
    """From before answers had a prevalence or an explanation."""
    cut = ("operating_point", "threshold", "prevalence", "ppv", "npv")
    return prediction(**dict.fromkeys((*cut, "unlikeness", "ood_score", "explanation")))


def samples(**counts: int) -> Body:
    """Films by class; classes that are not named have none, unless none is named at all."""
    answer: Body = recorded("samples")
    if counts:
        named = {name: counts.get(name.replace("-", "_"), 0) for name in CLASSES}
        answer["classes"] = [_counted(c, named[c["label"]]) for c in answer["classes"]]
        answer["total"] = sum(named.values())
        enough = sum(n > 0 for n in named.values()) >= answer["min_classes"]
        answer["ready"] = enough and answer["total"] >= answer["min_images"]
    return answer


def _counted(figures: Body, count: int) -> Body:
    unknown = dict.fromkeys(("brightness", "edge_density", "histogram"))
    return {**figures, "count": count} | ({} if count else {**unknown, "examples": []})


def job(state: str = "promoted", **changes: Any) -> Body:
    """A retraining in this state; the promoted one is j1, the others are later ones."""
    if state == "promoted":
        (answer,) = recorded("promoted_jobs")["jobs"]
    elif state in {"queued", "running", "kept", "cancelled"}:
        answer = recorded({"queued": "started"}.get(state, state) + "_job")
    else:
        answer = {**recorded("cancelled_job"), "state": state}
    return {**answer, **changes}


def waiting() -> Body:
    """A retraining that begins when the running one has ended."""
    answer: Body = recorded("waiting_job")
    return answer


def verdict(state: str, **changes: Any) -> Body:
    """What the gate said of a job that ended so."""
    return {**job(state)["verdict"], **changes}


def review(*, n: int = 1, is_stored: bool = True, blinded: bool = False) -> Body:
    """Answers that wait, of the same film under ids p…-1 and so on; films may not be stored."""
    answer: Body = recorded("review_blinded" if blinded else "review")
    (item,) = answer["items"]
    if not is_stored:
        item["film"] = None
    more = [_renamed(item, f"{item['id']}-{number}") for number in range(1, n)]
    return {**answer, "total": n, "items": [item, *more]}


def _renamed(item: Body, identifier: str) -> Body:
    answer = item["prediction"]
    shown = None if answer is None else {**answer, "id": identifier}
    return {**item, "id": identifier, "prediction": shown}


def own_feedback(label: str = "Normal", *, agrees: bool = False) -> Body:
    """What whoever asks has said about an answer."""
    at = NOW.isoformat()
    word = {"label": label, "agrees": agrees, "remark": "", "blinded": False, "at": at}
    return {**word, "sample": None}


def feedback(outcome: str | None = "stored", *, agrees: bool = False) -> Body:
    answer: Body = recorded("feedback")
    reason = "Already stored." if outcome == "duplicate" else None
    changed = {**answer["sample"], "outcome": outcome, "reason": reason}
    return {**answer, "agrees": agrees, "sample": changed if outcome else None}


def models(**changes: Any) -> Body:
    return {**recorded("models"), **changes}


def site_promotion(**changes: Any) -> Body:
    """A retraining whose version answers the site that its films were of, and not another one."""
    kept = job("kept")
    checks = kept["verdict"]["checks"][:2]
    sites = [
        {
            "site": site,
            "promoted": promoted,
            "answered_by": "champion",
            "checks": checks,
            "version": version,
        }
        for site, promoted, version in (("St. Anna", True, None), ("St. Paul", False, "v4"))
    ]
    judged = {**kept["verdict"], "sites": sites, "trade": "On 24 new held-out films it gained."}
    return {**kept, "state": "promoted_for_site", "verdict": judged, **changes}


def site_versions() -> Body:
    """The versions, where the second answers a site besides."""
    answer = models()
    move = {**answer["history"][0], "version": "v2", "previous": "champion"}
    site = {"site": "St. Anna", "version": "v2", "rollback_target": "champion", "problem": None}
    of_v2 = [{**m, "sites": ["St. Anna"]} if m["version"] == "v2" else m for m in answer["models"]]
    return {**answer, "models": of_v2, "site_versions": [{**site, "history": [move]}]}


def card() -> Body:
    """Of the version that serves; with what the small checkpoint is made without."""
    answer: Body = recorded("card")
    answer["training"]["command"] = "python -m api train --data films"
    band = {"max_error": 0.02, "low": 0.3, "high": 0.6}
    answer["refer"] = {
        "chosen_on": "validation",
        "n": 400,
        "max_error": 0.02,
        "unfamiliar_max_error": 0.02,
        "bands": [band],
    }
    answer["metrics"]["holdout"]["curves"]["coverage"] = [
        {"max_error": 0.02, "coverage": 0.9, "error": 0.02, "missed": 0.0, "false_alarms": None}
    ]
    answer["reduced"] = {
        "sha256": answer["weights_sha256"],
        "calibrated_on": 300,
        "compared_on": 1313,
        "figures": [
            {"name": "agreement", "fp32": None, "int8": 0.98, "bound": 0.99, "is_met": False},
            {"name": "AUROC (all)", "fp32": 0.995, "int8": 0.995, "bound": 0.993, "is_met": True},
        ],
        "golden": answer["golden"],
    }
    return answer


def old_card() -> Body:
    """As the server gives a card of format 1: what it does not have is null or empty."""
    answer: Body = recorded("old_card")
    return answer


def check_steps(report: Any, *, problem: Any = None) -> bytes:
    """The lines of a check of 24 films, to its end."""
    counted = [(0, None), (12, 24), (24, 24)]
    steps: list[Any] = [
        {"done": done, "total": total, "report": None, "problem": None} for done, total in counted
    ]
    ended = {"done": 24, "total": 24, "report": report, "problem": problem}
    return b"".join(json.dumps(step).encode() + b"\n" for step in [*steps, ended])


def site_report(verdict: str = "caution", **changes: Any) -> Body:
    return {**recorded("site_report"), "verdict": verdict, **changes}


def profiled_report(**changes: Any) -> Body:
    """Of enough films to make a profile; `changes` are of the profile."""
    fit = site_profiles.fit(version="v2").model_dump(mode="json") | changes
    return site_report(profile=fit, no_profile="")


def site(name: str = "St. Anna", **changes: Any) -> Body:
    """A site whose profile is applied."""
    profile = site_profiles.profile(site=name)
    return {
        "site": name,
        "profile": profile.id,
        "version": "v2",
        "answered_by": "v2",
        "is_stale": False,
        "n": profile.fit.n,
        "created_at": "2026-11-27T09:00:00Z",
        "verdict": profile.fit.verdict,
        "problem": None,
    } | changes


def site_detail(name: str = "St. Anna", **changes: Any) -> Body:
    """The same with its profile and no history."""
    profile = site_profiles.profile(site=name).model_dump(mode="json")
    return site(name, **changes) | {"applied": profile, "history": []}


def one_sided_report() -> Body:
    """Of films with some finding only: nothing can be told apart, no exact class is known."""
    answer: Body = recorded("one_sided_report")
    return answer


def problem(detail: str, *, status: int, **more: Any) -> Body:
    """A refusal with this sentence."""
    return {**recorded("not_an_image"), "detail": detail, "status": status, **more}
