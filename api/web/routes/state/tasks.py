"""`/tasks`: what is served here, and where."""

from fastapi import APIRouter

from api.errors import ModelNotReady, NotFound
from api.served_tasks import ServedTasks, task_memory_mb
from api.services import Services
from api.tasks.missing_model import missing_model
from api.tasks.task import Task
from api.web.deps import Tasks
from api.web.links import link
from api.web.middleware.task_paths import OF_A_TASK
from api.web.problems import documented
from api.web.schemas.state.tasks import TaskList, TaskSummary

router = APIRouter(tags=["tasks"])


@router.get("/tasks", responses=documented(503, 507))
def list_tasks(tasks: Tasks) -> TaskList:
    """The tasks that are served, and whether each one's model is loaded yet; then those that have
    no model yet, and those whose file is wrong, with what to do about it."""
    tasks.look_around()
    served = [_served(services, is_default=services is tasks.default) for services in tasks]
    return TaskList(
        default=tasks.default.task.name,
        tasks=[
            *served,
            *(_without_model(task) for task in tasks.without_model()),
            *(_unreadable(name, wrong) for name, wrong in tasks.unreadable().items()),
        ],
    )


@router.get("/tasks/{task}", responses=documented(404, 422, 503, 507))
def get_task(task: str, tasks: Tasks) -> TaskSummary:
    """One of them. Below this path is everything that the default task has without it."""
    tasks.look_around()
    if services := tasks.find(task):
        return _served(services, is_default=services is tasks.default)
    if wrong := tasks.unreadable().get(task):
        return _unreadable(task, wrong)
    return _without_model(_waiting(task, tasks))


@router.api_route(
    "/tasks/{task}/{rest:path}",
    methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
    include_in_schema=False,
)
def nothing_there(task: str, rest: str, tasks: Tasks) -> None:
    """A path of a task that is not served, or that tasks do not have."""
    if tasks.find(task) is None:
        why = tasks.unreadable().get(task) or missing_model(_waiting(task, tasks))
        if rest.split("/")[0] in OF_A_TASK:
            raise ModelNotReady(why)
    raise NotFound(f"A task has nothing at '/{rest[:200]}'; /docs lists what there is.")


def _waiting(name: str, tasks: ServedTasks) -> Task:
    """The task that has no model yet. Raises: NotFound."""
    without = tasks.without_model()
    for task in without:
        if task.name == name:
            return task
    known = [each.task.name for each in tasks] + [task.name for task in without]
    names = ", ".join([*known, *tasks.unreadable()])
    raise NotFound(f"There is no task '{name[:100]}' here; there are {names} (GET /tasks).")


def _served(services: Services, *, is_default: bool) -> TaskSummary:
    live = services.serving.live
    return _summary(
        services.task,
        is_default=is_default,
        champion=services.serving.promoter.champion(),
        ready=live.version is not None,
        problem=live.problem,
        memory_mb=task_memory_mb(services),
    )


def _without_model(task: Task) -> TaskSummary:
    return _summary(task, problem=missing_model(task))


def _unreadable(name: str, wrong: str) -> TaskSummary:
    """Of a task whose file is wrong nothing is known but its name."""
    return TaskSummary(
        name=name,
        title=name,
        question="",
        kind="image",
        takes="",
        inputs="",
        images="",
        public_data="",
        has_phantoms=False,
        frontal_only=False,
        classes={},
        negative_class=None,
        path=link(f"/tasks/{name}"),
        is_default=False,
        champion=None,
        ready=False,
        problem=wrong,
        memory_mb=None,
    )


def _summary(
    task: Task,
    *,
    is_default: bool = False,
    champion: str | None = None,
    ready: bool = False,
    problem: str | None = None,
    memory_mb: float | None = None,
) -> TaskSummary:
    return TaskSummary(
        name=task.name,
        title=task.title,
        question=task.question,
        kind=task.kind,
        takes=task.takes,
        inputs=task.wording.inputs,
        images=task.wording.images,
        public_data=task.wording.public_data,
        has_phantoms=all(info.phantom for info in task.classes),
        frontal_only=task.dicom.frontal_only,
        classes={info.name: info.meaning for info in task.classes},
        negative_class=task.negative_class,
        path=link(f"/tasks/{task.name}"),
        is_default=is_default,
        champion=champion,
        ready=ready,
        problem=problem,
        memory_mb=memory_mb,
    )
