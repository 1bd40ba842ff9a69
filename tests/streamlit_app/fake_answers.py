"""What a healthy API would answer: a model that serves, some films, a finished retraining."""

from datetime import UTC, datetime, timedelta
from typing import Any

NOW = datetime.now(UTC)
CLASSES = ["COVID-19", "Normal", "Pneumonia-Bacterial", "Pneumonia-Viral"]
SHA256 = "ab" * 32


def _ago(minutes: float) -> str:
    return (NOW - timedelta(minutes=minutes)).isoformat()


def status() -> dict[str, Any]:
    return {
        "uptime_seconds": 93_784.0,
        "num_predictions": 1234,
        "last_retrain_time": _ago(90),
        "last_retrain_state": "promoted",
        "current_model_path": "/srv/models/pneumonia/v2/model.h5",
        "model_version": "v2",
        "task": "pneumonia",
        "classes": {name: f"What {name} means." for name in CLASSES},
        "coarse_labels": {"finding": "A finding, kind unknown."},
        "negative_class": "Normal",
        "operating_point": "balanced",
        "prevalence": None,
        "running_job": None,
        "waiting_job": None,
        "retrain_queue": False,
        "samples": {"COVID-19": 5, "Normal": 9},
        "workers": [
            {
                "pid": 7,
                "host": "a",
                "model_version": "v2",
                "precision": "int8",
                "waiting": 3,
                "films_per_s": 98.5,
                "p99_ms": 41.5,
                "decoder_crashes": 1,
                "decoder_timeouts": 2,
                "process_restarts": 3,
                "started_at": _ago(200),
            }
        ],
        "health": {"records": {"ok": True, "detail": "SQLite, 3 ms"}},
        "version": "0.1.0",
    }


def activity() -> dict[str, Any]:
    return {
        "window_minutes": 60,
        "bucket_seconds": 60,
        "predictions": [
            {"start": _ago(5), "label": "Normal", "count": 6},
            {"start": _ago(5), "label": "COVID-19", "count": 2},
            {"start": _ago(30), "label": "Normal", "count": 3},
        ],
        "by_label": {"Normal": 9, "COVID-19": 2},
        "latency": {"p50_ms": 12.0, "p95_ms": 20.0, "p99_ms": 41.0},
        "errors": [
            {
                "at": _ago(3),
                "status": 415,
                "title": "Unknown format",
                "detail": "The file is no image.",
                "path": "/predict",
                "request_id": "abc",
            }
        ],
    }


def prediction(filename: str = "film.png", **changes: Any) -> dict[str, Any]:
    answer = {
        "id": "p1",
        "filename": filename,
        "label": "Pneumonia-Viral",
        "confidence": 0.873,
        "probabilities": dict(zip(CLASSES, (0.02, 0.05, 0.057, 0.873), strict=True)),
        "score": 0.95,
        "decision": "positive",
        "causes": [],
        "reasons": ["The probability of a finding is 95.0%, at or above the threshold of 40.0%."],
        "operating_point": "balanced",
        "threshold": 0.4,
        "prevalence": 0.5,
        "ppv": 0.93,
        "npv": 0.995,
        "unlikeness": 0.42,
        "model_version": "v2",
        "created_at": _ago(0),
        "timings": {"decode_ms": 4.0, "inference_ms": 7.0, "total_ms": 12.0},
        "explanation": {
            "label": "Pneumonia-Viral",
            "heatmap": "/predictions/p1/heatmap.png",
            "evidence": [[0.1] * 7] * 7,
        },
    }
    return answer | changes


def referred() -> dict[str, Any]:
    return prediction(
        decision="refer",
        causes=["uncertain", "poor_quality"],
        reasons=["Uncertain: a person must look.", "The picture is nearly constant."],
    )


def old_prediction() -> dict[str, Any]:
    """From before answers had a prevalence or an explanation."""
    unknown = ("operating_point", "threshold", "prevalence", "ppv", "npv", "unlikeness")
    return prediction() | dict.fromkeys((*unknown, "explanation"))


def samples(*, covid: int = 5, normal: int = 9) -> dict[str, Any]:
    counts = {"COVID-19": covid, "Normal": normal}
    return {
        "total": covid + normal,
        "classes": [_figures(name, counts.get(name, 0)) for name in CLASSES],
        "min_classes": 2,
        "min_images": 12,
        "ready": covid + normal >= 12 and min(covid, normal) > 0,
    }


