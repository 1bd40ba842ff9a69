"""What a checkpoint remembers: which films, how exactly, and how it is kept."""

import hashlib
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from api.errors import InvalidCheckpoint
from api.model_card.card import Replay
from api.tasks.task import Task
from api.training.data.replay_memory import (
    LEVELS,
    SIZES,
    Latents,
    ReplayMemory,
    balanced,
    build_memory,
    load_memory,
    packed,
    parse,
    proportional,
    record_of,
    unpacked,
)


def names(count: int, seed: int = 0) -> list[str]:
    return [hashlib.sha256(f"{seed}/{row}".encode()).hexdigest() for row in range(count)]


def latents(count: int, *, seed: int = 0, source: str = "here") -> Latents:
    rng = np.random.default_rng(seed)
    return Latents(
        activations=rng.normal(0, 3, (count, 2, 2, 5)).astype(np.float16),
        distances=rng.random(count).astype(np.float32),
        site_distances=rng.random(count).astype(np.float32),
        targets=np.arange(count) % 4,
        sources=(source,) * count,
        sha256=tuple(names(count, seed)),
    )


@pytest.fixture
def memory() -> ReplayMemory:
    return build_memory({name: latents(40, seed=n) for n, name in enumerate(SIZES)})


class TestChoosing:
    def test_each_kind_gets_the_same_room_and_what_is_left_goes_to_the_others(self) -> None:
        kinds = [("a", 0)] * 100 + [("a", 1)] * 50 + [("b", 0)] * 5

        rows = balanced(kinds, names(155), 65)

        assert Counter(kinds[row] for row in rows) == {("a", 0): 30, ("a", 1): 30, ("b", 0): 5}
        assert rows == sorted(set(rows))

    def test_a_cross_section_keeps_the_shares(self) -> None:
        kinds = [("a", 0)] * 100 + [("a", 1)] * 50 + [("b", 0)] * 10

        rows = proportional(kinds, names(160), 16)

        assert Counter(kinds[row] for row in rows) == {("a", 0): 10, ("a", 1): 5, ("b", 0): 1}

    @pytest.mark.parametrize("choose", [balanced, proportional])
    def test_fewer_images_than_wanted_are_all_kept(self, choose: object) -> None:
        assert callable(choose)
        assert choose([("a", 0)] * 3, names(3), 10) == [0, 1, 2]

    def test_the_choice_hangs_on_content_alone(self) -> None:
        sha256, kinds = names(20), [("a", 0)] * 20
        rows = balanced(kinds, sha256, 5)
        turned = balanced(kinds, sha256[::-1], 5)

        assert {sha256[row] for row in rows} == {sha256[::-1][row] for row in turned}


class TestPacking:
    @pytest.mark.parametrize("shape", [(3, 5), (2, 4), (0, 7)])
    def test_four_bits_come_back(self, shape: tuple[int, ...]) -> None:
        codes: npt.NDArray[np.uint8] = np.random.default_rng(0).integers(
            0, LEVELS + 1, shape, dtype=np.uint8
        )

        content = packed(codes)

        assert len(content) == -(-codes.size // 2)
        assert np.array_equal(unpacked(content, shape), codes)


class TestKeeping:
    def test_what_is_read_back_is_nearly_what_was_stored(self, memory: ReplayMemory) -> None:
        again = parse(memory.to_bytes())

        for name, images in memory.splits.items():
            loaded = again.splits[name]
            assert (loaded.sha256, loaded.sources) == (images.sha256, images.sources)
            assert np.array_equal(loaded.targets, images.targets)
            assert np.array_equal(loaded.distances, images.distances)
            assert np.array_equal(loaded.site_distances, images.site_distances)
            step = (memory.high - memory.low) / LEVELS
            within = np.clip(images.activations.astype(np.float32), memory.low, memory.high)
            assert (np.abs(loaded.activations - within) <= step / 2 + 0.01).all()

    def test_storing_again_loses_nothing_more(self, memory: ReplayMemory) -> None:
        once = parse(memory.to_bytes())
        twice = parse(once.to_bytes())

        for name in SIZES:
            assert np.array_equal(once.splits[name].activations, twice.splits[name].activations)

    def test_new_images_take_their_share_and_the_judged_ones_stay(
        self, memory: ReplayMemory
    ) -> None:
        new = latents(SIZES["train"], seed=9, source="uploads")

        grown = memory.with_training_images(new)

        train = grown.splits["train"]
        assert len(train) == SIZES["train"]
        assert Counter(train.sources) == {"here": 40, "uploads": SIZES["train"] - 40}
        assert grown.splits["holdout"] is memory.splits["holdout"]

    def test_an_image_that_is_a_sample_here_is_not_remembered_as_it_was(
        self, memory: ReplayMemory
    ) -> None:
        gone = set(memory.splits["train"].sha256[:3]) | set(memory.splits["holdout"].sha256)

        left = memory.without(gone)

        assert not left.hashes("train") & gone
        assert len(left.splits["train"]) == 37
        assert left.hashes("holdout") == memory.hashes("holdout")

    def test_an_image_is_remembered_once(self, memory: ReplayMemory) -> None:
        grown = memory.with_training_images(memory.splits["train"].take([0, 1]))

        assert len(grown.splits["train"]) == 40


class TestReading:
    @pytest.fixture
    def record(self, memory: ReplayMemory, task: Task) -> Replay:
        return record_of(memory, memory.to_bytes(), task, first_trainable="x", frozen="y")

    def test_the_record_counts_the_images(self, record: Replay, task: Task) -> None:
        assert record.counts["train"] == {"here": dict.fromkeys(task.labels, 10)}

    def test_a_coarse_label_is_kept_and_counted(self, memory: ReplayMemory, task: Task) -> None:
        train = memory.splits["train"]
        train = replace(train, targets=np.where(train.targets == 3, -1, train.targets))
        coarse = ReplayMemory({**memory.splits, "train": train}, memory.low, memory.high)

        record = record_of(coarse, coarse.to_bytes(), task, first_trainable="x", frozen="y")

        assert record.counts["train"]["here"]["finding"] == 10
        assert record.counts["train"]["here"][task.labels[3]] == 0
        assert parse(coarse.to_bytes()).splits["train"].kinds.count(("here", -1)) == 10

    def test_the_file_that_the_card_describes_is_read(
        self, memory: ReplayMemory, record: Replay, tmp_path: Path
    ) -> None:
        path = tmp_path / "replay.npz"
        path.write_bytes(memory.to_bytes())

        assert len(load_memory(path, record).splits["train"]) == 40

    @pytest.mark.parametrize(
        ("content", "words"),
        [(None, "missing"), (b"other", "not the one its card describes")],
        ids=["missing", "replaced"],
    )
    def test_another_file_is_refused_with_what_to_do(
        self, record: Replay, tmp_path: Path, content: bytes | None, words: str
    ) -> None:
        path = tmp_path / "replay.npz"
        if content is not None:
            path.write_bytes(content)

        with pytest.raises(InvalidCheckpoint, match=f"{words}.*promote another"):
            load_memory(path, record)

    def test_a_file_that_is_none_is_refused_even_with_its_hash(
        self, record: Replay, tmp_path: Path
    ) -> None:
        path = tmp_path / "replay.npz"
        path.write_bytes(b"no archive")
        own = record.model_copy(update={"sha256": hashlib.sha256(b"no archive").hexdigest()})

        with pytest.raises(InvalidCheckpoint, match="cannot be read"):
            load_memory(path, own)
