"""Films that must never be learned from are known by their hashes."""

import hashlib
import os
from pathlib import Path

import numpy as np
import pytest

from api.errors import InvalidCheckpoint
from api.inputs.images.perceptual_hash import MAX_DISTANCE_BITS
from api.registry.champion import Alias
from api.registry.holdout import ChampionHoldout, HoldoutHashes, read_holdout
from api.registry.store import Store

NEAR = bytes(range(32))
SHA256 = hashlib.sha256(b"film").hexdigest()
OTHER = hashlib.sha256(b"other").hexdigest()


def with_bits_flipped(near: bytes, count: int) -> bytes:
    bits = np.unpackbits(np.frombuffer(near, dtype=np.uint8))
    bits[:count] ^= 1
    return np.packbits(bits).tobytes()


HELD_OUT = HoldoutHashes().with_images([(SHA256, NEAR), ("0" * 64, bytes([255]) * 32)])


class TestCovering:
    def test_the_same_file_is_covered_whatever_it_looks_like(self) -> None:
        assert HELD_OUT.covers(SHA256, with_bits_flipped(NEAR, 128))

    def test_the_same_picture_is_covered_whatever_file_it_is_in(self) -> None:
        assert HELD_OUT.covers(OTHER, with_bits_flipped(NEAR, MAX_DISTANCE_BITS))
        assert not HELD_OUT.covers(OTHER, with_bits_flipped(NEAR, MAX_DISTANCE_BITS + 1))

    def test_nothing_covers_nothing(self) -> None:
        assert not HoldoutHashes().covers(SHA256, NEAR)
        assert len(HoldoutHashes()) == 0


class TestGrowing:
    def test_each_image_is_kept_once(self) -> None:
        again = HELD_OUT.with_images([(SHA256, NEAR), (OTHER, bytes(32)), (OTHER, bytes(32))])

        assert len(again) == 3
        assert again.covers(OTHER, NEAR[::-1])


class TestOfTheChampion:
    def test_images_may_be_collected_before_there_is_a_model(self, tmp_path: Path) -> None:
        store = Store(tmp_path / "models", tmp_path / "none.h5", "pneumonia")

        assert len(ChampionHoldout(store, Alias(store.folder))()) == 0

    def test_a_changed_file_is_read_again(self, tmp_path: Path) -> None:
        store = Store(tmp_path / "models", tmp_path / "default.h5", "pneumonia")
        held_out = ChampionHoldout(store, Alias(store.folder))
        path = tmp_path / "default.holdout.npz"
        path.write_bytes(HoldoutHashes().dumped())
        os.utime(path, (1, 1))
        assert len(held_out()) == 0

        path.write_bytes(HELD_OUT.dumped())

        assert len(held_out()) == 2


class TestKeeping:
    def test_what_was_written_is_read_back(self, tmp_path: Path) -> None:
        path = tmp_path / "held_out.npz"
        path.write_bytes(HELD_OUT.dumped())

        found = read_holdout(path)

        assert len(found) == 2
        assert found.covers(SHA256, bytes(32))
        assert (found.near == HELD_OUT.near).all()

    def test_checkpoints_of_old_have_none(self, tmp_path: Path) -> None:
        assert len(read_holdout(tmp_path / "none.npz")) == 0

    @pytest.mark.parametrize("cut", [0, 10, 100])
    def test_a_damaged_file_is_refused(self, tmp_path: Path, cut: int) -> None:
        path = tmp_path / "held_out.npz"
        path.write_bytes(HELD_OUT.dumped()[:cut])

        with pytest.raises(InvalidCheckpoint, match=r"held_out\.npz"):
            read_holdout(path)

    def test_hashes_of_other_lengths_are_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "held_out.npz"
        path.write_bytes(HoldoutHashes(HELD_OUT.sha256, HELD_OUT.near[:1]).dumped())

        with pytest.raises(InvalidCheckpoint, match="one hash of each kind"):
            read_holdout(path)
