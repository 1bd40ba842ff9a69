"""The card of a checkpoint whose inputs are rows of a table."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from api.inputs.images.preprocessing import PreprocessingSpec
from api.inputs.images.quality import QualityBounds
from api.inputs.tabular.spec import TableSpec
from api.model_card.base import CardPart
from api.model_card.card import Card
from api.model_card.confidence_rule import ConfidenceRule
from api.model_card.decision_rules import (
    AcquisitionRule,
    KindRule,
    OperatingPoint,
    OutlierRule,
    ReferRule,
)
from api.model_card.golden import Golden
from api.model_card.metrics import CrossValidation, DeletionTest, Stability
from api.model_card.quantization import Reduced
from api.model_card.sites.shift_rule import ShiftRule
from api.model_card.sites.unseen_source import UnseenSource


class GoldenRow(Golden):
    """A row and the probabilities that were given for it, in class order."""

    finding: Literal["clear"] = Field("clear", exclude=True)
    seed: int = Field(0, exclude=True)
    values: tuple[float, ...]


class ConformalRule(CardPart):
    """When a row's probabilities say too little (conformal prediction, Vovk et al. 2005; with the
    score of Sadinle et al. 2019).

    The classes whose probability is at least `min_probability` contain the true one for at least
    1 - `max_error` of rows like those it was chosen on. Where they are not exactly one class, the
    row is referred.
    """

    chosen_on: str
    n: int
    wanted_error: float = Field(gt=0, lt=1, description="The bound that the task asks for.")
    max_error: float = Field(
        gt=0, lt=1, description="The bound that holds: no less than 1 / (n + 1) can be shown."
    )
    min_probability: float = Field(ge=0, le=1)


class TableCard(Card):
    """The contents of `card.json` of a tabular task; what an image's card has besides is left
    out of the file."""

    input_kind: ClassVar[str] = "tabular"
    has_operating_points: ClassVar[bool] = False

    kind: Literal["tabular"] = "tabular"
    table: TableSpec
    conformal: ConformalRule
    golden: tuple[GoldenRow, ...] = Field(description="What Keras answered.")
    preprocessing: PreprocessingSpec = Field(PreprocessingSpec(), exclude=True)
    operating_points: dict[str, OperatingPoint] = Field(default_factory=dict, exclude=True)
    prevalence: float = Field(0.5, exclude=True)
    refer: ReferRule | None = Field(None, exclude=True)
    outliers: OutlierRule | None = Field(None, exclude=True)
    unseen: tuple[UnseenSource, ...] = Field((), exclude=True)
    acquisition: AcquisitionRule | None = Field(None, exclude=True)
    kinds: KindRule | None = Field(None, exclude=True)
    shift: ShiftRule | None = Field(None, exclude=True)
    confidence: ConfidenceRule | None = Field(None, exclude=True)
    quality: QualityBounds = Field(QualityBounds(), exclude=True)
    reduced: Reduced | None = Field(None, exclude=True)
    cross_validation: CrossValidation | None = Field(None, exclude=True)
    heatmap: DeletionTest | None = Field(None, exclude=True)
    stability: Stability | None = Field(None, exclude=True)

    @model_validator(mode="after")
    def _rows_agree(self) -> Self:
        width = len(self.table.features)
        if any(len(golden.values) != width for golden in self.golden):
            raise ValueError("golden rows and features differ in number")
        return self
