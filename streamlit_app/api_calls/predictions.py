"""Answers: asked for, stored, reviewed."""

from collections.abc import Mapping
from typing import cast
from urllib.parse import quote

from api_calls.connection import UPLOAD_TIMEOUT_S, ApiError, Connection, query
from api_types import (
    Feedback,
    FeedbackTakenBack,
    OwnFeedback,
    Prediction,
    PredictionPage,
    ReadingAgreement,
    ReviewQueue,
    RowPrediction,
)

NOT_FOUND = 404


class PredictionCalls(Connection):
    """Answers: asked for, stored, reviewed."""

    def predict(
        self,
        filename: str,
        content: bytes,
        *,
        operating_point: str | None = None,
        prevalence: float | None = None,
        source: str | None = None,
    ) -> Prediction:
        """The answer about a film, with its explanation; what is None is left to the server."""
        params = {
            "explain": "true",
            "operating_point": operating_point,
            "prevalence": prevalence,
            "source": source,
        }
        files = {"file": (filename, content)}
        return cast(Prediction, self._json("POST", "/predict", params=params, files=files))

    def prediction(self, prediction_id: str) -> Prediction:
        """A stored answer, with its explanation where it has one."""
        path = f"/predictions/{quote(prediction_id, safe='')}"
        try:
            return cast(Prediction, self._json("GET", path, params={"explain": "true"}))
        except ApiError as exc:
            if exc.status != NOT_FOUND:
                raise
            # Its heat map may be gone before it is.
            return cast(Prediction, self._json("GET", path))

    def own_feedback(self, prediction_id: str) -> OwnFeedback | None:
        """The newest word of whoever asks about an answer; None: they have said nothing."""
        return self.at_prevalence(prediction_id, None).get("feedback")

    def at_prevalence(self, prediction_id: str, prevalence: float | None) -> Prediction:
        """A stored answer, as it would be for another share of films with a finding, in (0, 1);
        None: as it was asked for."""
        path = f"/predictions/{quote(prediction_id, safe='')}"
        return cast(Prediction, self._json("GET", path, params={"prevalence": prevalence}))

    def predictions(self, *, limit: int, before: str | None, **filters: str) -> PredictionPage:
        """Stored answers that fit, newest first."""
        params = {"limit": limit, "before": before, **filters}
        return cast(PredictionPage, self._json("GET", "/predictions", params=params))

    def predict_row(self, fields: Mapping[str, float]) -> RowPrediction:
        """The answer about one row of a task of tables."""
        return cast(RowPrediction, self._json("POST", "/predict", json=dict(fields)))

    def predict_table(self, filename: str, content: bytes) -> str:
        """The answers about a CSV, as a CSV."""
        return self._call(
            "POST",
            "/predict/batch",
            files={"files": (filename, content)},
            headers={"Accept": "text/csv"},
            timeout_s=UPLOAD_TIMEOUT_S,
        ).text

    def preview(self, filename: str, content: bytes, *, side_px: int) -> bytes:
        """A film as the server reads it, as PNG of at most so many pixels a side."""
        files = {"file": (filename, content)}
        return self._call("POST", "/preview", params={"side_px": side_px}, files=files).content

    def heat_map(self, prediction_id: str, *, label: str, width: int, height: int) -> bytes:
        """Where the evidence for a class lies, as RGBA PNG to stretch over the whole film."""
        path = f"/predictions/{quote(prediction_id, safe='')}/heatmap.png"
        params = {"label": label, "width": width, "height": height}
        return self._call("GET", path, params=params).content

    def review(self, *, limit: int, **filters: str | bool | None) -> ReviewQueue:
        """Answers that wait for a word, those most worth a look first."""
        params = {"limit": limit} | {k: query(v) for k, v in filters.items()}
        return cast(ReviewQueue, self._json("GET", "/review", params=params))

    def reading_agreement(self) -> ReadingAgreement:
        """How far people agree who read the same films, and each with the model."""
        return cast(ReadingAgreement, self._json("GET", "/review/agreement"))

    def image_of(self, prediction_id: str, *, side_px: int | None = None) -> bytes:
        """A kept film as PNG, of at most so many pixels a side; None: the server's choice."""
        path = f"/predictions/{quote(prediction_id, safe='')}/film.png"
        return self._call("GET", path, params={"side_px": side_px}).content

    def row_of(self, prediction_id: str) -> dict[str, float]:
        """The named numbers of a kept row."""
        path = f"/predictions/{quote(prediction_id, safe='')}/row"
        return cast(dict[str, float], self._json("GET", path))

    def archive_file(self, prediction_id: str, name: str, *, accept: str) -> bytes:
        """A stored answer for other systems: `report.dcm`, `secondary.dcm`, or else the answer
        itself in the form that is accepted."""
        path = f"/predictions/{quote(prediction_id, safe='')}"
        path += f"/{name}" if name.endswith(".dcm") else ""
        return self._call("GET", path, headers={"Accept": accept}).content

    def delete_prediction(self, prediction_id: str) -> None:
        """Erase an answer with all that was kept of it."""
        self._call("DELETE", f"/predictions/{quote(prediction_id, safe='')}")

    def give_feedback(
        self, prediction_id: str, *, label: str, remark: str, blinded: bool = False
    ) -> Feedback:
        """Say what a film shows; `blinded`: whoever says it has not seen the answer."""
        sent = {"label": label, "remark": remark} | ({"blinded": True} if blinded else {})
        return cast(Feedback, self._json("POST", _feedback_path(prediction_id), json=sent))

    def take_back_feedback(self, prediction_id: str) -> FeedbackTakenBack:
        """Take back one's own newest word about an answer."""
        return cast(FeedbackTakenBack, self._json("DELETE", _feedback_path(prediction_id)))


def _feedback_path(prediction_id: str) -> str:
    return f"/predictions/{quote(prediction_id, safe='')}/feedback"
