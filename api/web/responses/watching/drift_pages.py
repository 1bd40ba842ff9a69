"""Drift, as it is shown."""

from collections.abc import Iterator, Sequence
from typing import Any

from api.decision.stream_shift.windows import CLASSES, REFERRALS
from api.records.watching.drift_looks import DriftLook
from api.web.schemas.state.quality import Drift, DriftPoint, DriftWindow

WHAT = {
    "acquisition": "were made unlike those of all known hospitals",
    "nearness": "lie further from the known hospitals' films than usual",
    "score": "have scores unlike those of known films",
    "ood_score": "lie at other distances from the films that were learned from",
    CLASSES: "are given other classes than those before them",
    REFERRALS: "are referred more or less often than those before them",
}


def drift_page(looks: Sequence[DriftLook]) -> Drift:
    """The newest look, and what came before it; `looks` with the newest first."""
    if not looks:
        return Drift(
            model_version=None,
            checked_at=None,
            drifted=False,
            reasons=[],
            windows=[],
            history=[],
        )
    newest = looks[0]
    return Drift(
        model_version=newest.model_version,
        checked_at=newest.at,
        drifted=newest.drifted,
        reasons=list(_reasons(newest)),
        windows=[DriftWindow.model_validate(each) for each in newest.windows],
        history=[point for look in reversed(looks) for point in _points(look)],
    )


def _reasons(look: DriftLook) -> Iterator[str]:
    for window, figure in _statistics(look):
        if figure["drifted"]:
            yield (
                f"The {window['n']} films of the window '{window['window']}' "
                f"{WHAT[figure['figure']]} ({figure['excess']:.1f} times the limit)."
            )


def _points(look: DriftLook) -> Iterator[DriftPoint]:
    for window, figure in _statistics(look):
        if figure["excess"] is not None:
            yield DriftPoint(
                at=look.at,
                model_version=look.model_version,
                window=window["window"],
                figure=figure["figure"],
                excess=figure["excess"],
            )


def _statistics(look: DriftLook) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for window in look.windows:
        for figure in window["figures"]:
            yield window, figure
