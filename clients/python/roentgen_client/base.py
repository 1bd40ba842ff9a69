"""What all models of answers have in common."""

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """Cannot be changed; fields that only a newer server sends are left out."""

    model_config = ConfigDict(frozen=True)
