"""What is logged, counted and reported."""

from typing import Literal

from pydantic import BaseModel, Field


class LogSettings(BaseModel):
    """What is logged, counted and reported."""

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = Field(
        "INFO", description="`DEBUG`, `INFO`, `WARNING`, `ERROR` or `CRITICAL`."
    )
    log_format: Literal["text", "json"] = Field(
        "text",
        description="`text`, or `json`: a line of JSON for each event; that of a request names who "
        "asked, its route, status, duration and size, and no path or query.",
    )
    metrics: bool = Field(
        True, description="Whether requests and answers are counted and `GET /metrics` answers."
    )
    sentry_dsn: str = Field(
        "",
        description="Where unexpected errors are reported to beside `GET /errors`, as Sentry gives "
        "it; needs the package `sentry-sdk`.",
    )