def _figures(label: str, count: int) -> dict[str, Any]:
    return {
        "label": label,
        "count": count,
        "brightness": 120.0 if count else None,
        "edge_density": 0.05 if count else None,
        "histogram": [1 / 16] * 16 if count else None,
        "examples": [SHA256] if count else [],
    }


def epochs() -> list[dict[str, Any]]:
    phases = [("head", 1), ("head", 2), ("tail", 1), ("tail", 2)]
    return [
        {
            "phase": phase,
            "epoch": epoch,
            "loss": 1.0 - 0.1 * step,
            "accuracy": 0.6 + 0.08 * step,
            "val_loss": 1.1 - 0.1 * step,
            "val_accuracy": 0.6 + 0.05 * step,
        }
        for step, (phase, epoch) in enumerate(phases)
    ]


def job(state: str = "promoted", **changes: Any) -> dict[str, Any]:
    under_way = state in {"queued", "running"}
    answer = {
        "id": "j1",
        "url": "/retrain/j1",
        "state": state,
        "phase": "tail",
        "epoch": 2,
        "epochs": 4,
        "progress": 0.63 if under_way else 1.0,
        "eta_seconds": 130.0 if under_way else None,
        "created_at": _ago(95),
        "started_at": _ago(95),
        "finished_at": None if under_way else _ago(90),
        "parent": "v1",
        "version": None if under_way else "v2",
        "samples": {"COVID-19": 5, "Normal": 9},
        "history": epochs(),
        "verdict": None if under_way else verdict(promoted=state == "promoted"),
        "reason": None,
        "cause": "by request",
        "restarts": 0,
        "waiting_for": None,
        "paused": None,
        "paused_seconds": 0.0,
    }
    return answer | changes


def waiting() -> dict[str, Any]:
    """A retraining that begins when the job above has ended."""
    return job(
        "queued",
        id="j2",
        url="/retrain/j2",
        phase="waiting",
        epoch=0,
        epochs=0,
        progress=0.0,
        eta_seconds=None,
        started_at=None,
        parent=None,
        history=[],
        waiting_for="/retrain/j1",
    )


def review(*, kept: bool = True) -> dict[str, Any]:
    item = {
        "prediction": prediction(),
        "priority": 0.8,
        "why": ["The score of 0.55 is near the threshold of 0.60."],
        "film": "/predictions/p1/film.png" if kept else None,
    }
    return {"total": 7, "items": [item]}


def feedback(outcome: str | None = "stored", *, agrees: bool = False) -> dict[str, Any]:
    sample = {
        "filename": "film.png",
        "label": "Normal",
        "outcome": outcome,
        "reason": "Already stored." if outcome == "duplicate" else None,
        "sha256": "a" * 64,
    }
    return {
        "prediction_id": "p1",
        "label": "Normal",
        "agrees": agrees,
        "remark": "",
        "at": _ago(1),
        "sample": sample if outcome else None,
    }


def verdict(*, promoted: bool) -> dict[str, Any]:
    return {
        "promoted": promoted,
        "reason": "It is as sensitive as before." if promoted else "Sensitivity fell by 4 points.",
        "checks": [
            {
                "name": "sensitivity",
                "passed": promoted,
                "detail": "0.95 against 0.95",
                "champion": 0.95,
                "challenger": 0.95 if promoted else 0.91,
                "films": [],
            },
            {
                "name": "labels",
                "passed": True,
                "detail": "Two labels are doubtful.",
                "champion": None,
                "challenger": None,
                "films": ["a" * 64, "b" * 64],
            },
        ],
    }


def models() -> dict[str, Any]:
    return {
        "champion": "v2",
        "problem": None,
        "rollback_target": "v1",
        "models": [
            _model("v2", is_champion=True, parent="v1"),
            _model("v1", is_champion=False, parent=None),
        ],
        "history": [
            {
                "version": "v2",
                "previous": "v1",
                "kind": "promotion",
                "at": _ago(90),
                "by": "retraining",
                "reason": "ok",
                "overrides": [],
                "note": "",
            }
        ],
    }


def _model(version: str, *, is_champion: bool, parent: str | None) -> dict[str, Any]:
    return {
        "version": version,
        "is_champion": is_champion,
        "parent": parent,
        "created_at": _ago(100),
        "size_bytes": 9_400_000,
        "accuracy": 0.91,
        "balanced_accuracy": 0.9,
        "problem": None,
        "note": "",
    }


def rates(sensitivity: float | None = 0.95, specificity: float | None = 0.96) -> dict[str, Any]:
    return {
        "sensitivity": sensitivity,
        "specificity": specificity,
        "sensitivity_interval": None if sensitivity is None else [sensitivity - 0.02, 0.99],
        "specificity_interval": None if specificity is None else [specificity - 0.02, 0.99],
    }


