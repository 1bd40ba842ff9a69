"""Pictures as responses."""

import io
from typing import Any

from fastapi import Response
from PIL import Image

PNG: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/png": {}}, "description": "A picture."}
}


def png(picture: Image.Image) -> Response:
    """A picture as a PNG response that may be cached: its address names its content."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    headers = {"Cache-Control": "private, max-age=86400"}
    return Response(buffer.getvalue(), media_type="image/png", headers=headers)
