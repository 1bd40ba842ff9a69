"""Pictures as responses."""

from typing import Any

from fastapi import Response

PNG: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/png": {}}, "description": "A picture."}
}


def png(content: bytes, *, cacheable: bool = False) -> Response:
    """A PNG response; `cacheable`: browsers may keep it, as it shows nobody."""
    headers = {"Cache-Control": "private, max-age=86400"} if cacheable else {}
    return Response(content, media_type="image/png", headers=headers)
