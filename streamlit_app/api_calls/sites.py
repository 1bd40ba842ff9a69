"""Checks of a site, and its profile."""

from typing import cast
from urllib.parse import quote

from api_calls.connection import Connection
from api_calls.samples import File
from api_types import (
    RowReport,
    SiteDetail,
    SiteReport,
)

# The API gives a check a quarter of an hour.
CHECK_TIMEOUT_S = 960.0


class SiteCalls(Connection):
    """Checks of a site, and its profile."""

    def evaluate(self, archive: File, *, model: str, operating_point: str | None) -> SiteReport:
        """Measure a version on a ZIP of class folders; takes up to minutes."""
        params = {"model": model, "operating_point": operating_point}
        answer = self._json(
            "POST", "/evaluate", params=params, files={"file": archive}, timeout_s=CHECK_TIMEOUT_S
        )
        return cast(SiteReport, answer)

    def finished_check(self, check: str) -> SiteReport:
        """The report of a check of films; the server keeps it for a day."""
        return cast(SiteReport, self._json("GET", f"/evaluate/{quote(check, safe='')}"))

    def evaluate_rows(self, table: File, *, model: str) -> RowReport:
        """Measure a version on a table with a column of classes."""
        params = {"model": model}
        answer = self._json(
            "POST", "/evaluate", params=params, files={"file": table}, timeout_s=CHECK_TIMEOUT_S
        )
        return cast(RowReport, answer)

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
