"""`/tasks`: what is served here, and where."""

from typing import NoReturn

from fastapi import APIRouter

from api.errors import NotFound
from api.monitoring.status import memory_mb
from api.served_tasks import ServedTasks
from api.services import Services
from api.tasks.task import task_files
from api.web.deps import Tasks
from api.web.links import link
from api.web.problems import documented
from api.web.schemas.state.tasks import TaskList, TaskSummary

router = APIRouter(tags=["tasks"])


@router.get("/tasks", responses=documented(503, 507))
def list_tasks(tasks: Tasks) -> TaskList:
    """The tasks that are served, and whether each one's model is loaded yet."""
    tasks.look_around()
    return TaskList(
        default=tasks.default.task.name,
        tasks=[_summary(services, is_default=services is tasks.default) for services in tasks],
    )


@router.get("/tasks/{task}", responses=documented(404, 422, 503, 507))
def get_task(task: str, tasks: Tasks) -> TaskSummary:
    """One of them. Below this path is everything that the default task has without it."""
    tasks.look_around()
    services = tasks.find(task)
    if services is None:
        _refuse(task, tasks)
    return _summary(services, is_default=services is tasks.default)


@router.api_route(
    "/tasks/{task}/{rest:path}",
    methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
    include_in_schema=False,
)
def nothing_there(task: str, rest: str, tasks: Tasks) -> None:
    """A path of a task that is not served, or that tasks do not have."""
    if tasks.find(task) is None:
        _refuse(task, tasks)
    raise NotFound(f"A task has nothing at '/{rest[:200]}'; /docs lists what there is.")


def _refuse(task: str, tasks: ServedTasks) -> NoReturn:
    names = ", ".join(services.task.name for services in tasks)
    if task in task_files() and not tasks.settings.tasks:
        raise NotFound(
            f"The task '{task}' has no model here; train one with `python -m api train --task "
            f"{task} --data DIR`. Those that have one: {names}."
        )
    raise NotFound(f"There is no task '{task[:100]}' here; there are {names} (GET /tasks).")


def _summary(services: Services, *, is_default: bool) -> TaskSummary:
    task, live = services.task, services.serving.live
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
        classes={info.name: info.meaning for info in task.classes},
        negative_class=task.negative_class,
        path=link(f"/tasks/{task.name}"),
        is_default=is_default,
        champion=services.serving.promoter.champion(),
        ready=live.version is not None,
        problem=live.problem,
        memory_mb=memory_mb(live.current().pids) if live.version else None,
    )
