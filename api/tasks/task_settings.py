"""The settings of a process that serves several tasks, as one of them needs them."""

from pathlib import Path

from api.settings import Settings
from api.tasks.task import Task


def settings_of(settings: Settings, task: Task) -> Settings:
    """As a process would have them that knows this task alone; a trainer is one."""
    values: dict[str, object] = {
        "task": task.name,
        "default_model": default_model_of(settings, task),
    }
    if task.name != settings.task:
        # What is usual among the films of one task says nothing of another's.
        values["prevalence"] = None
    if task.name != settings.task or "operating_point" not in settings.model_fields_set:
        values["operating_point"] = task.decision.operating_point
    return settings.model_copy(update=values)


def default_model_of(settings: Settings, task: Task) -> Path:
    """The checkpoint of a task until one is promoted: what the setting says, or what the task file
    names, in the same folder."""
    if task.name == settings.task and "default_model" in settings.model_fields_set:
        return settings.default_model
    return settings.default_model.with_name(task.weights_name)
