"""A version for one site over HTTP: promote, answer, list, go back."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from api.model_card.promotion_policy import Check, SiteVerdict, Verdict
from api.model_card.sites.site_candidate import SiteCandidate
from api.registry.signing.artefacts import site_candidate_path
from api.registry.sites.site_names import ONE_SITE
from api.registry.sites.site_versions import site_alias
from api.services import Services
from api.settings import Settings
from tests.support import images
from tests.support.checkpoints import TinyCheckpoint, add_version, damage
from tests.support.site_profiles import fit
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


def ask(client: TestClient, source: str | None) -> dict[str, Any]:
    params = {"source": source} if source else {}
    sent = client.post("/predict", params=params, files={"file": images.png()})
    given: dict[str, Any] = answer(sent)
    return given


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


class TestPromotingWhatWasJudgedForASite:
    """A version that a retraining judged for a site and did not give it."""

    REFUSED = SiteVerdict(SITE, False, "champion", (Check("gain at the site", False, "Luck."),))

    @pytest.fixture
    def judged(self, settings: Settings, tiny: TinyCheckpoint) -> Path:
        """v2, with the profile that it was judged with for the site."""
        weights = add_version(settings.models_dir, tiny, "v2")
        verdict = Verdict.of([Check("sensitivity", False, "It forgets.")])
        found = SiteCandidate(
            verdict=verdict.with_sites([self.REFUSED], "Trade."), fits={SITE: fit(version="v1")}
        )
        site_candidate_path(weights).write_text(found.model_dump_json())
        return weights

    @pytest.mark.usefixtures("judged")
    def test_the_site_gets_the_version_with_the_profile_that_was_judged(
        self, client: TestClient
    ) -> None:
        written = {"source": SITE.upper()}

        body = answer(client.post("/models/v2/promote", params=written, json=BECAUSE))

        assert body["overrides"] == ["gain at the site"]
        assert "decided by the profile that v2 was judged with, made from 120" in body["note"]
        given = ask(client, SITE)
        profile = answer(client.get(f"/sites/{quote(SITE, safe='')}"))["applied"]
        assert (given["model_version"], given["site_profile"]) == ("v2", profile["id"])
        assert profile["fit"] == fit(version="v2").model_dump(mode="json")
        # A gate that objected is no check that was passed.
        assert profile["forced"] is True
        assert ask(client, None)["site_profile"] is None

    @pytest.mark.usefixtures("judged")
    def test_elsewhere_and_for_everybody_it_comes_without(self, client: TestClient) -> None:
        answer(client.post("/models/v2/promote", params={"source": "elsewhere"}, json=BECAUSE))
        body = answer(client.post("/models/v2/promote", json=BECAUSE))

        assert body["overrides"] == ["sensitivity"]
        assert answer(client.get("/sites"))["sites"] == []

    @pytest.mark.usefixtures("judged")
    def test_where_it_answers_the_site_already_no_profile_is_made_again(
        self, client: TestClient
    ) -> None:
        sent = {"params": {"source": SITE}, "json": BECAUSE}
        answer(client.post("/models/v2/promote", **sent))  # type: ignore[arg-type]

        problem(client.post("/models/v2/promote", **sent), 409)  # type: ignore[arg-type]

        moves = answer(client.get(f"/sites/{quote(SITE, safe='')}"))["history"]
        assert [move["kind"] for move in moves] == ["applied"]

    def test_a_damaged_file_is_said_and_nothing_changes(
        self, client: TestClient, judged: Path
    ) -> None:
        site_candidate_path(judged).write_text("{")

        problem(
            client.post("/models/v2/promote", params={"source": SITE}, json=BECAUSE),
            409,
            "'site_candidate.json' of 'v2' cannot be read",
        )

        assert ask(client, SITE)["model_version"] == "v1"


class TestTheOnlySite:
    """An installation that says that its site is everybody."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"scope": "site"})

    @pytest.mark.parametrize("named", [{}, {"source": "This Installation"}])
    def test_everybody_is_answered_by_the_version_and_its_profile(
        self, client: TestClient, settings: Settings, tiny: TinyCheckpoint, named: dict[str, str]
    ) -> None:
        weights = add_version(settings.models_dir, tiny, "v2")
        verdict = Verdict.of([Check("sensitivity", False, "It forgets.")])
        refused = SiteVerdict(ONE_SITE, False, "champion", (Check("gain", False, "Luck."),))
        found = SiteCandidate(verdict=verdict.with_sites([refused], ""), fits={ONE_SITE: fit()})
        site_candidate_path(weights).write_text(found.model_dump_json())

        body = answer(client.post("/models/v2/promote", params=named, json=BECAUSE))

        assert (body["is_champion"], body["overrides"]) == (True, ["gain"])
        for source in (None, "a device"):
            given = ask(client, source)
            assert given["model_version"] == "v2"
            assert given["reasons"][-1].startswith("Decided by the profile of this installation")
        answer(client.post("/models/rollback"))
        assert "Check the site again" in ask(client, None)["reasons"][-1]

    def test_a_profile_of_a_films_own_source_comes_first(self, client: TestClient) -> None:
        services: Services = client.app.state.services  # type: ignore[attr-defined]
        usual, own, _ = (
            services.storage.sites.apply(site, made, by="ann", reason="").id
            for site, made in (
                (ONE_SITE, fit()),
                ("a device", fit()),
                ("former", fit(version="v7")),
            )
        )
        services.serving.sites.refresh()

        sources = ("a device", "another", "former", None)
        decided = [ask(client, source)["site_profile"] for source in sources]

        assert decided == [own, usual, usual, usual]


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