def metrics(**changes: Any) -> dict[str, Any]:
    support = [50, 204, 100, 204]
    confusion = [[45, 2, 1, 2], [1, 195, 3, 5], [2, 3, 85, 10], [3, 10, 41, 150]]
    answer = {
        "n": 558,
        "accuracy": 0.85,
        "balanced_accuracy": 0.86,
        "auroc": 0.97,
        "sensitivity": 0.95,
        "specificity": 0.95,
        "decision_accuracy": 0.95,
        "expected_calibration_error": 0.03,
        "score_calibration_error": 0.02,
        "brier": 0.041,
        "referred": 0.08,
        "referred_because": {"uncertain": 0.07, "unlike": 0.01},
        "answered_error": 0.02,
        "at": {
            "balanced": rates(),
            "screening": rates(0.98, 0.9),
            "confirm": rates(0.9, 0.985),
        },
        "intervals": {"accuracy": [0.82, 0.88], "auroc": [0.96, 0.98], "referred": [0.06, 0.1]},
        "per_class": {
            name: {
                "precision": 0.9,
                "recall": row[index] / n,
                "f1": 0.88,
                "support": n,
                "precision_interval": [0.85, 0.94],
                "recall_interval": None,
            }
            for index, (name, row, n) in enumerate(zip(CLASSES, confusion, support, strict=True))
        },
        "confusion": confusion,
    }
    return answer | changes


def curves() -> dict[str, Any]:
    return {
        "roc": [[0.0, 0.0], [0.0, 0.8], [0.05, 0.95], [1.0, 1.0]],
        "reliability": [
            {"n": 300, "mean_score": 0.04, "share_positive": 0.05, "interval": [0.03, 0.08]},
            {"n": 20, "mean_score": 0.35, "share_positive": 0.6, "interval": [0.39, 0.78]},
        ],
        "coverage": [
            {
                "max_error": 0.01,
                "coverage": 0.8,
                "error": 0.011,
                "missed": 0.01,
                "false_alarms": 0.01,
            },
            {
                "max_error": 0.02,
                "coverage": 0.92,
                "error": 0.021,
                "missed": 0.02,
                "false_alarms": None,
            },
        ],
    }


def card() -> dict[str, Any]:
    counts = {"kermany": {"Normal": 1000, "Pneumonia-Viral": 800}, "radiography": {"COVID-19": 300}}
    points = {"balanced": 0.4, "screening": 0.2, "confirm": 0.8}
    return {
        "format": 2,
        "task": "pneumonia",
        "version": "v2",
        "parent": "v1",
        "created_at": _ago(100),
        "code_version": "0.2.0",
        "classes": CLASSES,
        "negative_class": "Normal",
        "operating_points": {
            name: rates() | {"threshold": cut, "chosen_on": "validation", "aim": f"for {name}"}
            for name, cut in points.items()
        },
        "prevalence": 0.6,
        "refer": {
            "chosen_on": "validation",
            "n": 400,
            "max_error": 0.02,
            "bands": [{"max_error": 0.02, "low": 0.3, "high": 0.6}],
        },
        "outliers": {
            "method": "mahalanobis",
            "threshold": 1.3,
            "chosen_on": "validation",
            "refused": {"holdout": {"kermany": 0.01, "radiography": 0.02}},
            "compared": {
                "mahalanobis": {"turned left": 0.9, "inverted": 0.7},
                "nearest neighbours": {"turned left": 0.8, "inverted": 0.6},
            },
            "harmless": {"turned left": 0.97, "inverted": 0.88},
        },
        "weights_sha256": SHA256,
        "metrics": {
            "holdout": {
                "overall": metrics(),
                "per_source": {"kermany": metrics(), "radiography": metrics(accuracy=0.95)},
                "curves": curves(),
            }
        },
        "heatmap": {
            "n": 300,
            "share": 0.2,
            "hottest": 0.31,
            "random": 0.12,
            "hottest_interval": [0.28, 0.34],
            "random_interval": [0.1, 0.14],
        },
        "stability": {
            "split": "holdout",
            "n": 300,
            "kept": {"cropped by 10%": 0.91, "gamma 1.25": 0.99},
        },
        "reduced": {
            "sha256": "0" * 64,
            "calibrated_on": 300,
            "compared_on": 1313,
            "figures": [
                {
                    "name": "agreement of labels",
                    "fp32": None,
                    "int8": 0.988,
                    "bound": 0.99,
                    "is_met": False,
                },
                {
                    "name": "AUROC (all)",
                    "fp32": 0.995,
                    "int8": 0.995,
                    "bound": 0.993,
                    "is_met": True,
                },
            ],
            "golden": [],
        },
        "statistics": {
            name: {
                "n": 100,
                "brightness": 110.0 + 10 * index,
                "edge_density": 0.04 + 0.01 * index,
                "histogram": [1 / 16] * 16,
            }
            for index, name in enumerate(CLASSES)
        },
        "data": {
            "split_rule": "by patient",
            "counts": {"train": counts, "holdout": counts},
            "skipped": {"unreadable": 3},
            "manifest_sha256": SHA256,
        },
        "training": {
            "backbone": "MobileNetV2",
            "base_weights": "imagenet.h5",
            "recipe": {"head_epochs": 2},
            "seed": 0,
            "duration_s": 90.0,
            "temperature": 1.1,
            "biases": [0.1, -0.1, 0.0, 0.0],
            "history": epochs(),
            "command": "python -m api train --data films",
        },
        "intended_use": "Research and education.",
        "limits": "Knows four answers only.",
        "failure_modes": ["Faint pneumonia may be called normal."],
    }


