"""From which confidence on a decision counts as right where nobody has labelled its film."""

from pydantic import Field

from api.model_card.base import CardPart


class ConfidenceRule(CardPart):
    """Average thresholded confidence (Garg et al. 2022).

    Of the films that it was chosen on, as many have a confidence below `threshold` as were decided
    wrong. Confidence is the probability of what was decided, finding or none, at the card's own
    prevalence; films that are referred have no decision.
    """

    threshold: float
    accuracy: float = Field(ge=0, le=1, description="Of decisions where it was chosen.")
    n: int = Field(gt=0, description="Decisions that it was chosen on.")
    chosen_on: str
