"""How answers are decided."""

from typing import Literal

from pydantic import BaseModel, Field


class DecisionSettings(BaseModel):
    """How answers are decided."""

    operating_point: Literal["balanced", "screening", "confirm"] = Field(
        "balanced",
        description="Operating point that decides: `balanced`, `screening` or `confirm`.",
    )
    prevalence: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="Expected share of films with a finding, 0 to 1; probabilities and predictive "
        "values are corrected for it. Default: the share where the model was calibrated.",
    )
    max_error: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="Bound on wrong answers that decides which scores are referred to a person. "
        "Default: the card's (`pneumonia`: 0.02; never above 0.005 for films of unfamiliar sites).",
    )
    unknown_site: Literal["answer", "refer"] = Field(
        "answer",
        description="What becomes of positive answers while a source's films are unlike those of "
        "all known hospitals: `answer`, with a warning; `refer`: a person must look, until the "
        "site has a profile.",
    )
