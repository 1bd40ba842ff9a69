"""Pictures as responses."""

from typing import Any

from fastapi import Response

PNG: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/png": {}}, "description": "A picture."}
}


def png(content: bytes) -> Response:
    """A PNG response that may be cached: its address names its content."""
    headers = {"Cache-Control": "private, max-age=86400"}
    return Response(content, media_type="image/png", headers=headers)
