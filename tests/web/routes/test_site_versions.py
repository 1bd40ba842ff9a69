"""A version for one site over HTTP: promote, answer, list, go back."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.registry.sites.site_versions import site_alias
from api.settings import Settings
from tests.support import images
from tests.support.checkpoints import TinyCheckpoint, add_version, damage
from tests.support.waiting import wait_until
from tests.web.response_checks import answer, problem

BECAUSE = {"reason": "better there"}
SITE = "Klinik Süd / Röntgen 1"


@pytest.fixture
def second(settings: Settings, tiny: TinyCheckpoint) -> Path:
    """The weights of a sound version v2."""
    return add_version(settings.models_dir, tiny, "v2")


@pytest.fixture
def promoted(client: TestClient, second: Path) -> Path:
    """v2 answers the site."""
    answer(client.post("/models/v2/promote", params={"source": SITE}, json=BECAUSE))
    return second


def answering(client: TestClient, source: str | None) -> str:
    params = {"source": source} if source else {}
    sent = client.post("/predict", params=params, files={"file": images.png()})
    version: str = answer(sent)["model_version"]
    return version


class TestPromoting:
    @pytest.mark.usefixtures("second")
    def test_the_site_is_answered_by_it_and_everybody_else_by_the_champion(
        self, client: TestClient
    ) -> None:
        sent = {"params": {"source": SITE}, "json": BECAUSE}

        body = answer(client.post("/models/v2/promote", **sent))  # type: ignore[arg-type]

        assert (body["version"], body["is_champion"], body["sites"]) == ("v2", False, [SITE])
        assert [answering(client, source) for source in (SITE, "elsewhere", None)] == [
            "v2", "v1", "v1",
        ]  # fmt: skip
        problem(
            client.post("/models/v2/promote", **sent),  # type: ignore[arg-type]
            409,
            f"answers '{SITE}' already",
        )

    @pytest.mark.usefixtures("promoted")
    def test_batches_of_the_site_are_answered_by_it_too(self, client: TestClient) -> None:
        sent = [("files", ("a.png", images.png())), ("files", ("b.png", images.png(2)))]

        body = answer(client.post("/predict/batch", params={"source": SITE}, files=sent))

        versions = {result["prediction"]["model_version"] for result in body["results"]}
        assert versions == {"v2"}

    @pytest.mark.parametrize("source", ["", "   ", "...", "x" * 101])
    def test_a_name_that_is_none_is_refused(self, shared_client: TestClient, source: str) -> None:
        sent = {"source": source}

        problem(shared_client.post("/models/v1/promote", params=sent, json=BECAUSE), 422)
        problem(shared_client.post("/models/rollback", params=sent), 422)

        assert answer(shared_client.get("/models"))["history"] == []

    def test_a_version_that_cannot_serve_is_refused(self, client: TestClient, second: Path) -> None:
        damage(second)

        problem(client.post("/models/v2/promote", params={"source": SITE}, json=BECAUSE), 409)

        assert answering(client, SITE) == "v1"


class TestListing:
    @pytest.mark.usefixtures("promoted")
    def test_models_and_status_say_whom_it_answers(self, client: TestClient) -> None:
        assert answering(client, SITE) == "v2"

        found = answer(client.get("/models"))

        assert {model["version"]: model["sites"] for model in found["models"]} == {
            "v1": [],
            "v2": [SITE],
        }
        (site,) = found["site_versions"]
        assert (site["site"], site["version"], site["rollback_target"], site["problem"]) == (
            SITE, "v2", "champion", None,
        )  # fmt: skip
        assert site["history"][0]["reason"] == "better there"
        assert answer(client.get("/status"))["site_versions"] == [
            {"site": SITE, "version": "v2", "is_loaded": True, "problem": None}
        ]

    def test_one_that_cannot_be_loaded_is_said_and_the_champion_answers(
        self, client: TestClient, second: Path
    ) -> None:
        damage(second)
        alias = client.app.state.services.storage.alias  # type: ignore[attr-defined]
        site_alias(alias, SITE).move("v2", by="another worker", reason="r")
        wait_until(lambda: answer(client.get("/status"))["site_versions"], "the site was seen")

        assert answering(client, SITE) == "v1"

        (site,) = answer(client.get("/status"))["site_versions"]
        assert "The champion answers meanwhile." in site["problem"]


class TestRollingBack:
    @pytest.mark.usefixtures("promoted")
    def test_the_champion_answers_again(self, client: TestClient) -> None:
        back = {"reason": "worse at night", "from_version": "v2"}

        body = answer(client.post("/models/rollback", params={"source": SITE}, json=back))

        assert (body["version"], body["is_champion"]) == ("v1", True)
        assert answering(client, SITE) == "v1"
        (site,) = answer(client.get("/models"))["site_versions"]
        assert (site["version"], site["rollback_target"]) == (None, None)
        assert [move["version"] for move in site["history"]] == ["champion", "v2"]
        assert answer(client.get("/status"))["site_versions"] == []
        problem(client.post("/models/rollback", params={"source": SITE}), 409, "no version of its")

    def test_a_site_without_a_version_is_refused(self, client: TestClient) -> None:
        problem(
            client.post("/models/rollback", params={"source": "nowhere"}),
            409,
            "'nowhere' has no version of its own to go back from",
        )
