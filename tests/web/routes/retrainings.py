"""Retrainings over HTTP whose trainer learns nothing."""

from starlette.testclient import TestClient

from tests.jobs.fake_trainer import BEHAVIOUR
from tests.support import images
from tests.support.waiting import wait_until
from tests.web.response_checks import answer


def upload(client: TestClient, label: str, seeds: range) -> None:
    files = [("files", (f"{seed}.png", images.png(seed))) for seed in seeds]
    answer(client.post("/upload-data", data={"label": label}, files=files))


def trainer(client: TestClient, behaviour: str) -> None:
    supervisor = client.app.state.services.training.supervisor  # type: ignore[attr-defined]
    supervisor.trainer = "tests.jobs.fake_trainer"
    supervisor.environment[BEHAVIOUR] = behaviour


def events(stream: str) -> list[dict[str, str]]:
    """The events of a stream, each as its fields."""
    blocks = (block.splitlines() for block in stream.split("\n\n"))
    parsed = [dict(line.split(": ", 1) for line in lines if ": " in line) for lines in blocks]
    return [event for event in parsed if "data" in event]


def wait_for_state(client: TestClient, url: str, state: str) -> None:
    wait_until(lambda: answer(client.get(url))["state"] == state, f"the job was {state}")
