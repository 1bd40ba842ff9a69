"""The sections of a task file that a card takes over, checked before anything depends on them."""

from collections.abc import Mapping

from pydantic import BaseModel, ValidationError

from api.errors import InvalidTask
from api.inputs.images.preprocessing import PreprocessingSpec
from api.inputs.images.quality import QualityBounds
from api.model_card.promotion_policy import GatePolicy
from api.tasks.section import faults
from api.tasks.task import Task
from api.tasks.task_files import load_task

# Who owns what they mean lies above the task files.
OWNERS: Mapping[str, type[BaseModel]] = {
    "preprocessing": PreprocessingSpec,
    "quality": QualityBounds,
    "gate": GatePolicy,
}


def load_whole_task(name: str) -> Task:
    """A task of which every section is valid: whoever trains or serves it meets no surprise later.

    Raises: InvalidTask as `load_task`, or if one of these sections has a wrong field.
    """
    task = load_task(name)
    for section, owner in OWNERS.items():
        try:
            owner.model_validate(getattr(task, section))
        except ValidationError as exc:
            raise InvalidTask(
                f"The task file '{name}.toml' is not valid: {faults(exc, within=section)}."
            ) from exc
    return task
