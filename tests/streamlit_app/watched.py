"""What the API says of drift, quality and shadows, put together by hand: a session that has all of
it would need hundreds of films."""

from datetime import timedelta
from typing import Any

from tests.streamlit_app.answers import NOW, Body

WINDOWS = ("last 200", "last 1000", "7 days")


def drift(**changes: Any) -> Body:
    """The short window's films are of another hospital; the other windows are as known."""
    windows = [
        {
            "window": window,
            "n": n,
            "since": (NOW - timedelta(days=1)).isoformat(),
            "figures": [
                figure("acquisition", 0.5 if window == WINDOWS[0] else 0.1, threshold=0.25),
                figure("score", 0.08, threshold=None),
                figure(
                    "referrals",
                    0.02,
                    threshold=0.06,
                    here={"answered": 0.88, "refer": 0.12},
                    known={"answered": 0.9, "refer": 0.1},
                ),
            ],
        }
        for window, n in zip(WINDOWS, (200, 640, 640), strict=True)
    ]
    found = {
        "model_version": "v2",
        "checked_at": NOW.isoformat(),
        "drifted": True,
        "reasons": [
            "The 200 films of the window 'last 200' were made unlike those of all known hospitals "
            "(2.0 times the limit)."
        ],
        "windows": windows,
        "history": [
            {
                "at": (NOW - timedelta(hours=hours)).isoformat(),
                "model_version": "v2",
                "window": window,
                "figure": name,
                "excess": excess,
            }
            for hours, excess in ((3, 0.4), (2, 0.5), (1, 2.0))
            for window in WINDOWS
            for name in ("acquisition", "referrals")
        ],
    }
    return {**found, **changes}


def figure(name: str, distance: float, *, threshold: float | None, **shares: Any) -> Body:
    excess = None if threshold is None else distance / threshold
    known = {"here": {}, "known": {}, **shares}
    return {
        "figure": name,
        "distance": distance,
        "threshold": threshold,
        "excess": excess,
        "drifted": excess is not None and excess > 1,
        **known,
    }


def no_drift() -> Body:
    """Nothing was looked at yet."""
    return drift(
        model_version=None, checked_at=None, drifted=False, reasons=[], windows=[], history=[]
    )


def quality(**changes: Any) -> Body:
    """Estimates, and three films that people have seen."""
    found = {
        "model_version": "v2",
        "n": 500,
        "decided": 440,
        "since": (NOW - timedelta(days=2)).isoformat(),
        "blanked": [],
        "expected": {"n": 440, "accuracy": 0.953, "interval": [0.93, 0.97]},
        "thresholded": {"n": 440, "accuracy": 0.941, "interval": [0.91, 0.96]},
        "realised": {
            "n": 40,
            "accuracy": 0.9,
            "interval": [0.77, 0.96],
            "selection": "People look at what was referred.",
        },
    }
    return {**found, **changes}


def blanked() -> Body:
    """Estimates are left out, and nobody said anything."""
    return quality(
        blanked=["The newest answers no longer look like the films it was calibrated on."],
        expected=None,
        thresholded=None,
        realised={"n": 0, "accuracy": None, "interval": None, "selection": "People look."},
    )


def no_shadow(version: str = "v1") -> Body:
    """A version that never ran in shadow."""
    return shadow(
        version,
        is_running=False,
        started_at=None,
        started_by=None,
        n=0,
        dropped=0,
        answered_by=[],
        agreement=None,
        agreement_interval=None,
        kappa=None,
        label_agreement=None,
        decisions=[],
        disagreements=[],
        cost=None,
    )


def shadow(version: str = "v1", **changes: Any) -> Body:
    """One that runs, and differs about two of forty films."""
    found = {
        "version": version,
        "is_running": True,
        "started_at": (NOW - timedelta(hours=3)).isoformat(),
        "started_by": "local",
        "stopped_at": None,
        "problem": None,
        "n": 40,
        "dropped": 5,
        "failed": 0,
        "answered_by": ["v2"],
        "agreement": 0.95,
        "agreement_interval": [0.83, 0.99],
        "kappa": 0.89,
        "label_agreement": 0.925,
        "decisions": [
            {"answer": "negative", "shadow": "negative", "n": 20},
            {"answer": "negative", "shadow": "positive", "n": 1},
            {"answer": "positive", "shadow": "positive", "n": 18},
            {"answer": "refer", "shadow": "positive", "n": 1},
        ],
        "disagreements": [
            disagreement("p1", "negative", "positive", 0.1),
            disagreement("p2", "refer", "positive", 0.45),
        ],
        "cost": 0.62,
    }
    return {**found, **changes}


def disagreement(prediction: str, one: str, other: str, score: float) -> Body:
    return {
        "prediction": f"/predictions/{prediction}",
        "at": NOW.isoformat(),
        "filename": "film.png",
        "answered_by": "v2",
        "answer": {"label": "Normal", "decision": one, "score": score},
        "shadow": {"label": "COVID-19", "decision": other, "score": 0.9},
    }
