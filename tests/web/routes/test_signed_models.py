"""`/models` where ROENTGEN_TRUSTED_SIGNERS asks for signatures."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from api.cli import app
from api.registry.signing.artefacts import signature_path
from api.settings import Settings
from tests.web.response_checks import answer, problem
from tests.web.routes.model_versions import BECAUSE, serving
from tests.web.routes.servers import running


class TestSignedModels:
    @pytest.fixture
    def key(self, tmp_path: Path, default_model: Path) -> Path:
        """The clinic's key, which signed the default checkpoint."""
        key = tmp_path / "key.pem"
        made = CliRunner().invoke(app, ["signing", "keypair", "--out", str(key)])
        (tmp_path / "signers").write_text(f"{made.stdout.strip()} the clinic\n")
        sign(default_model, key)
        return key

    @pytest.fixture
    def client(self, settings: Settings, key: Path) -> Iterator[TestClient]:
        signers = str(key.with_name("signers"))
        with running(settings.model_copy(update={"trusted_signers": signers})) as client:
            yield client

    def test_a_version_is_refused_until_somebody_trusted_signed_it(
        self, client: TestClient, key: Path, second: Path
    ) -> None:
        refused = problem(client.post("/models/v2/promote", json=BECAUSE), 409)
        v2, v1 = answer(client.get("/models"))["models"]

        assert "'v2' is not signed" in refused["detail"]
        assert (v1["signed_by"], v1["problem"]) == ("the clinic", None)
        assert (v2["signed_by"], v2["problem"]) == (None, refused["detail"])
        assert serving(client) == "v1"

        sign(second, key)
        promoted = answer(client.post("/models/v2/promote", json=BECAUSE))

        assert promoted["signed_by"] == "the clinic"
        assert serving(client) == "v2"

    def test_one_that_serves_and_loses_its_signature_goes_on_and_it_is_said(
        self, client: TestClient, key: Path, default_model: Path
    ) -> None:
        signature_path(default_model).unlink()
        client.app.state.services.serving.live.refresh()  # type: ignore[attr-defined]

        ready = answer(client.get("/health/ready"))

        assert "'v1' is not signed" in ready["problem"]
        assert serving(client) == "v1"

        sign(default_model, key)
        client.app.state.services.serving.live.refresh()  # type: ignore[attr-defined]

        assert answer(client.get("/health/ready"))["problem"] is None


def sign(weights: Path, key: Path) -> None:
    """By the command line."""
    done = CliRunner().invoke(app, ["signing", "sign", str(weights), "--key", str(key)])
    assert done.exit_code == 0, done.output
    checked = CliRunner().invoke(app, ["signing", "check", str(weights)])
    assert "signed by ed25519:" in checked.output
