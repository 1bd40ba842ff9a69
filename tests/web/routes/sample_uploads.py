"""Uploading images over HTTP, and what is stored then."""

from typing import Any

import httpx2 as httpx
from starlette.testclient import TestClient

from api.settings import Settings
from tests.support.stores import samples_at


def upload(
    client: TestClient, *contents: bytes, label: str | None = "Normal", name: str = "film.png"
) -> httpx.Response:
    data = {} if label is None else {"label": label}
    return client.post(
        "/upload-data", data=data, files=[("files", (name, content)) for content in contents]
    )


def outcomes(body: dict[str, Any]) -> list[str]:
    return [file["outcome"] for file in body["files"]]


def stored_files(settings: Settings) -> list[str]:
    return sorted(samples_at(settings))
