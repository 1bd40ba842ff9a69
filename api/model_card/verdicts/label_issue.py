"""A label that the other films contradict."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field


@dataclass(frozen=True, slots=True)
class LabelIssue:
    """A sample whose label the other films contradict."""

    sha256: str
    label: Annotated[str, Field(description="What it was labelled with then.")]
    expected: Annotated[
        str | None, Field(description="The label that they speak for; none: it has no name.")
    ]
    probability: Annotated[float, Field(description="How probable they make that, 0 to 1.")]
