"""Compiling a checkpoint for serving, once, by the real compiler."""

import hashlib
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from api.errors import InvalidCheckpoint, StorageFailed
from api.model_card.card_file import write_card
from api.registry.store import Checkpoint, card_path, compiled_path
from api.serving.compiled import Compiler
from api.serving.engine import Engine
from api.settings import Settings
from tests.support.checkpoints import TinyCheckpoint, damage
from tests.support.waiting import wait_until


def compiler(folder: Path) -> Compiler:
    return Compiler(folder, Settings().as_environment())


def unable(folder: Path) -> Compiler:
    """One that fails if it is asked to compile after all."""
    stopped = compiler(folder)
    stopped.close()
    return stopped


class TestCompiling:
    def test_a_sound_checkpoint_is_compiled_and_its_engine_answers(
        self, tiny: TinyCheckpoint, tmp_path: Path
    ) -> None:
        path = compiler(tmp_path).compiled(tiny.checkpoint)

        assert path == compiled_path(tmp_path, tiny.card.weights_sha256)
        Engine(tiny.checkpoint, path, interpreters=1).check()
        assert not [file for file in tmp_path.iterdir() if file.name.startswith(".tmp-")]

    def test_what_is_there_already_is_used(self, tiny: TinyCheckpoint) -> None:
        assert unable(tiny.compiled.parent).compiled(tiny.checkpoint) == tiny.compiled

    def test_weights_that_are_not_the_cards_are_refused_even_if_compiled(
        self, tiny: TinyCheckpoint, default_model: Path
    ) -> None:
        damage(default_model)
        checkpoint = replace(tiny.checkpoint, weights=default_model)

        with pytest.raises(InvalidCheckpoint, match="not those its card describes"):
            unable(tiny.compiled.parent).compiled(checkpoint)

    def test_weights_that_are_no_network_are_refused_in_one_sentence(
        self, tiny: TinyCheckpoint, tmp_path: Path
    ) -> None:
        weights = tmp_path / "model.h5"
        weights.write_bytes(b"no network")
        sha256 = hashlib.sha256(b"no network").hexdigest()
        checkpoint = Checkpoint(weights, tiny.card.model_copy(update={"weights_sha256": sha256}))
        write_card(card_path(weights), checkpoint.card)

        with pytest.raises(InvalidCheckpoint, match=r"'v1' does not compile: .*not a Keras model"):
            compiler(tmp_path / "compiled").compiled(checkpoint)

    def test_a_folder_that_cannot_be_made_is_a_storage_error(
        self, tiny: TinyCheckpoint, tmp_path: Path
    ) -> None:
        (tmp_path / "file").write_bytes(b"")

        with pytest.raises(StorageFailed):
            compiler(tmp_path / "file" / "compiled").compiled(tiny.checkpoint)

    def test_a_server_that_stops_compiles_nothing_any_more(
        self, tiny: TinyCheckpoint, tmp_path: Path
    ) -> None:
        with pytest.raises(InvalidCheckpoint, match="is stopping"):
            unable(tmp_path).compiled(tiny.checkpoint)

        assert not list(tmp_path.glob("*.tflite"))

    def test_stopping_ends_a_compilation_that_is_under_way(
        self, tiny: TinyCheckpoint, tmp_path: Path
    ) -> None:
        compiler_ = compiler(tmp_path)

        with ThreadPoolExecutor(1) as pool:
            result = pool.submit(compiler_.compiled, tiny.checkpoint)
            wait_until(lambda: any(tmp_path.glob("*.lock")), "it had begun")
            compiler_.close()

            with pytest.raises(InvalidCheckpoint):
                result.result()
        assert not list(tmp_path.glob("*.tflite"))

    def test_a_lock_that_cannot_be_taken_is_a_storage_error(
        self, tiny: TinyCheckpoint, tmp_path: Path
    ) -> None:
        folder = tmp_path / "compiled"
        compiled_path(folder, tiny.card.weights_sha256).with_suffix(".lock").mkdir(parents=True)

        with pytest.raises(StorageFailed):
            compiler(folder).compiled(tiny.checkpoint)
        shutil.rmtree(folder)


class TestDiscarding:
    def test_a_compiled_model_is_forgotten_once_only(
        self, tiny: TinyCheckpoint, tmp_path: Path
    ) -> None:
        compiler = Compiler(tmp_path, {})
        path = compiled_path(tmp_path, tiny.checkpoint.card.weights_sha256)
        path.write_bytes(b"rotten")

        assert compiler.discard(tiny.checkpoint)
        assert not path.exists()
        path.write_bytes(b"made again, and still refused")

        assert not compiler.discard(tiny.checkpoint)
        assert path.exists()
