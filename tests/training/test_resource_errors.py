"""What a machine lacks is named in words, whoever complains of it."""

import errno
import os
from pathlib import Path

import keras
import pytest
import tensorflow as tf

from api.training.pipelines.checkpoint import save_weights
from api.training.resource_errors import (
    DISK_FULL,
    NO_MEMORY,
    NOT_WRITABLE,
    resource_error_in,
)
from tests.support.full_disk import full_disk


class TestMemory:
    def test_pythons_and_tensorflows_words_mean_the_same(self) -> None:
        words = "failed to allocate memory"

        assert resource_error_in(tf.errors.ResourceExhaustedError(None, None, words)) == NO_MEMORY
        assert resource_error_in(MemoryError()) == NO_MEMORY

    def test_what_came_of_it_tells_too(self) -> None:
        error = ValueError("no weights")
        error.__cause__ = MemoryError()

        assert resource_error_in(error) == NO_MEMORY


class TestDisk:
    def test_a_weights_file_that_does_not_fit(self, tmp_path: Path) -> None:
        inputs = keras.Input((10,))
        model = keras.Model(inputs, keras.layers.Dense(10_000)(inputs))

        with full_disk(), pytest.raises((OSError, RuntimeError)) as caught:
            save_weights(model, tmp_path / "model.h5")

        assert resource_error_in(caught.value) == DISK_FULL

    def test_a_full_disk_is_no_lack_of_memory_to_tensorflow_either(self) -> None:
        words = f"/tmp/model; {os.strerror(errno.ENOSPC)}"

        assert resource_error_in(tf.errors.ResourceExhaustedError(None, None, words)) == DISK_FULL

    def test_a_folder_that_is_read_only(self) -> None:
        assert resource_error_in(OSError(errno.EROFS, os.strerror(errno.EROFS))) == NOT_WRITABLE


class TestOthers:
    @pytest.mark.parametrize("error", [ValueError("shape"), OSError(errno.EIO, "I/O error")])
    def test_they_are_not_explained_away(self, error: Exception) -> None:
        assert resource_error_in(error) is None
