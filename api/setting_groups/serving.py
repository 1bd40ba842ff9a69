"""How images are read and answered, and how long they wait."""

from typing import Literal

from pydantic import BaseModel, Field


class ServingSettings(BaseModel):
    """How images are read and answered, and how long they wait."""

    compute_threads: int = Field(
        0,
        ge=0,
        description="Films a worker reads side by side; 0: one a core, at most 4 (memory).",
    )
    compute: Literal["processes", "threads"] = Field(
        "processes",
        description="Where films are read: `processes`, so that a file that crashes or stops a "
        "decoder costs one request; `threads`: in the server itself, about 100 MB less and without "
        "that protection.",
    )
    max_film_seconds: float = Field(
        10.0,
        gt=0,
        le=600,
        description="How long reading one film may take, in seconds; one that takes longer is "
        "given up with 422 (`processes` only).",
    )
    precision: Literal["auto", "fp32", "int8"] = Field(
        "auto",
        description="`auto`: int8 where the card proves that it answers like fp32, else fp32; "
        "`fp32`; `int8`: wherever there is an int8 form, proven or not.",
    )
    max_wait_ms: float = Field(
        1000.0,
        gt=0,
        description="Longest a film may have to wait for its turn, in milliseconds; one that "
        "would wait longer is refused with 429 and `Retry-After`.",
    )
    poll_interval_s: float = Field(
        0.5, gt=0, description="How often a worker looks for a new champion and for dead jobs."
    )
