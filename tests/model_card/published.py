"""A card as it was published, and parts of cards."""

import json
from typing import Any

from api.model_card.checksums import checksums_of
from api.model_card.decision_rules import OutlierRule
from api.model_card.golden import Golden
from api.model_card.quantization import Figure, Reduced
from tests.support.cards import card

GOLDEN = (Golden(finding="clear", seed=1, probabilities=(0.1, 0.2, 0.3, 0.4)),)
OUTLIERS = OutlierRule(
    method="mahalanobis",
    reference_sha256="2" * 64,
    threshold=1.5,
    chosen_on="validation",
    refused={"holdout": {"here": 0.01}},
    compared={"mahalanobis": {"turned left": 0.9}},
)
REDUCED = Reduced(
    sha256="4" * 64,
    calibrated_on=10,
    compared_on=20,
    figures=(Figure(name="agreement", int8=0.9, bound=0.99, is_met=False),),
    golden=GOLDEN,
)


def as_published(**parts: Any) -> dict[str, Any]:
    """The JSON that publishing writes."""
    described: dict[str, Any] = json.loads(card(**parts).model_dump_json())
    return described | {"checksums": checksums_of(described)}
