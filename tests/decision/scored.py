"""Images with known probabilities, for the tests of decisions."""

import numpy as np

from api.decision.decide import DecisionInputs

# softmax of these is 0.4, 0.3, 0.2, 0.1; Normal, the negative class, is the second.
LOGITS = np.log(np.array([4.0, 3.0, 2.0, 1.0], dtype=np.float32))
IMAGE = DecisionInputs(LOGITS)


def scoring(score: float) -> DecisionInputs:
    """A film whose P(any finding) is `score`."""
    rest = score / 3
    return DecisionInputs(np.log(np.array([rest, 1 - score, rest, rest])))
