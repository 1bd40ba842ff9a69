"""What goes over the wire about tasks."""

from pydantic import Field

from api.web.schemas.base import Schema


class TaskSummary(Schema):
    """One task: served, without a model yet, or with a file that is wrong.

    Of the last only `name` and `problem` say anything.
    """

    name: str
    title: str
    question: str
    kind: str = Field(description="What its inputs are: `image` or `tabular`.")
    takes: str = Field(description="What `POST …/predict` takes, in words.")
    inputs: str = Field(description="What may be sent, as a title says it.")
    images: str = Field(description="The same within a sentence.")
    public_data: str = Field(description="Where such images are found, as Markdown.")
    has_phantoms: bool = Field(description="Whether each class has a generated picture.")
    frontal_only: bool = Field(
        description="Whether its films are frontal: the patient's right is at the left."
    )
    classes: dict[str, str] = Field(description="Each class and what it means in plain words.")
    negative_class: str | None = Field(description="None: no class says that there is nothing.")
    path: str = Field(description="What its paths begin with; the default task's need nothing.")
    is_default: bool
    champion: str | None = Field(description="The version that should serve; none: no model yet.")
    ready: bool = Field(
        description="Whether its model is loaded in the worker that answers; otherwise the first "
        "request for the task loads it."
    )
    problem: str | None = Field(
        description="Why its model cannot be loaded, that there is none, or what is wrong with the "
        "task's file, and what to do."
    )
    memory_mb: float | None = Field(
        description="Of the compute processes that hold its model and nothing else; none: it is "
        "not loaded, or in the server itself."
    )


class TaskList(Schema):
    """All tasks that are served, then those that have no model yet."""

    default: str
    tasks: list[TaskSummary] = Field(description="The default one first.")


class Diagnosis(Schema):
    """The answer of `POST /api/diagnosis`."""

    prediction: str = Field(description="The class that the operating point says.")
    confidence: float = Field(ge=0, le=1, description="Its probability.")
