"""Guided questions."""

from typing import cast
from urllib.parse import quote

from api_calls.connection import Connection
from api_types import (
    Intake,
    IntakeTopic,
)


class IntakeCalls(Connection):
    """Guided questions."""

    def intake_topics(self) -> list[IntakeTopic]:
        return cast(list[IntakeTopic], self._json("GET", "/intake")["topics"])

    def start_intake(self, topic: str, *, prediction_id: str | None) -> Intake:
        """Begin guided questions, beside an answer about an image or alone."""
        sent = {"prediction_id": prediction_id}
        return cast(Intake, self._json("POST", f"/intake/{quote(topic, safe='')}", json=sent))

    def intake(self, topic: str, intake_id: str) -> Intake:
        return cast(Intake, self._json("GET", _intake_path(topic, intake_id)))

    def answer_intake(self, intake: Intake, question: str, answer: str | int) -> Intake:
        """Answer the question that is asked, or an earlier one."""
        path = _intake_path(intake["topic"], intake["id"])
        sent = {"question": question, "answer": answer}
        return cast(Intake, self._json("POST", path, json=sent))

    def delete_intake(self, intake: Intake) -> None:
        self._call("DELETE", _intake_path(intake["topic"], intake["id"]))

    def intakes_beside(self, prediction_id: str) -> list[Intake]:
        """Those beside an answer about an image, newest first."""
        path = f"/predictions/{quote(prediction_id, safe='')}/intakes"
        return cast(list[Intake], self._json("GET", path)["intakes"])


def _intake_path(topic: str, intake_id: str) -> str:
    return f"/intake/{quote(topic, safe='')}/{quote(intake_id, safe='')}"
