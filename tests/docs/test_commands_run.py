"""The commands of the pages run as they are written, in the pages' order, against a real server.

Only host, file names and ids are put in. A command ends with code 0, and its answer has a status
that the OpenAPI document has for one that is well, unless the tables below say what the page says
instead, or why it is not run.
"""

from collections.abc import Iterator

import pytest

from tests.docs.documented_ids import Ids
from tests.docs.documented_installation import Installation, Ran
from tests.docs.openapi_routes import Routes, request_of
from tests.docs.pages import GUIDES, Page, words_of
from tests.docs.shell_commands import Command, commands_of
from tests.e2e import shown_trainer
from tests.e2e.conftest import running_server
from tests.support.checkpoints import TinyCheckpoint
from tests.support.iris import WEIGHTS

PAGES = [page for page in GUIDES if any(command.is_ours for command in commands_of(page))]

# A command of the program takes a second of a processor, a request some milliseconds: those of the
# other pages are run by tests of their own below `tests/cli`.
CLI = ("./roentgen", "python -m api")
CLI_IS_RUN_OF = ("docs/integrate/", "docs/use/start.md", "docs/run/records.md")
# How a program is started, whatever its command; `tests/cli/test_launcher.py` has more of it.
STARTED = "./roentgen db status"
# Statuses that a page announces in words; by a part of the command.
ANNOUNCED = {
    # No model of it is shipped.
    "$API/tasks/mammography/": 503,
    "$API/api/diagnosis/": 503,
}
NEEDS_TENSORFLOW = "imports TensorFlow and learns, or writes a model: seconds to hours"
NEEDS_RAY = "needs nodes of a Ray cluster"
NEEDS_PACS = "needs the PACS of the page's example"
NEEDS_OIDC = "needs a provider of log-ins"
NEEDS_TRAINING = "needs a task of one's own, whose model is trained on the page"
NOT_RUN = {
    "curl -F file=@weld.png": NEEDS_TRAINING,
    "curl -X POST -H 'Content-Type: application/json' --data-binary @bottle.json": NEEDS_TRAINING,
    "printf 'url =": NEEDS_PACS,
    "./roentgen COMMAND": "no command: how all of them are written",
    "./roentgen train": NEEDS_TENSORFLOW,
    "./roentgen export": NEEDS_TENSORFLOW,
    "./roentgen import-model": NEEDS_TENSORFLOW,
    'curl -OJ "$API/models/v1/export?format=onnx"': NEEDS_TENSORFLOW,
    'curl -OJ "$API/models/v3/export?format=tflite"': NEEDS_TENSORFLOW,
    "curl -X POST $API/tasks/iris/retrain": NEEDS_TENSORFLOW,
    "curl $API/retrain/ID/changes": "needs what a retraining that learned has written",
    "./roentgen predict FOLDER --cluster": NEEDS_RAY,
    "./roentgen predict s3:": NEEDS_RAY,
    "python -m api predict FOLDER --cluster": NEEDS_RAY,
    "python -m api predict s3:": NEEDS_RAY,
    "python -m api evaluate --data FOLDER --cluster": NEEDS_RAY,
    "./roentgen predict --study": NEEDS_PACS,
    "./roentgen dimse": "listens until it is stopped",
    'curl "$ORTHANC/': NEEDS_PACS,
    "curl -i $API/auth/oidc/login": NEEDS_OIDC,
    'curl -i -b jar "$API/auth/oidc/callback': NEEDS_OIDC,
    'curl -H "Origin: $API" -H \'Content-Type: application/json\' -d \'{"code"': NEEDS_OIDC,
}


@pytest.fixture(scope="module")
def routes() -> Routes:
    return Routes()


@pytest.fixture(scope="module")
def ids(tiny: TinyCheckpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ids]:
    """A folder like a checkout, and one server for all pages, with a version that a retraining
    made."""
    home, folder = tmp_path_factory.mktemp("server"), tmp_path_factory.mktemp("checkout")
    environment = shown_trainer.environment(tiny) | {
        # As on a machine of one's own: who asks from there needs no log-in.
        "ROENTGEN_AUTH": "auto",
        "ROENTGEN_AUTH_OFF_IS_INTENDED": "false",
        "ROENTGEN_KEEP_IMAGES": "all",
        "ROENTGEN_COMPUTE": "threads",
        "ROENTGEN_COMPUTE_THREADS": "1",
    }
    with running_server(home, tiny, gentle=True, workers=1, environment=environment) as server:
        installation = Installation(folder, server)
        installation.write()
        for file in WEIGHTS.parent.glob(f"{WEIGHTS.stem}.*"):
            (home / "models" / file.name).write_bytes(file.read_bytes())
        server.upload(3)
        shown_trainer.let_go_on(home / "state")
        job = server.finished(server.retrain())
        (home / "state" / shown_trainer.GO_ON).unlink()
        key = {"name": "reader", "rights": ["predict"], "expires_in_days": 1}
        given = server.session.post(f"{server.url}/keys", json=key).json()["key"]
        yield Ids(installation, job["id"], given)


@pytest.fixture(scope="module")
def checked() -> set[str]:
    """Commands that had a version checked: that takes three seconds of a processor, and what
    another page has in the same words is checked alike."""
    return set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_they_run_as_they_are_written(
    page: Page, ids: Ids, routes: Routes, checked: set[str]
) -> None:
    variables: list[str] = []
    wrong = []
    for command in commands_of(page):
        if command.is_setting:
            variables.append(ids.filled(command))
        elif _is_run(command) and command.text not in checked:
            ran = _run(command, ids, variables)
            if not _is_well(command, ran, routes):
                wrong.append(f"{command.text}: {ran}")
            elif "$API/evaluate" in command.text:
                checked.add(command.text)

    assert "\n".join(wrong) == ""


def _run(command: Command, ids: Ids, variables: list[str]) -> Ran:
    """A command of the program is started once as it stands: that takes half a second."""
    text = ids.filled(command)
    if command.program in CLI and not command.text.startswith(STARTED):
        return ids.installation.call(text)
    return ids.installation.run(text, [*variables, *ids.variables()])


def _is_run(command: Command) -> bool:
    if command.program in CLI and not command.page.startswith(CLI_IS_RUN_OF):
        return False
    return bool(command.program) and not _is_listed(command)


def _is_well(command: Command, ran: Ran, routes: Routes) -> bool:
    if command.program != "curl":
        return ran.code == 0
    announced = {status for part, status in ANNOUNCED.items() if part in command.text}
    return ran.code == 0 and ran.status in (announced or _well(command, routes))


def _well(command: Command, routes: Routes) -> set[int]:
    request = request_of(words_of(command.text))
    operation = routes.find(request.method, request.path)
    assert operation, command
    return routes.well(operation)


def _is_listed(command: Command) -> bool:
    return any(command.text.startswith(begin) for begin in NOT_RUN)


class TestTheTables:
    def test_each_entry_is_about_a_command_of_a_page(self) -> None:
        texts = [command.text for page in PAGES for command in commands_of(page)]

        unused = [b for b in NOT_RUN if not any(t.startswith(b) for t in texts)]
        unused += [part for part in ANNOUNCED if not any(part in text for text in texts)]

        assert unused == []
