"""What a live model refuses to load, and that it goes on with what it has."""

import json

import pytest

from api.errors import InvalidCheckpoint, ModelNotReady, StorageFailed
from api.registry.store import (
    CARD_NAME,
    card_path,
    reference_path,
)
from api.serving.live import RETRY_S, LiveModel
from api.serving.promotion import Promoter
from tests.serving.live_models import Setting
from tests.support.checkpoints import add_version, damage
from tests.support.damaged_json import NOT_A_HISTORY
from tests.support.scarce import no_descriptors


class TestStartingWithADamagedAlias:
    def test_the_champion_of_the_copy_serves(self, setting: Setting) -> None:
        add_version(setting.models, setting.tiny, "v2")
        setting.alias.move("v2", previous="v1", by="test", reason="r")
        setting.alias.path.write_bytes(b"null")

        setting.live.refresh()

        assert setting.live.version == "v2"
        assert "'champion.backup.json' is followed" in (setting.live.problem or "")

    def test_the_default_serves_where_there_is_nothing_else(self, setting: Setting) -> None:
        setting.store.folder.mkdir(parents=True)
        setting.alias.path.write_bytes(b"null")

        setting.live.refresh()

        assert setting.live.version == "v1"
        assert "There is no version but the default" in (setting.live.problem or "")

    def test_without_a_copy_a_person_says_which_version_it_is(self, setting: Setting) -> None:
        add_version(setting.models, setting.tiny, "v2")
        setting.alias.path.write_bytes(b"null")
        setting.live.refresh()
        with pytest.raises(ModelNotReady, match=r"damaged.*promote the version that should serve"):
            setting.live.current()

        Promoter(setting.store, setting.alias, setting.live).promote("v2", reason="It was this.")

        assert (setting.live.version, setting.live.problem) == ("v2", None)
        assert setting.built == ["v2"]

    def test_of_a_former_releases_alias_a_copy_is_made(self, setting: Setting) -> None:
        add_version(setting.models, setting.tiny, "v2")
        setting.promote("v2")
        setting.alias.backup.unlink()

        restarted = LiveModel(setting.store, setting.alias, setting.build)
        restarted.refresh()

        assert setting.alias.backup.read_bytes() == setting.alias.path.read_bytes()


class TestRefusing:
    @pytest.mark.parametrize("what", ["weights", "card", "reference", "missing"])
    def test_a_bad_champion_leaves_the_old_one_serving(self, setting: Setting, what: str) -> None:
        setting.live.refresh()
        if what != "missing":
            weights = add_version(setting.models, setting.tiny, "v2")
            files = {"card": weights.with_name(CARD_NAME), "reference": reference_path(weights)}
            damage(files.get(what, weights))

        setting.promote("v2")

        assert setting.live.current().version == "v1"
        with pytest.raises(InvalidCheckpoint, match="Meanwhile v1 goes on serving"):
            setting.live.describe()

    @pytest.mark.parametrize("has_copy", [True, False])
    @pytest.mark.parametrize("content", NOT_A_HISTORY, ids=range(len(NOT_A_HISTORY)))
    def test_a_damaged_alias_leaves_what_serves_serving(
        self, setting: Setting, content: bytes, has_copy: bool
    ) -> None:
        add_version(setting.models, setting.tiny, "v2")
        setting.promote("v2")
        if not has_copy:
            setting.alias.backup.unlink()
        setting.alias.path.write_bytes(content)

        for _ in range(3):
            setting.live.refresh()
            setting.moment += RETRY_S

        assert setting.built == ["v2"]
        with pytest.raises(InvalidCheckpoint, match=r"damaged.*Meanwhile v2 goes on serving"):
            setting.live.describe()

    def test_a_missing_alias_leaves_what_serves_serving(self, setting: Setting) -> None:
        add_version(setting.models, setting.tiny, "v2")
        setting.promote("v2")
        setting.alias.path.unlink()

        setting.live.refresh()

        assert setting.live.version == "v2"
        assert "'champion.json' is missing" in (setting.live.problem or "")

    def test_an_alias_that_cannot_be_opened_is_not_called_damaged(self, setting: Setting) -> None:
        add_version(setting.models, setting.tiny, "v2")
        setting.promote("v2")

        with no_descriptors():
            setting.live.refresh()
            problem = setting.live.problem or ""
        setting.live.refresh()

        assert "Too many open files" in problem
        assert "damaged" not in problem
        assert (setting.live.version, setting.live.problem) == ("v2", None)

    def test_an_alias_that_is_restored_is_no_problem_any_more(self, setting: Setting) -> None:
        add_version(setting.models, setting.tiny, "v2")
        setting.promote("v2")
        content = setting.alias.path.read_bytes()
        setting.alias.path.write_bytes(b"{}")
        setting.live.refresh()
        setting.alias.path.write_bytes(content)

        setting.live.refresh()

        assert (setting.live.version, setting.live.problem) == ("v2", None)

    def test_an_edited_card_leaves_the_engine_of_before_serving(self, setting: Setting) -> None:
        setting.live.refresh()
        path = card_path(setting.default)
        edited = json.loads(path.read_bytes())
        edited["operating_points"]["balanced"]["threshold"] = 0.123
        path.write_text(json.dumps(edited))

        setting.live.refresh()

        assert setting.live.current().card == setting.tiny.card
        with pytest.raises(InvalidCheckpoint, match=r"'operating_points'.*v1 goes on serving"):
            setting.live.describe()

    def test_a_bad_champion_is_not_loaded_again_and_again(self, setting: Setting) -> None:
        setting.live.refresh()
        setting.fault = StorageFailed("The disk is full.")
        add_version(setting.models, setting.tiny, "v2")
        setting.promote("v2")
        setting.fault = None

        setting.moment += RETRY_S - 1
        setting.live.refresh()
        assert setting.live.version == "v1"
        setting.moment += 1
        setting.live.refresh()

        assert setting.live.version == "v2"
        assert setting.live.problem is None

    def test_a_problem_that_goes_away_by_going_back_is_forgotten(self, setting: Setting) -> None:
        setting.live.refresh()
        setting.promote("v2")

        setting.promote("v1")

        assert setting.live.problem is None
        assert setting.built == ["v1"]
