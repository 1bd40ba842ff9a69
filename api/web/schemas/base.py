"""What every schema has in common, and the shape of an error."""

from pydantic import BaseModel, ConfigDict, Field


class Schema(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class Problem(BaseModel):
    """RFC 9457 problem details."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "about:blank",
                    "title": "Unreadable image",
                    "status": 422,
                    "detail": "The JPEG file is damaged or cut short; export the film again.",
                    "instance": "/predict",
                    "request_id": "0f8c2a7be1d94c55",
                }
            ]
        }
    )

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str
    request_id: str
    errors: list[dict[str, str]] | None = Field(
        None, description="One entry a field, file or class, where there are several."
    )
    job: str | None = Field(None, description="URL of the job that is in the way.")
    error: str | None = Field(
        None, description="Below `/v2`: `detail` once more, where that protocol's clients look."
    )
