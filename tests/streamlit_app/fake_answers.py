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
        "negative_class": "Normal",
        "running_job": None,
        "samples": {"COVID-19": 5, "Normal": 9},
        "workers": [{"pid": 7, "host": "a", "model_version": "v2", "started_at": _ago(200)}],
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


def prediction(filename: str = "film.png") -> dict[str, Any]:
    return {
        "id": "p1",
        "filename": filename,
        "label": "Pneumonia-Viral",
        "confidence": 0.873,
        "probabilities": dict(zip(CLASSES, (0.02, 0.05, 0.057, 0.873), strict=True)),
        "score": 0.95,
        "decision": "positive",
        "reasons": ["The probability of a finding is 95.0%, at or above the threshold of 40.0%."],
        "model_version": "v2",
        "created_at": _ago(0),
        "timings": {"decode_ms": 4.0, "inference_ms": 7.0, "total_ms": 12.0},
    }


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
    }
    return answer | changes


def verdict(*, promoted: bool) -> dict[str, Any]:
    return {
        "promoted": promoted,
        "reason": "It is as sensitive as before." if promoted else "Sensitivity fell by 4 points.",
        "checks": [{"name": "sensitivity", "passed": promoted, "detail": "0.95 against 0.95"}],
    }


def models() -> dict[str, Any]:
    return {
        "champion": "v2",
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
    }


def metrics() -> dict[str, Any]:
    support = [50, 204, 100, 204]
    confusion = [[45, 2, 1, 2], [1, 195, 3, 5], [2, 3, 85, 10], [3, 10, 41, 150]]
    return {
        "n": 558,
        "accuracy": 0.85,
        "balanced_accuracy": 0.86,
        "auroc": 0.97,
        "sensitivity": 0.95,
        "specificity": 0.95,
        "expected_calibration_error": 0.03,
        "per_class": {
            name: {"precision": 0.9, "recall": row[index] / n, "f1": 0.88, "support": n}
            for index, (name, row, n) in enumerate(zip(CLASSES, confusion, support, strict=True))
        },
        "confusion": confusion,
    }


def card() -> dict[str, Any]:
    counts = {"kermany": {"Normal": 1000, "Pneumonia-Viral": 800}, "radiography": {"COVID-19": 300}}
    return {
        "version": "v2",
        "parent": "v1",
        "created_at": _ago(100),
        "classes": CLASSES,
        "negative_class": "Normal",
        "metrics": {
            "holdout": {
                "overall": metrics(),
                "per_source": {"kermany": metrics(), "radiography": metrics() | {"accuracy": 0.95}},
            }
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
        "data": {"counts": {"train": counts, "holdout": counts}},
        "training": {"backbone": "MobileNetV2", "seed": 0, "duration_s": 90.0, "history": epochs()},
        "intended_use": "Research and education.",
        "limits": "Knows four answers only.",
    }
