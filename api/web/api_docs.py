"""`/docs` and `/redoc` from this server alone: no browser has to reach the internet for them."""

import base64
import hashlib
import re
from importlib.resources import files
from typing import Any

from fastapi import FastAPI, Request
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from fastapi.responses import FileResponse, HTMLResponse
from starlette.exceptions import HTTPException

from api.web.links import root_of
from api.web.schemas.training.check_steps import CheckStep
from api.web.session_cookie import PLAIN, SECURE

ASSETS = "/docs/assets"
# What the package `fastapi-offline` brings along: Swagger UI (Apache 2.0) and ReDoc (MIT).
MEDIA_TYPES = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "redoc.standalone.js": "text/javascript",
}
# How a request says who it is from; the server's own machine need not.
SECURITY_SCHEMES = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A machine's key (`rgn_…`), or the token of a session (`rgs_…`).",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": PLAIN,
        "description": f"As `POST /auth/login` sets it; over TLS its name is `{SECURE}`.",
    },
}
NO_ICON = "data:,"
SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


def install(app: FastAPI) -> None:
    """Add both pages and what they load; `app` has none of its own."""

    async def swagger(request: Request) -> HTMLResponse:
        root = root_of(request.scope)
        return _guarded(
            get_swagger_ui_html(
                openapi_url=f"{root}{app.openapi_url}",
                title=f"{app.title}: API",
                swagger_js_url=f"{root}{ASSETS}/swagger-ui-bundle.js",
                swagger_css_url=f"{root}{ASSETS}/swagger-ui.css",
                swagger_favicon_url=NO_ICON,
            )
        )

    async def redoc(request: Request) -> HTMLResponse:
        root = root_of(request.scope)
        return _guarded(
            get_redoc_html(
                openapi_url=f"{root}{app.openapi_url}",
                title=f"{app.title}: API",
                redoc_js_url=f"{root}{ASSETS}/redoc.standalone.js",
                redoc_favicon_url=NO_ICON,
                with_google_fonts=False,
            )
        )

    app.add_route("/docs", swagger, include_in_schema=False)
    app.add_route("/redoc", redoc, include_in_schema=False)
    app.add_route(ASSETS + "/{name}", _asset, include_in_schema=False)


def line_schemas() -> dict[str, Any]:
    """Of lines that a stream has, which no answer of a route is."""
    schema = CheckStep.model_json_schema(
        mode="serialization", ref_template="#/components/schemas/{model}"
    )
    # The document has what it is made of.
    del schema["$defs"]
    return {"CheckStep": schema}


async def _asset(request: Request) -> FileResponse:
    name = request.path_params["name"]
    if name not in MEDIA_TYPES:
        raise HTTPException(404)
    return FileResponse(
        str(files("fastapi_offline") / "static" / name),
        media_type=MEDIA_TYPES[name],
        headers={"Cache-Control": "max-age=86400"},
    )


def _guarded(page: HTMLResponse) -> HTMLResponse:
    """Let the page run its own scripts, ask this server, and nothing else."""
    hashes = (
        base64.b64encode(hashlib.sha256(script).digest()).decode()
        for script in SCRIPT.findall(bytes(page.body))
    )
    own = " ".join(f"'sha256-{each}'" for each in hashes)
    page.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src 'self' {own}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
        "worker-src blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    )
    return page
