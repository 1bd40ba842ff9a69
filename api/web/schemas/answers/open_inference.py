"""What the Open Inference Protocol (v2) says of servers and models."""

from pydantic import Field

from api.web.schemas.base import Schema


class ServerMetadata(Schema):
    """What answers."""

    name: str
    version: str
    extensions: list[str]


class TensorMetadata(Schema):
    """One tensor; -1 in its shape is any number."""

    name: str
    datatype: str
    shape: list[int]


class ModelMetadata(Schema):
    """What a model takes and gives."""

    name: str
    versions: list[str]
    platform: str
    inputs: list[TensorMetadata]
    outputs: list[TensorMetadata]
    parameters: dict[str, list[str]] = Field(
        description="`classes`: what the columns of `probabilities` are."
    )


class Readiness(Schema):
    """Whether requests are answered now."""

    name: str
    ready: bool
