"""`/sites`: from labelled films to a profile that decides, and back."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.model_card.sites.site_profile import missing_images
from api.model_card.sites.site_report import SiteReport
from api.registry.sites.site_files import HISTORY_NAME
from api.registry.sites.site_names import site_folder
from api.registry.sites.site_profiles import SITES_FOLDER, SiteStore
from api.storage.places import store_at
from tests.conftest import ready_client, settings_below
from tests.support import images
from tests.support.checkpoints import TinyCheckpoint, copy_checkpoint
from tests.support.site_profiles import fit
from tests.support.waiting import wait_until
from tests.web.response_checks import Documented, answer, problem

OF_A_KIND = 20


@pytest.fixture(scope="module")
def server(
    tiny: TinyCheckpoint, documented: Documented, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    """One application for all of them: a check takes seconds."""
    folder = tmp_path_factory.mktemp("sites")
    copy_checkpoint(tiny.weights, folder / "models" / "default.h5")
    with ready_client(settings_below(folder, tiny), documented) as client:
        yield client
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def report(server: TestClient) -> dict[str, Any]:
    """A finished check of enough films."""
    sent = {"file": ("films.zip", xrays(OF_A_KIND))}
    checked: dict[str, Any] = answer(server.post("/evaluate", files=sent))
    return checked


def xrays(of_a_kind: int) -> bytes:
    """A site with a finding of unknown kind, and without one."""
    kinds = {"NORMAL": "clear", "PNEUMONIA": "lobar"}
    return images.zipped(
        {
            f"ours/{folder}/{n}.png": images.png(5000 + n, finding)
            for folder, finding in kinds.items()
            for n in range(of_a_kind)
        }
    )


def kept(server: TestClient, report: dict[str, Any], **changes: object) -> str:
    """The id of a check that ended otherwise."""
    reports = server.app.state.services.training.site_check.reports  # type: ignore[attr-defined]
    return str(reports.keep(SiteReport.model_validate(report | changes)).check)


def sites(server: TestClient) -> SiteStore:
    found: SiteStore = server.app.state.services.storage.sites  # type: ignore[attr-defined]
    return found


def written(server: TestClient, file: str, text: str) -> None:
    """Another process writes a file of a site: where machines share them, another machine."""
    here = sites(server)
    if here.blobs:
        here.blobs.put(f"{SITES_FOLDER}/{file}", text.encode())
    else:
        (here.folder / file).write_text(text, encoding="utf-8")


def ask(server: TestClient, source: str, **params: str) -> dict[str, Any]:
    sent = {"file": ("film.png", images.png(1))}
    given: dict[str, Any] = answer(
        server.post("/predict", files=sent, params={"source": source, **params})
    )
    return given


class TestChecking:
    def test_a_check_says_what_a_profile_would_change(self, report: dict[str, Any]) -> None:
        fit = report["profile"]

        assert (fit["n"], fit["healthy"], fit["findings"]) == (40, 20, 20)
        assert set(fit["operating_points"]) == {"balanced", "screening", "confirm"}
        low, high = fit["operating_points"]["balanced"]["threshold_interval"]
        assert low <= fit["operating_points"]["balanced"]["threshold"] <= high
        # Of 20 films of a kind, one in 21 others may be answered wrong.
        assert fit["refer"]["bands"][0]["max_error"] == pytest.approx(1 / 21)
        assert sorted(set(fit["manifest"].values())) == ["Normal", "finding"]
        assert len(fit["manifest"]) == 40
        assert report["no_profile"] == ""

    def test_its_report_can_be_had_again_for_a_day(
        self, server: TestClient, report: dict[str, Any]
    ) -> None:
        assert answer(server.get(f"/evaluate/{report['check']}")) == report
        assert answer(server.get(f"/tasks/pneumonia/evaluate/{report['check']}")) == report
        problem(server.get(f"/evaluate/{'0' * 32}"), 404, "send the films again")
        problem(server.get("/evaluate/..%2Fcard"), 404)


class TestCreation:
    def test_one_call_after_a_check_makes_it_and_the_sites_images_are_decided_by_it(
        self, server: TestClient, report: dict[str, Any]
    ) -> None:
        before = ask(server, "St. Anna")

        made = server.post(
            "/sites/St. Anna",
            params={"check": report["check"], "prevalence": 0.1, "reason": "120 films of ours"},
        )
        after = ask(server, "st. anna")

        assert made.status_code == 201
        site = made.json()
        assert (site["site"], site["version"], site["is_stale"]) == ("St. Anna", "v1", False)
        assert (before["site_profile"], after["site_profile"]) == (None, site["profile"])
        assert after["prevalence"] == 0.1
        assert after["reasons"][-1].startswith(
            "Decided by the profile of St. Anna, made from 40 of its films on 20"
        )
        assert answer(server.get(f"/predictions/{after['id']}"))["site_profile"] == site["profile"]
        assert ask(server, "another site")["site_profile"] is None

    def test_a_request_may_say_another_prevalence_and_operating_point(
        self, server: TestClient, report: dict[str, Any]
    ) -> None:
        server.post("/sites/Ward 7", params={"check": report["check"], "prevalence": 0.1})

        given = ask(server, "Ward 7", prevalence="0.3", operating_point="screening")

        assert (given["prevalence"], given["operating_point"]) == (0.3, "screening")
        assert given["site_profile"]

    def test_images_make_it_in_one_step(self, server: TestClient) -> None:
        made = server.post("/sites/Ward 3/4", files={"file": ("films.zip", xrays(OF_A_KIND))})

        assert made.status_code == 201
        site = answer(server.get("/sites/Ward 3/4"))
        assert site["applied"]["fit"]["n"] == 40
        assert site["applied"]["prevalence"] == 0.5
        assert not site["applied"]["prevalence_is_given"]
        assert "Ward 3/4" in [s["site"] for s in answer(server.get("/status"))["sites"]]

    def test_batches_follow_it_too(self, server: TestClient, report: dict[str, Any]) -> None:
        made = server.post("/sites/Batches", params={"check": report["check"]}).json()

        sent = [("files", ("a.png", images.png(1)))]
        given = answer(server.post("/predict/batch", files=sent, params={"source": "Batches"}))

        assert given["results"][0]["prediction"]["site_profile"] == made["profile"]


class TestRefusing:
    def test_too_few_images_are_refused_with_how_many_are_missing(
        self, server: TestClient, report: dict[str, Any]
    ) -> None:
        reason = missing_images(6, 26)
        few = kept(server, report, profile=None, no_profile=reason)

        refused = server.post("/sites/Small", params={"check": few})

        problem(refused, 422, "send 14 more without one (there are 6).")
        problem(server.get("/sites/Small"), 404, "no profile of a site 'Small'")

    def test_a_model_that_does_not_tell_the_images_apart_needs_a_reason(
        self, server: TestClient, report: dict[str, Any]
    ) -> None:
        fit = {**report["profile"], "objection": "A profile does not help here."}
        hopeless = {"check": kept(server, report, profile=fit)}

        refused = server.post("/sites/Hopeless", params=hopeless)
        forced = server.post(
            "/sites/Hopeless", params={**hopeless, "force": "true", "reason": "for a study"}
        )

        problem(refused, 409, "does not help here", "force=true and a reason")
        assert forced.json()["applied"]["forced"]
        assert forced.json()["history"][0]["reason"] == "for a study"

    def test_a_check_of_another_version_than_the_one_that_answers_is_refused(
        self, server: TestClient, report: dict[str, Any]
    ) -> None:
        other = kept(server, report, profile={**report["profile"], "version": "v2"})

        refused = server.post("/sites/Other", params={"check": other})

        problem(refused, 409, "checked with v2, and v1 answers this site")

    def test_what_cannot_be_meant_is_refused(
        self, server: TestClient, report: dict[str, Any]
    ) -> None:
        check = {"check": report["check"]}

        problem(server.post("/sites/A", params={"check": "0" * 32}), 404, "send the films again")
        problem(server.post("/sites/A", params={"check": "../../card"}), 404)
        problem(server.post("/sites/A"), 422, "'file'")
        problem(server.post("/sites/A", params={**check, "force": "true"}), 422, "say why")
        problem(server.post("/sites/A", params={**check, "prevalence": 1}), 422, "prevalence")
        problem(server.post("/sites/A", params={**check, "operating_point": "brave"}), 422, "brave")
        problem(server.post("/sites/...", params=check), 422, "letter or a digit")
        problem(server.post(f"/sites/{'a' * 101}", params=check), 422, "1 to 100 characters")
        both = server.post("/sites/A", params=check, files={"file": ("a.zip", b"PK")})
        problem(both, 422, "not both")
        assert "A" not in [site["site"] for site in answer(server.get("/sites"))["sites"]]


class TestUndoing:
    def test_the_profile_before_comes_back_then_the_card(
        self, server: TestClient, report: dict[str, Any]
    ) -> None:
        first, second = (
            server.post("/sites/Twice", params={"check": report["check"]}).json()["profile"]
            for _ in range(2)
        )

        once = answer(server.delete("/sites/Twice", params={"profile": second, "reason": "worse"}))
        problem(server.delete("/sites/Twice", params={"profile": second}), 409, first)
        followed = ask(server, "Twice")["site_profile"]
        twice = answer(server.delete("/sites/Twice"))

        assert (once["profile"], followed, twice["profile"]) == (first, first, None)
        assert ask(server, "Twice")["site_profile"] is None
        kinds = [change["kind"] for change in twice["history"]]
        assert kinds == ["undone", "undone", "applied", "applied"]
        assert twice["history"][1]["reason"] == "worse"
        problem(server.delete("/sites/Twice"), 404, "no profile of a site 'Twice'")


class TestFiles:
    def test_a_change_by_another_process_is_followed(
        self, server: TestClient, report: dict[str, Any]
    ) -> None:
        made = server.post("/sites/Shared", params={"check": report["check"]}).json()
        profile = json.loads(
            (sites(server).folder / site_folder("Shared") / "p1.json").read_bytes()
        )
        profile["fit"]["version"] = "v9"

        written(server, f"{site_folder('Shared')}/p1.json", json.dumps(profile))

        wait_until(lambda: ask(server, "Shared")["site_profile"] is None, "the file was read")
        assert ask(server, "Shared")["reasons"][-1] == (
            "The profile of Shared is not applied: it was made with v9, and v1 answers. Check the "
            "site again."
        )
        (shown,) = [s for s in answer(server.get("/status"))["sites"] if s["site"] == "Shared"]
        assert (shown["is_stale"], shown["profile"]) == (True, made["profile"])

    def test_a_damaged_history_is_said_and_the_card_decides(
        self, server: TestClient, report: dict[str, Any]
    ) -> None:
        server.post("/sites/Damaged", params={"check": report["check"]})

        written(server, f"{site_folder('Damaged')}/{HISTORY_NAME}", "[")

        wait_until(lambda: ask(server, "Damaged")["site_profile"] is None, "the file was read")
        assert "'history.json'" in ask(server, "Damaged")["reasons"][-1]
        assert "is damaged" in answer(server.get("/sites/Damaged"))["problem"]
        problem(server.post("/sites/Damaged", params={"check": report["check"]}), 409, "damaged")
        gone = site_folder("Damaged")
        if shared := sites(server).blobs:
            shared.delete(f"{SITES_FOLDER}/{gone}/{HISTORY_NAME}")
        shutil.rmtree(sites(server).folder / gone)


def test_a_profile_that_another_machine_made_decides_here(
    tiny: TinyCheckpoint, documented: Documented, tmp_path: Path
) -> None:
    """Of a machine that shares nothing but the store."""
    copy_checkpoint(tiny.weights, tmp_path / "models" / "default.h5")
    settings = settings_below(tmp_path, tiny).model_copy(
        update={"storage_url": str(tmp_path / "shared")}
    )
    elsewhere = SiteStore(tmp_path / "of the other one", store_at(settings, "models/pneumonia"))
    with ready_client(settings, documented) as server:
        assert ask(server, "St. Anna")["site_profile"] is None
        made = elsewhere.apply("St. Anna", fit(), by="another machine", reason="its films")

        wait_until(lambda: bool(answer(server.get("/sites"))["sites"]), "the profile was known")

        assert ask(server, "st.  anna")["site_profile"] == made.id
        elsewhere.undo("St. Anna", by="another machine", reason="")
        wait_until(lambda: ask(server, "St. Anna")["site_profile"] is None, "it was undone")
