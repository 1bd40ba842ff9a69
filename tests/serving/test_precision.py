"""Which of two forms of a checkpoint serves."""

from pathlib import Path

import pytest

from api.model_card.card_file import write_card
from api.model_card.quantization import PrecisionSetting
from api.registry.champion import Alias
from api.registry.store import (
    Checkpoint,
    Store,
    card_path,
    int8_path,
)
from api.serving.compiled import Compiler
from api.serving.engine import Engine, engine_loader
from api.serving.live import LiveModel, predictor_builder
from tests.support.checkpoints import TinyCheckpoint, damage, give_int8_form


class TestPrecision:
    """The int8 form here is a copy of the other."""

    @pytest.fixture
    def checkpoint(self, default_model: Path, tiny: TinyCheckpoint) -> Checkpoint:
        return Checkpoint(default_model, give_int8_form(default_model, tiny, met=True))

    def built(
        self, tiny: TinyCheckpoint, checkpoint: Checkpoint, precision: PrecisionSetting
    ) -> Engine:
        compiler = Compiler(tiny.compiled.parent, {})
        engine = predictor_builder(compiler, engine_loader(1), precision=precision)(checkpoint)
        assert isinstance(engine, Engine)
        return engine

    @pytest.mark.parametrize(
        ("met", "setting", "serves"),
        [
            (True, "auto", "int8"),
            (False, "auto", "fp32"),
            (True, "fp32", "fp32"),
            (False, "int8", "int8"),
        ],
    )
    def test_int8_serves_if_it_may_or_must(
        self,
        default_model: Path,
        tiny: TinyCheckpoint,
        met: bool,
        setting: PrecisionSetting,
        serves: str,
    ) -> None:
        checkpoint = Checkpoint(default_model, give_int8_form(default_model, tiny, met=met))

        assert self.built(tiny, checkpoint, setting).precision == serves

    @pytest.mark.parametrize("setting", ["auto", "int8"])
    def test_without_an_int8_form_fp32_serves(
        self, default_model: Path, tiny: TinyCheckpoint, setting: PrecisionSetting
    ) -> None:
        assert self.built(tiny, Checkpoint(default_model, tiny.card), setting).precision == "fp32"

    @pytest.mark.parametrize("what", ["damaged", "gone"])
    def test_without_a_whole_int8_form_fp32_serves_and_the_log_says_why(
        self,
        tiny: TinyCheckpoint,
        checkpoint: Checkpoint,
        what: str,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        path = int8_path(checkpoint.weights)
        damage(path) if what == "damaged" else path.unlink()

        assert self.built(tiny, checkpoint, "auto").precision == "fp32"
        assert "int8 form refused, fp32 serves" in caplog.text
        assert path.name in caplog.text

    @pytest.mark.parametrize(("setting", "serves"), [("auto", "int8"), ("fp32", "fp32")])
    def test_a_restored_int8_form_serves_at_once_where_it_is_wanted(
        self, tiny: TinyCheckpoint, checkpoint: Checkpoint, setting: PrecisionSetting, serves: str
    ) -> None:
        weights = checkpoint.weights
        write_card(card_path(weights), checkpoint.card)
        store = Store(weights.parent / "pneumonia", weights, "pneumonia")
        path = int8_path(weights)
        content = path.read_bytes()
        live = LiveModel(
            store,
            Alias(store.folder),
            lambda found: self.built(tiny, found, setting),
            precision=setting,
        )
        damage(path)
        live.refresh()
        former = live.current()
        assert former.precision == "fp32"
        path.write_bytes(content)

        live.refresh()

        assert live.precision == serves
        assert (live.current() is former) == (setting == "fp32")

    def test_a_form_that_answers_otherwise_than_its_card_says_does_not_serve(
        self, tiny: TinyCheckpoint, checkpoint: Checkpoint, caplog: pytest.LogCaptureFixture
    ) -> None:
        record = checkpoint.card.reduced
        assert record is not None
        golden = tuple(
            g.model_copy(update={"probabilities": g.probabilities[::-1]}) for g in record.golden
        )
        changed = record.model_copy(update={"golden": golden})
        other = Checkpoint(
            checkpoint.weights, checkpoint.card.model_copy(update={"reduced": changed})
        )

        assert self.built(tiny, other, "auto").precision == "fp32"
        assert "does not reproduce its golden outputs" in caplog.text
