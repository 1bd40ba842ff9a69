"""The labels of a task: classes, coarse labels, and how a path tells them."""

import re
from functools import cached_property
from typing import Literal

from pydantic import Field, field_validator

from api.tasks.section import Section

Finding = Literal["clear", "lobar", "reticular", "peripheral", "round mass", "spiculated mass"]


class CodedTerm(Section):
    """A code of a terminology, as DICOM and FHIR name it: `SCT` is SNOMED CT."""

    scheme: str = Field(min_length=1, max_length=16)
    value: str = Field(min_length=1, max_length=16)
    meaning: str = Field(min_length=1, max_length=64)


class ClassInfo(Section):
    """One class: its name, what it means in plain words, other names its folders go by, and what
    reports for other systems call it; None: by a code of Roentgen's own."""

    name: str
    meaning: str
    aliases: tuple[str, ...] = ()
    term: CodedTerm | None = None
    # What a generated picture of it shows; None: there is none.
    phantom: Finding | None = None

    @property
    def finding(self) -> Finding:
        """What to draw where any picture will do."""
        return self.phantom or "clear"


class CoarseLabel(Section):
    """A label that several classes fit: it says that there is a finding, and not which.

    `aliases` are other names that folders with such films go by.
    """

    name: str
    meaning: str
    classes: tuple[str, ...] = Field(min_length=1, description="The classes that it allows.")
    aliases: tuple[str, ...] = ()


class Population(Section):
    """Who is pictured in a source, and how: what its publishers say of all its films."""

    ages: str = "unknown"
    views: str = "unknown"


class LayoutRule(Section):
    """Tells label, source and patient of an image from its path below the data folder.

    `pattern` is searched in the path with `/` separators; its group `patient`, when it has one,
    names the patient; or its group `pair`, a number, of which an odd one and the next even one are
    of one patient. A rule that is `in_class_folder` counts only below a folder of its class:
    where the name alone is too common to tell one.
    """

    source: str
    label: str
    pattern: str
    in_class_folder: bool = False

    @field_validator("pattern")
    @classmethod
    def _is_a_pattern(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as exc:
            raise ValueError(f"it is no regular expression ({exc})") from exc
        return pattern

    @cached_property
    def regex(self) -> re.Pattern[str]:
        return re.compile(self.pattern)
