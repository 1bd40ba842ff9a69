"""Training images."""

from collections.abc import Sequence
from typing import cast
from urllib.parse import quote

from api_calls.connection import UPLOAD_TIMEOUT_S, Connection, query
from api_types import (
    DeletedSample,
    DeletedSamples,
    SampleDetail,
    SamplePage,
    SampleSummary,
    UploadResult,
)

File = tuple[str, bytes]


class SampleCalls(Connection):
    """Training images."""

    def upload(
        self, files: Sequence[File], *, label: str | None = None, source: str | None = None
    ) -> UploadResult:
        """Send training films of one class, or (without a label) a ZIP of class folders.

        Args:
            source: the site that they are from; None: as their folders say.
        """
        named = {"label": label, "source": source}
        answer = self._json(
            "POST",
            "/upload-data",
            data={name: value for name, value in named.items() if value is not None},
            files=[("files", file) for file in files],
            timeout_s=UPLOAD_TIMEOUT_S,
        )
        return cast(UploadResult, answer)

    def phantom(self, label: str, *, seed: int) -> bytes:
        """A generated film of a class, as PNG: no patient's."""
        path = f"/phantoms/{quote(label, safe='')}.png"
        return self._call("GET", path, params={"seed": seed}).content

    def samples(self) -> SampleSummary:
        return cast(SampleSummary, self._json("GET", "/samples/summary"))

    def sample_page(self, *, limit: int, after: str | None, **filters: str | bool) -> SamplePage:
        """Training films that fit, newest first."""
        params = {"limit": limit, "after": after} | {k: query(v) for k, v in filters.items()}
        return cast(SamplePage, self._json("GET", "/samples", params=params))

    def sample(self, sha256: str) -> SampleDetail:
        return cast(SampleDetail, self._json("GET", _sample_path(sha256)))

    def relabel(self, sha256: str, *, label: str, remark: str) -> SampleDetail:
        """Give a training film its class, and so end a dispute about it."""
        sent = {"label": label, "remark": remark}
        return cast(SampleDetail, self._json("PATCH", _sample_path(sha256), json=sent))

    def delete_sample(self, sha256: str, *, remark: str, restorable: bool) -> None:
        """Delete a training film; one that is restorable can come back for a day."""
        params = {"remark": remark, "restorable": query(restorable)}
        self._call("DELETE", _sample_path(sha256), params=params)

    def deleted_samples(self) -> list[DeletedSample]:
        """Those that can come back, the newest deletion first."""
        return cast(DeletedSamples, self._json("GET", "/samples/deleted"))["samples"]

    def restore_sample(self, sha256: str) -> SampleDetail:
        return cast(SampleDetail, self._json("POST", f"{_sample_path(sha256)}/restore"))

    def thumbnail(self, sha256: str, *, side_px: int | None = None) -> bytes:
        """A picture of a training film, at most so many pixels a side; None: small."""
        path = f"{_sample_path(sha256)}/thumbnail.png"
        return self._call("GET", path, params={"side_px": side_px}).content

    def sample_row(self, sha256: str) -> dict[str, float]:
        """The named numbers of a training row."""
        return cast(dict[str, float], self._json("GET", f"{_sample_path(sha256)}/row"))


def _sample_path(sha256: str) -> str:
    return f"/samples/{quote(sha256, safe='')}"
