"""Retrainings, and the versions that came of them."""

from typing import cast
from urllib.parse import quote

from api_calls.connection import UPLOAD_TIMEOUT_S, Connection
from api_types import (
    Card,
    Job,
    ModelList,
    ModelSummary,
    Promoted,
    RetrainingChanges,
    RetrainingPlan,
    ShadowReport,
    TableCard,
)

OK = 200


class ModelCalls(Connection):
    """Retrainings, and the versions that came of them."""

    def retraining_plan(self) -> RetrainingPlan:
        """What a retraining would learn if it began now."""
        return cast(RetrainingPlan, self._json("GET", "/retrain/plan"))

    def start_retraining(self) -> Job:
        return cast(Job, self._json("POST", "/retrain"))

    def jobs(self) -> list[Job]:
        return cast(list[Job], self._json("GET", "/retrain")["jobs"])

    def job(self, job_id: str) -> Job:
        return cast(Job, self._json("GET", f"/retrain/{quote(job_id, safe='')}"))

    def retraining_changes(self, job_id: str, *, limit: int) -> RetrainingChanges:
        """The held-out films whose answer a retraining changed, worst first."""
        path = f"/retrain/{quote(job_id, safe='')}/changes"
        return cast(RetrainingChanges, self._json("GET", path, params={"limit": limit}))

    def cancel(self, job_id: str) -> Job:
        return cast(Job, self._json("DELETE", f"/retrain/{quote(job_id, safe='')}"))

    def models(self) -> ModelList:
        return cast(ModelList, self._json("GET", "/models"))

    def card(self, version: str) -> Card:
        return cast(Card, self._json("GET", f"/models/{quote(version, safe='')}/card"))

    def table_card(self, version: str) -> TableCard:
        """The card of a version of a task of tables."""
        path = f"/models/{quote(version, safe='')}/card"
        return cast(TableCard, self._json("GET", path))

    def weights(self, version: str) -> bytes:
        path = f"/models/{quote(version, safe='')}/model.h5"
        return self._call("GET", path, timeout_s=UPLOAD_TIMEOUT_S).content

    def export_is_ready(self, version: str, form: str) -> bool:
        """Whether a version's export can be downloaded; the server begins to make it if not."""
        params = {"format": form}
        # The file itself is left for when somebody downloads it.
        with self._call("GET", _export_path(version), params=params, stream=True) as response:
            return response.status_code == OK

    def export(self, version: str, form: str) -> bytes:
        """The ZIP file of an export that is ready."""
        path, params = _export_path(version), {"format": form}
        return self._call("GET", path, params=params, timeout_s=UPLOAD_TIMEOUT_S).content

    def shadow(self, version: str) -> ShadowReport:
        return cast(ShadowReport, self._json("GET", _shadow_path(version)))

    def start_shadow(self, version: str) -> ShadowReport:
        return cast(ShadowReport, self._json("POST", _shadow_path(version)))

    def stop_shadow(self, version: str) -> ShadowReport:
        return cast(ShadowReport, self._json("DELETE", _shadow_path(version)))

    def promote(self, version: str, *, reason: str, site: str | None = None) -> Promoted:
        """Let a version answer everybody, or one site alone."""
        path = f"/models/{quote(version, safe='')}/promote"
        sent = {"params": {"source": site}, "json": {"reason": reason}}
        return cast(Promoted, self._json("POST", path, **sent))

    def roll_back(
        self, *, from_version: str | None, reason: str, site: str | None = None
    ) -> ModelSummary:
        """One step back from a champion, or from a site's version, however often it is clicked."""
        options = {"reason": reason, "from_version": from_version}
        sent = {"params": {"source": site}, "json": options}
        return cast(ModelSummary, self._json("POST", "/models/rollback", **sent))


def _export_path(version: str) -> str:
    return f"/models/{quote(version, safe='')}/export"


def _shadow_path(version: str) -> str:
    return f"/models/{quote(version, safe='')}/shadow"
