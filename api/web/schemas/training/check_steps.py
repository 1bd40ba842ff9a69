"""How far a check is, and what came of it."""

from pydantic import Field

from api.model_card.row_report import RowReport
from api.model_card.sites.site_report import SiteReport
from api.web.schemas.base import Problem, Schema


class CheckStep(Schema):
    """A line of a check; the last one has a report or a problem."""

    done: int = Field(ge=0, description="Films that were read.")
    total: int | None = Field(description="How many there are; null: not known yet.")
    report: SiteReport | RowReport | None = None
    problem: Problem | None = Field(None, description="Why there is no report.")
