"""A checkpoint in compute processes answers as one in this process."""

import os
import signal
from pathlib import Path

import numpy as np
import pytest

from api.errors import InvalidCheckpoint
from api.inputs.images.decoding import Limits
from api.registry.store import Checkpoint
from api.serving.engine import Engine
from api.serving.processes.forks import Forks
from api.serving.processes.pool import Counts
from api.serving.processes.predictor import PredictorProcesses
from tests.support import images
from tests.support.checkpoints import TinyCheckpoint


def predictor(
    tiny: TinyCheckpoint, forks: Forks, compiled: Path | None = None
) -> PredictorProcesses:
    return PredictorProcesses(
        tiny.checkpoint,
        compiled or tiny.compiled,
        "fp32",
        forks=forks,
        processes=2,
        max_image_seconds=60,
        counts=Counts(),
    )


class TestInferring:
    @pytest.mark.parametrize("alone", [False, True])
    def test_it_gives_what_the_engine_gives(
        self, tiny: TinyCheckpoint, forks: Forks, alone: bool
    ) -> None:
        engine = Engine(tiny.checkpoint, tiny.compiled, interpreters=1)
        content = images.jpeg()

        there = predictor(tiny, forks).infer(content, Limits(), alone=alone)
        here = engine.infer(content, Limits())

        for name in ("logits", "early_features", "activation"):
            np.testing.assert_allclose(
                getattr(there.outputs, name), getattr(here.outputs, name), rtol=1e-4, atol=1e-4
            )
        assert there.unlikeness == pytest.approx(here.unlikeness, rel=1e-4)
        assert (there.sha256, there.quality_issues) == (here.sha256, here.quality_issues)
        assert there.decode_ms > 0
        assert there.inference_ms > 0

    def test_an_image_that_another_one_decoded_gives_the_same(
        self, tiny: TinyCheckpoint, forks: Forks
    ) -> None:
        loaded, content = predictor(tiny, forks), images.jpeg()

        first = loaded.infer(content, Limits(), keep_decoded=True)
        assert first.decoded is not None
        again = loaded.infer_decoded(first.decoded, sha256=first.sha256)

        np.testing.assert_array_equal(again.outputs.logits, first.outputs.logits)
        np.testing.assert_array_equal(again.acquisition, first.acquisition)
        assert (again.unlikeness, again.site_distance, again.sha256, again.quality_issues) == (
            first.unlikeness, first.site_distance, first.sha256, first.quality_issues,
        )  # fmt: skip
        assert (again.decode_ms, again.decoded) == (0, None)
        assert loaded.infer(content, Limits()).decoded is None

    def test_after_a_crash_the_model_is_there_again(
        self, tiny: TinyCheckpoint, forks: Forks
    ) -> None:
        loaded = predictor(tiny, forks)
        for process in list(loaded._pool._places.idle):
            os.kill(process.pid, signal.SIGKILL)

        loaded.check()

        assert loaded.infer(images.png(), Limits()).outputs.logits.shape == (4,)


class TestLoading:
    def test_a_model_that_is_not_the_cards_is_refused_with_the_reason(
        self, tiny: TinyCheckpoint, forks: Forks
    ) -> None:
        card = tiny.checkpoint.card.model_copy(update={"temperature": 2.0})
        checkpoint = Checkpoint(tiny.checkpoint.weights, card)

        with pytest.raises(InvalidCheckpoint, match="golden outputs"):
            PredictorProcesses(
                checkpoint,
                tiny.compiled,
                "fp32",
                forks=forks,
                processes=1,
                max_image_seconds=60,
                counts=Counts(),
            )

    def test_a_damaged_file_is_refused(
        self, tiny: TinyCheckpoint, forks: Forks, tmp_path: Path
    ) -> None:
        path = tmp_path / "damaged.tflite"
        path.write_bytes(b"nothing")

        with pytest.raises(InvalidCheckpoint, match="cannot be loaded"):
            predictor(tiny, forks, path)
