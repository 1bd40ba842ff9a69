"""Which tasks are served."""

from pydantic import BaseModel, Field

DEFAULT_TASK = "pneumonia"


class TaskSettings(BaseModel):
    """Which tasks are served."""

    task: str = Field(
        DEFAULT_TASK, description="Name of the task whose paths need not name it: its task file's."
    )
    tasks: tuple[str, ...] = Field(
        (),
        description='Other tasks that are served below `/tasks/`, as JSON: `["mammography"]`; '
        "empty: all that have a model.",
    )
    tasks_dir: str = Field(
        "", description="Folder of task files of your own, beside those in `api/tasks/`."
    )
    preload: bool = Field(
        False,
        description="Whether the models of all tasks are loaded at the start; `false`: each at the "
        "first request for its task.",
    )
    diagnosis_task: str = Field(
        "mammography", description="Name of the task that answers `POST /api/diagnosis/`."
    )
