"""The champion in a process: swapped when it is sound, never when it is not."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from api.errors import InvalidCheckpoint, ModelNotReady, NotFound, StorageFailed
from api.inputs.images.synthetic import synthetic_image
from api.registry.champion import Alias
from api.registry.store import (
    CARD_NAME,
    Checkpoint,
    Store,
    card_path,
    reference_path,
    verify_weights,
)
from api.serving.compiled import Compiler
from api.serving.engine import Engine, engine_loader
from api.serving.live import RETRY_S, Build, LiveModel, predictor_builder
from api.serving.promotion import Promoter
from tests.support.checkpoints import TinyCheckpoint, add_version, damage
from tests.support.damaged_json import NOT_A_HISTORY
from tests.support.scarce import no_descriptors


@dataclass
class Setting:
    """A live model over real files, with a clock that stands still."""

    models: Path
    tiny: TinyCheckpoint
    default: Path
    moment: float = 1000.0
    built: list[str] = field(default_factory=list)
    fault: Exception | None = None

    def __post_init__(self) -> None:
        self.store = Store(self.models / "pneumonia", self.default, "pneumonia")
        self.alias = Alias(self.store.folder)
        build: Build = self.build
        clock: Callable[[], float] = lambda: self.moment  # noqa: E731
        self.live = LiveModel(self.store, self.alias, build, clock=clock)

    def build(self, checkpoint: Checkpoint) -> Engine:
        if self.fault:
            raise self.fault
        verify_weights(checkpoint)
        self.built.append(checkpoint.version)
        return Engine(checkpoint, self.tiny.compiled, interpreters=1)

    def promote(self, version: str) -> None:
        previous = self.alias.current() or "v1"
        self.alias.move(version, previous=previous, by="test", reason="r")
        self.live.refresh()


@pytest.fixture
def setting(tmp_path: Path, tiny: TinyCheckpoint, default_model: Path) -> Setting:
    return Setting(tmp_path / "models", tiny, default_model)


class TestLoading:
    def test_before_the_first_look_no_model_is_ready(self, setting: Setting) -> None:
        with pytest.raises(ModelNotReady, match="being prepared"):
            setting.live.current()
        assert setting.live.version is None

    def test_the_default_serves_while_none_was_promoted(self, setting: Setting) -> None:
        setting.live.refresh()

        assert setting.live.current().version == "v1"
        assert setting.live.describe() == "serving v1"
        assert setting.live.problem is None

    def test_nothing_is_loaded_again_while_nothing_changes(self, setting: Setting) -> None:
        for _ in range(5):
            setting.live.refresh()
            setting.moment += 100

        assert setting.built == ["v1"]

    def test_without_a_sound_model_the_reason_is_given(self, setting: Setting) -> None:
        damage(setting.default)

        setting.live.refresh()

        with pytest.raises(ModelNotReady, match=r"No model can serve: .*not those its card"):
            setting.live.current()

    def test_a_restored_file_serves_at_once(self, setting: Setting) -> None:
        damage(setting.default)
        setting.live.refresh()
        setting.default.write_bytes(setting.tiny.weights.read_bytes())

        setting.live.refresh()

        assert setting.live.version == "v1"

    def test_a_restored_reference_serves_at_once(self, setting: Setting) -> None:
        reference = reference_path(setting.default)
        content = reference.read_bytes()
        reference.unlink()
        setting.live.refresh()
        assert "without it nobody knows" in (setting.live.problem or "")
        reference.write_bytes(content)

        setting.live.refresh()

        assert setting.live.version == "v1"


class TestBuilding:
    def test_a_missing_reference_does_not_cost_the_compiled_model(
        self, tiny: TinyCheckpoint, default_model: Path, tmp_path: Path
    ) -> None:
        compiled = tmp_path / tiny.compiled.name
        shutil.copyfile(tiny.compiled, compiled)
        reference_path(default_model).unlink()
        compiler = Compiler(tmp_path, {})
        compiler.close()
        build = predictor_builder(compiler, engine_loader(1))

        with pytest.raises(InvalidCheckpoint, match="reference"):
            build(Checkpoint(default_model, tiny.card))

        assert compiled.is_file()


class TestSwapping:
    def test_a_promoted_version_is_swapped_in(self, setting: Setting) -> None:
        setting.live.refresh()
        add_version(setting.models, setting.tiny, "v2")

        setting.promote("v2")

        assert setting.live.version == "v2"

    def test_a_request_that_began_on_the_old_one_ends_on_it(self, setting: Setting) -> None:
        setting.live.refresh()
        engine = setting.live.current()
        assert isinstance(engine, Engine)
        image = engine.card.preprocessing.apply(synthetic_image("lobar", seed=1))
        before = engine.run(image).logits.tolist()
        add_version(setting.models, setting.tiny, "v2")

        setting.promote("v2")

        assert engine.run(image).logits.tolist() == before
        assert setting.live.current() is not engine

    def test_a_rollback_finds_the_old_engine_still_warm(self, setting: Setting) -> None:
        setting.live.refresh()
        old = setting.live.current()
        add_version(setting.models, setting.tiny, "v2")
        setting.promote("v2")

        setting.promote("v1")

        assert setting.live.current() is old
        assert setting.built == ["v1", "v2"]

    @pytest.mark.parametrize(
        ("what", "words"),
        [("weights", "not those its card"), ("reference", "not the one its card")],
    )
    def test_a_warm_engine_whose_file_was_damaged_meanwhile_is_not_used(
        self, setting: Setting, what: str, words: str
    ) -> None:
        setting.live.refresh()
        add_version(setting.models, setting.tiny, "v2")
        setting.promote("v2")
        damage(setting.default if what == "weights" else reference_path(setting.default))

        setting.promote("v1")

        assert setting.live.version == "v2"
        assert words in (setting.live.problem or "")


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


class TestProving:
    def test_a_sound_version_passes_and_is_not_served(self, setting: Setting) -> None:
        setting.live.refresh()
        add_version(setting.models, setting.tiny, "v2")

        setting.live.verify("v2")

        assert setting.live.version == "v1"

    def test_a_damaged_version_is_refused(self, setting: Setting) -> None:
        damage(add_version(setting.models, setting.tiny, "v2"))

        with pytest.raises(InvalidCheckpoint):
            setting.live.verify("v2")

    def test_an_unknown_version_is_refused(self, setting: Setting) -> None:
        with pytest.raises(NotFound):
            setting.live.verify("v2")
