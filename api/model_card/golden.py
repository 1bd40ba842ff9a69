"""Generated films and what was answered to them, by which a checkpoint is proven anywhere."""

from api.model_card.base import CardPart
from api.tasks.labels import Finding


class Golden(CardPart):
    """A generated film and the probabilities that were given for it, in class order."""

    finding: Finding
    seed: int
    probabilities: tuple[float, ...]
