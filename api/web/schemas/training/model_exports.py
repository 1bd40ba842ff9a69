"""An export that is being made, over the wire."""

from typing import Literal

from pydantic import Field

from api.web.schemas.base import Schema


class ModelExport(Schema):
    """Not ready yet: ask the same again after `Retry-After` seconds."""

    version: str
    format: Literal["mlflow", "tflite", "onnx", "saved-model"]
    state: Literal["making"]
    seconds: float = Field(description="For how long it has been made.")