def old_card() -> dict[str, Any]:
    """As the server gives a card of format 1: what it does not have is null or empty."""
    unmeasured = {
        "decision_accuracy": None,
        "score_calibration_error": None,
        "brier": None,
        "referred": None,
        "referred_because": {},
        "answered_error": None,
        "at": {},
        "intervals": {},
        "per_class": {
            name: {
                "precision": 0.9,
                "recall": 0.9,
                "f1": 0.9,
                "support": 50,
                "precision_interval": None,
                "recall_interval": None,
            }
            for name in CLASSES
        },
    }
    point = dict.fromkeys(("sensitivity_interval", "specificity_interval")) | {
        "threshold": 0.45,
        "chosen_on": "validation",
        "aim": "",
        "sensitivity": 0.98,
        "specificity": 0.99,
    }
    held_out = {
        "overall": metrics(**unmeasured),
        "per_source": {"kermany": metrics(**unmeasured)},
        "curves": None,
    }
    absent = dict.fromkeys(("refer", "outliers", "heatmap", "stability", "reduced", "parent"))
    full = card() | {"version": "v1"}
    return (
        full
        | absent
        | {
            "format": 1,
            "operating_points": {"balanced": point},
            "metrics": {"holdout": held_out},
            "failure_modes": [],
            "training": full["training"] | {"command": ""},
        }
    )


def site_report(verdict: str = "caution", **changes: Any) -> dict[str, Any]:
    answer = {
        "version": "v2",
        "n": 60,
        "counts": {"uploaded": {"Normal": 30, "finding": 30}},
        "skipped": {"not in a class folder": 2},
        "operating_point": "balanced",
        "threshold": 0.4,
        "metrics": metrics(n=60),
        "per_source": {"uploaded": metrics(n=60)},
        "curves": curves(),
        "comparisons": [
            {"figure": "auroc", "here": 0.81, "interval": [0.75, 0.87], "card": 0.97},
            {"figure": "sensitivity", "here": 0.93, "interval": [0.85, 0.98], "card": 0.95},
            {"figure": "accuracy", "here": None, "interval": None, "card": 0.88},
        ],
        "suggestion": {"threshold": 0.62, "temperature": 1.8},
        "verdict": verdict,
        "reasons": ["It is worse here than its card says."],
    }
    return answer | changes


def one_sided_report() -> dict[str, Any]:
    """Of films with some finding only: nothing can be told apart, no exact class is known."""
    nothing = dict.fromkeys(
        ("accuracy", "balanced_accuracy", "auroc", "specificity", "expected_calibration_error")
    )
    unknown = dict.fromkeys(("precision", "recall", "f1", "precision_interval", "recall_interval"))
    one_sided = metrics(
        n=60,
        **nothing,
        at={"balanced": rates(0.9, None)},
        intervals={},
        per_class={name: unknown | {"support": 0} for name in CLASSES},
        confusion=[[0] * 4] * 4,
    )
    return site_report(
        "no-go",
        counts={"uploaded": {"finding": 60}},
        skipped={},
        metrics=one_sided,
        per_source={"uploaded": one_sided},
        curves={"roc": [], "reliability": [], "coverage": []},
        suggestion={"threshold": None, "temperature": None},
    )
