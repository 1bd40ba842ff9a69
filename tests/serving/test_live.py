"""The champion in a process: swapped when it is sound, never when it is not."""

import shutil
from pathlib import Path

import pytest

from api.errors import InvalidCheckpoint, ModelNotReady, NotFound
from api.inputs.images.synthetic import synthetic_image
from api.registry.store import (
    Checkpoint,
    reference_path,
)
from api.serving.compiled import Compiler
from api.serving.engine import Engine, engine_loader
from api.serving.live import predictor_builder
from tests.serving.live_models import Setting
from tests.support.checkpoints import TinyCheckpoint, add_version, damage


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
