"""Checks of a site, and its profile."""

import json
from collections.abc import Iterator
from typing import cast
from urllib.parse import quote

from api_calls.connection import Connection, refused
from api_calls.file_form import FileForm, Sendable
from api_types import CheckStep, SiteDetail, SiteReport

# The API gives a check a quarter of an hour.
CHECK_TIMEOUT_S = 960.0
# A line of JSON twice a second.
STEPS = "application/x-ndjson"


class SiteCalls(Connection):
    """Checks of a site, and its profile."""

    def check(
        self, file: Sendable, *, model: str, operating_point: str | None = None
    ) -> Iterator[CheckStep]:
        """Measure a version on a ZIP of class folders, or on a table with a column of classes.

        Yields: how far it is, and at last the report. Whoever closes the iterator ends the check.
        """
        form = FileForm("file", file)
        answer = self._call(
            "POST",
            "/evaluate",
            params={"model": model, "operating_point": operating_point},
            data=form,
            headers={
                "Accept": f"{STEPS}, application/json;q=0.5",
                "Content-Type": form.content_type,
            },
            timeout_s=CHECK_TIMEOUT_S,
            stream=True,
        )
        with answer:
            if not answer.headers.get("Content-Type", "").startswith(STEPS):
                # All at once.
                yield {"done": 0, "total": None, "report": answer.json(), "problem": None}
                return
            for line in self._lines(answer):
                step = cast(CheckStep, json.loads(line))
                if wrong := step.get("problem"):
                    raise refused(wrong, status=wrong["status"], request_id=wrong["request_id"])
                yield step

    def finished_check(self, check: str) -> SiteReport:
        """The report of a check of films; the server keeps it for a day."""
        return cast(SiteReport, self._json("GET", f"/evaluate/{quote(check, safe='')}"))

    def make_site_profile(
        self, name: str, *, check: str, prevalence: float | None, reason: str, force: bool
    ) -> SiteDetail:
        """Decide about a site's films by what a finished check found."""
        params = {"check": check, "prevalence": prevalence, "reason": reason or None}
        forced = {"force": "true"} if force else {}
        answer = self._json("POST", f"/sites/{quote(name, safe='')}", params=params | forced)
        return cast(SiteDetail, answer)

    def undo_site_profile(self, name: str, *, profile: str | None, reason: str) -> SiteDetail:
        """One step back from this profile, however often it is clicked."""
        params = {"profile": profile, "reason": reason or None}
        return cast(
            SiteDetail, self._json("DELETE", f"/sites/{quote(name, safe='')}", params=params)
        )

    def site(self, name: str) -> SiteDetail:
        return cast(SiteDetail, self._json("GET", f"/sites/{quote(name, safe='')}"))
