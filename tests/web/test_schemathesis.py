"""Generated requests for every operation: whatever comes, the server does not break."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import BaseSchema
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from api import logs
from api.main import create_app
from api.settings import Settings
from tests.support.checkpoints import TinyCheckpoint, copy_checkpoint
from tests.support.examples import examples
from tests.support.openapi_document import openapi_document
from tests.support.waiting import wait_until_ready

OPERATIONS = [
    (path, method) for path, methods in openapi_document()["paths"].items() for method in methods
]


@schemathesis.serializer("multipart/related")
def related(_context: Any, value: Any) -> bytes:
    """One part of what was generated; what comes without a boundary is refused."""
    content = getattr(value, "data", value)
    part = content if isinstance(content, bytes) else str(content).encode(errors="replace")
    return b"--x\r\n\r\n" + part + b"\r\n--x--"


@pytest.fixture(scope="module")
def described(
    tiny: TinyCheckpoint, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BaseSchema]:
    """What a running application says of itself."""
    folder = tmp_path_factory.mktemp("generated")
    copy_checkpoint(tiny.weights, folder / "models" / "default.h5")
    settings = Settings(
        default_model=folder / "models" / "default.h5",
        models_dir=folder / "models",
        retrain_dir=folder / "retrain_data",
        state_dir=folder / "state",
        compute_threads=2,
        # The default task has a model here; that of another would be a 503.
        diagnosis_task="pneumonia",
        log_level="CRITICAL",
    )
    settings.compiled_dir.mkdir(parents=True)
    shutil.copyfile(tiny.compiled, settings.compiled_dir / tiny.compiled.name)
    app = create_app(settings)

    async def running(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            raise NotImplementedError("the client below runs it")
        await app(scope, receive, send)

    with TestClient(app) as client:
        wait_until_ready(client)
        yield schemathesis.openapi.from_asgi("/openapi.json", running)
    shutil.rmtree(folder)
    # Later tests read the log.
    logs.configure("WARNING")


class TestGeneratedRequests:
    @pytest.mark.parametrize(("path", "method"), OPERATIONS)
    def test_none_breaks_the_server(self, described: BaseSchema, path: str, method: str) -> None:
        @hypothesis_settings(
            max_examples=examples(20),
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=described[path][method].as_strategy())
        def survives(case: Case[Any]) -> None:
            case.call_and_validate(checks=[not_a_server_error])

        survives()
