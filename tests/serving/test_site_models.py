"""Versions of single sites in a process: loaded when asked for, bounded, swapped, refused."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from api.errors import Conflict, InvalidCheckpoint, NotFound
from api.registry.champion import Alias
from api.registry.champion_file import BACKUP_NAME, FILE_NAME
from api.registry.sites.site_profiles import sites_of
from api.registry.sites.site_versions import site_alias
from api.registry.store import Checkpoint
from api.serving.inference import Predictor
from api.serving.live import RETRY_S, LiveModel
from api.serving.promotion import Promoter
from api.serving.sites.live_sites import LiveSites
from api.serving.sites.site_models import SiteModels
from api.serving.sites.site_promotion import SitePromoter
from tests.registry.stores import a_store
from tests.serving.servers import engine_of
from tests.support.checkpoints import damage
from tests.support.waiting import wait_until

VERSIONS = ("v1", "v2", "v3", "v4", "v5")


@dataclass
class Setting:
    """Champion v1, versions v2 to v5, room for two of them, and a clock that stands still."""

    folder: Path
    moment: float = 1000.0
    built: list[str] = field(default_factory=list)
    held: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.held.set()
        self.store = a_store(self.folder, *VERSIONS)
        self.live = LiveModel(self.store, Alias(self.folder), engine_of)
        self.live.refresh()
        self.sites = SiteModels(
            self.store,
            Alias(self.folder),
            self.live,
            self.build,
            capacity=2,
            clock=lambda: self.moment,
        )
        promoter = Promoter(self.store, Alias(self.folder), self.live)
        self.promoter = SitePromoter(
            self.store, self.sites, promoter, LiveSites(sites_of(self.store))
        )

    def build(self, checkpoint: Checkpoint):  # type: ignore[no-untyped-def]
        self.built.append(checkpoint.version)
        assert self.held.wait(10)
        return engine_of(checkpoint)

    def move(self, site: str, version: str) -> None:
        """As another process would."""
        site_alias(Alias(self.folder), site).move(version, by="job", reason="r", store=self.store)

    def answers(self, site: str | None) -> str:
        """The version that answers a request of a site."""
        return (self.sites.model_for(site) or self.live.current()).version


@pytest.fixture
def setting(tmp_path: Path) -> Iterator[Setting]:
    setting = Setting(tmp_path / "pneumonia")
    yield setting
    setting.held.set()
    setting.sites.close()


class TestAnswering:
    def test_a_site_is_answered_by_its_version_and_others_by_the_champion(
        self, setting: Setting
    ) -> None:
        setting.move("Süd", "v2")
        setting.sites.refresh()

        assert setting.answers("Süd") == "v2"
        assert [setting.answers(site) for site in ("Nord", None, "  ")] == ["v1"] * 3
        assert setting.built == ["v2"]

    def test_it_is_loaded_when_it_is_first_asked_for_and_stays_warm(self, setting: Setting) -> None:
        setting.move("Süd", "v2")
        setting.sites.refresh()
        assert setting.sites.version_for("Süd") == "v2"
        assert setting.sites.version_for("Nord") is None
        assert setting.built == []

        engines = {id(setting.sites.model_for("Süd")) for _ in range(5)}

        assert len(engines) == 1
        assert setting.built == ["v2"]

    def test_sites_with_one_version_share_its_engine(self, setting: Setting) -> None:
        for site in ("Süd", "Nord"):
            setting.move(site, "v2")
        setting.sites.refresh()

        assert setting.sites.model_for("Süd") is setting.sites.model_for("Nord")

    def test_the_one_not_asked_for_longest_goes_where_there_are_too_many(
        self, setting: Setting
    ) -> None:
        for site, version in (("a", "v2"), ("b", "v3"), ("c", "v4")):
            setting.move(site, version)
        setting.sites.refresh()

        assert [setting.answers(site) for site in ("a", "b", "a", "c")] == ["v2", "v3", "v2", "v4"]
        loaded = {s.version for s in setting.sites.standings() if s.is_loaded}
        assert loaded == {"v2", "v4"}
        assert setting.answers("b") == "v3"
        assert setting.built == ["v2", "v3", "v4", "v3"]

    def test_the_champions_version_needs_no_engine_of_its_own(self, setting: Setting) -> None:
        setting.move("Süd", "v1")
        setting.sites.refresh()

        assert setting.answers("Süd") == "v1"
        assert setting.built == []
        assert setting.sites.standings()[0].is_loaded

    def test_many_requests_at_once_have_it_loaded_once(self, setting: Setting) -> None:
        setting.move("Süd", "v2")
        setting.sites.refresh()
        found: list[str] = []
        threads = [
            threading.Thread(target=lambda: found.append(setting.answers("Süd"))) for _ in range(8)
        ]

        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert found == ["v2"] * 8
        assert setting.built == ["v2"]

    def test_what_came_as_somebody_looked_for_it_is_not_loaded_again(
        self, setting: Setting, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        setting.move("Süd", "v2")
        setting.sites.refresh()
        look = setting.sites._held

        def look_just_before(folder: str, version: str) -> Predictor | None:
            found = look(folder, version)
            if not setting.built:
                setting.sites.verify(version)
            return found

        monkeypatch.setattr(setting.sites, "_held", look_just_before)

        assert setting.answers("Süd") == "v2"
        assert setting.built == ["v2"]


class TestSwapping:
    def test_the_former_version_answers_until_the_new_one_is_loaded(self, setting: Setting) -> None:
        setting.move("Süd", "v2")
        setting.sites.refresh()
        assert setting.answers("Süd") == "v2"
        setting.held.clear()
        setting.move("Süd", "v3")

        setting.sites.refresh()

        assert setting.answers("Süd") == "v2"
        setting.held.set()
        wait_until(lambda: setting.answers("Süd") == "v3", "the new version answered")

    def test_a_request_that_began_on_the_old_one_keeps_it(self, setting: Setting) -> None:
        setting.move("Süd", "v2")
        setting.sites.refresh()
        engine = setting.sites.model_for("Süd")
        setting.move("Süd", "v3")
        setting.sites.refresh()
        wait_until(lambda: setting.answers("Süd") == "v3", "the new version answered")

        assert engine is not None
        assert engine.version == "v2"


class TestRefusing:
    def test_where_it_cannot_be_loaded_the_champion_answers_and_the_reason_is_said(
        self, setting: Setting
    ) -> None:
        damage(setting.store.weights_of("v2"))
        setting.move("Süd", "v2")
        setting.sites.refresh()

        assert setting.answers("Süd") == "v1"

        (standing,) = setting.sites.standings()
        assert "not those its card describes" in (standing.problem or "")
        assert "The champion answers meanwhile." in (standing.problem or "")
        assert not standing.is_loaded
        assert setting.sites.version_for("Süd") is None

    def test_it_is_tried_again_after_a_while_only(self, setting: Setting) -> None:
        weights = setting.store.weights_of("v2")
        content = weights.read_bytes()
        damage(weights)
        setting.move("Süd", "v2")
        setting.sites.refresh()
        for _ in range(3):
            assert setting.answers("Süd") == "v1"
        assert setting.built == ["v2"]
        weights.write_bytes(content)

        setting.moment += RETRY_S

        assert setting.answers("Süd") == "v2"
        assert setting.sites.standings()[0].problem is None

    def test_files_that_are_damaged_while_it_is_loaded_are_noticed(self, setting: Setting) -> None:
        setting.move("Süd", "v2")
        setting.sites.refresh()
        assert setting.answers("Süd") == "v2"
        setting.store.weights_of("v2").unlink()

        setting.sites.refresh()

        assert setting.answers("Süd") == "v1"
        assert "No checkpoint named 'v2'" in (setting.sites.standings()[0].problem or "")

    def test_a_damaged_alias_leaves_the_champion_to_answer(self, setting: Setting) -> None:
        setting.move("Süd", "v2")
        folder = site_alias(Alias(setting.folder), "Süd").folder
        (folder / FILE_NAME).write_bytes(b"[")
        (folder / BACKUP_NAME).unlink()

        setting.sites.refresh()

        assert setting.answers("Süd") == "v1"
        assert "'champion.json' is damaged" in (setting.sites.standings()[0].problem or "")

    def test_one_that_takes_long_to_load_does_not_hold_a_request(
        self, setting: Setting, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("api.serving.sites.site_models.LOAD_WAIT_S", 0.05)
        setting.move("Süd", "v2")
        setting.sites.refresh()
        setting.held.clear()

        assert setting.answers("Süd") == "v1"

        setting.held.set()
        wait_until(lambda: setting.answers("Süd") == "v2", "it was loaded")


class TestByHand:
    def test_a_version_answers_the_site_at_once_and_the_champion_everybody_else(
        self, setting: Setting
    ) -> None:
        setting.promoter.promote("v2", "Süd", reason="better there", overrides=("labels",))

        assert (setting.answers("Süd"), setting.answers(None)) == ("v2", "v1")
        (standing,) = setting.sites.standings()
        assert (standing.site, standing.rollback_target) == ("Süd", "champion")
        assert standing.history[0].overrides == ("labels",)

    def test_it_goes_back_step_by_step_to_the_champion(self, setting: Setting) -> None:
        setting.promoter.promote("v2", "Süd", reason="r")
        setting.promoter.promote("v3", "Süd", reason="r")

        back = [setting.promoter.rollback("Süd", reason="worse") for _ in range(2)]

        assert back == ["v2", "champion"]
        assert setting.answers("Süd") == "v1"
        with pytest.raises(Conflict, match="has no version of its own to go back from"):
            setting.promoter.rollback("Süd", reason="worse")
        setting.promoter.promote("v3", "Süd", reason="after all")
        assert setting.answers("Süd") == "v3"

    def test_from_another_version_than_answers_it_is_refused(self, setting: Setting) -> None:
        setting.promoter.promote("v2", "Süd", reason="r")

        with pytest.raises(Conflict, match="is answered by v2, not by v3"):
            setting.promoter.rollback("Süd", reason="worse", from_version="v3")
        with pytest.raises(Conflict, match="'v2' answers 'Süd' already"):
            setting.promoter.promote("v2", "Süd", reason="r")

    def test_a_version_that_cannot_serve_is_refused(self, setting: Setting) -> None:
        damage(setting.store.weights_of("v2"))

        with pytest.raises(InvalidCheckpoint):
            setting.promoter.promote("v2", "Süd", reason="r")
        with pytest.raises(NotFound):
            setting.promoter.promote("v9", "Süd", reason="r")

        assert setting.answers("Süd") == "v1"
        assert setting.sites.standings() == []

    def test_a_damaged_file_is_set_aside(self, setting: Setting) -> None:
        setting.promoter.promote("v2", "Süd", reason="r")
        folder = site_alias(Alias(setting.folder), "Süd").folder
        (folder / FILE_NAME).write_bytes(b"[")
        (folder / BACKUP_NAME).unlink()

        note = setting.promoter.promote("v3", "Süd", reason="r")

        assert "was damaged and is kept as" in note
        assert setting.answers("Süd") == "v3"
        assert setting.sites.standings()[0].rollback_target == "champion"
