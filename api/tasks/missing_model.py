"""What is said of a task that has a file here and no model."""

from api.tasks.task import Task


def missing_model(task: Task) -> str:
    """Why a task does not answer, and what to do about it."""
    why = task.wording.no_model
    return (
        f"There is no model of the task '{task.name}' here{': ' + why if why else ''}; train one "
        f"with `python -m api train --task {task.name} --data DIR`, and ask again."
    )
