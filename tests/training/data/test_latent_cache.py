"""Films as activations: computed once, kept, found again, drawn from."""

from pathlib import Path

import keras
import numpy as np
import pytest

from api.arrays import Float16Array, Float32Array
from api.files import sha256_of
from api.inputs.discovery import LabelledImage
from api.inputs.images.decoding import Limits, decode
from api.inputs.images.synthetic import synthetic_png
from api.records.upkeep.latent_files import delete_latents, delete_shared_latents
from api.storage.folder_store import FolderStore
from api.tasks.task import Task
from api.training.data.frozen_backbone import FrozenBackbone, compute_latents
from api.training.data.latent_batches import LatentBatches
from api.training.data.latent_cache import LatentCache
from api.training.data.replay_memory import Latents
from api.training.models import mobilenet
from tests.training.conftest import SPEC, generated, left_as_it_was

FIRST = "block_14_expand"
VARIANTS = 2


@pytest.fixture(scope="module")
def backbone(model: keras.Model) -> FrozenBackbone:
    return FrozenBackbone(mobilenet.frozen_layers(model, FIRST), SPEC)


@pytest.fixture
def store(backbone: FrozenBackbone, task: Task, tmp_path: Path) -> LatentCache:
    return LatentCache(tmp_path / "latents", backbone, task.retraining.augmentation, VARIANTS)


@pytest.fixture
def images(tmp_path: Path) -> list[LabelledImage]:
    found = []
    for seed in range(3):
        path = tmp_path / f"{seed}.png"
        path.write_bytes(synthetic_png("lobar", seed=seed))
        found.append(LabelledImage(path, "Normal", "uploads", None, sha256_of(path)))
    return found


class Counting(FrozenBackbone):
    """A front that counts the films it is asked about."""

    asked = 0

    def __call__(self, inputs: Float32Array) -> tuple[Float16Array, Float16Array]:
        self.asked += len(inputs)
        return super().__call__(inputs)


class TestCutting:
    def test_front_and_tail_together_are_the_network(self, model: keras.Model, task: Task) -> None:
        data = generated("train", task, {"Normal": 2})
        inputs = np.stack([SPEC.normalise(image) for image in data.images])

        latent = mobilenet.frozen_layers(model, FIRST)(inputs, training=False)[mobilenet.LATENT]
        answers = mobilenet.trainable_tail(model, FIRST)(latent, training=False)

        assert np.allclose(answers, model(inputs, training=False), atol=1e-6)

    @pytest.mark.parametrize("layer", ["block_14_add", "block_14_depthwise", "none"])
    def test_nowhere_else_can_it_be_cut(self, model: keras.Model, layer: str) -> None:
        with pytest.raises(ValueError, match=r"cut there|not connected|No such layer"):
            mobilenet.trainable_tail(model, layer)

    def test_the_digest_changes_with_frozen_weights_only(self, model: keras.Model) -> None:
        backbone = mobilenet.frozen_layers(model, FIRST)
        before = mobilenet.frozen_digest(backbone, SPEC)

        with left_as_it_was(model):
            head = model.get_layer(mobilenet.LOGITS)
            head.set_weights([2 * weights + 1 for weights in head.get_weights()])
            assert mobilenet.frozen_digest(backbone, SPEC) == before

            early = model.get_layer("Conv1")
            early.set_weights([2 * weights for weights in early.get_weights()])
            assert mobilenet.frozen_digest(backbone, SPEC) != before

    def test_the_digest_changes_with_the_meaning_of_a_pixel(self, model: keras.Model) -> None:
        backbone = mobilenet.frozen_layers(model, FIRST)
        other = SPEC.model_copy(update={"window_high": 0.98})

        assert mobilenet.frozen_digest(backbone, SPEC) != mobilenet.frozen_digest(backbone, other)


class TestStoring:
    def test_an_image_is_found_as_it_is_and_in_its_variants(
        self, store: LatentCache, images: list[LabelledImage], backbone: FrozenBackbone
    ) -> None:
        known, skipped = store.fill(images, variants=True)

        assert known == images
        assert not skipped
        latents = [store.latent(images[0].sha256, number) for number in range(1 + VARIANTS)]
        assert all(latent.shape == backbone.shape for latent in latents)
        assert not np.array_equal(latents[0], latents[1])
        assert not np.array_equal(latents[1], latents[2])

    def test_what_is_kept_is_what_the_network_gives(
        self, store: LatentCache, images: list[LabelledImage], backbone: FrozenBackbone
    ) -> None:
        store.fill(images, variants=True)

        inputs = np.stack([SPEC.apply(decode(f.path.read_bytes(), Limits())) for f in images])
        early, latents = backbone(inputs)
        assert np.allclose(store.latents(images), latents, atol=0.02)
        assert np.allclose(store.early_features(images), early, atol=0.02)

    def test_images_are_computed_once(
        self, model: keras.Model, task: Task, images: list[LabelledImage], tmp_path: Path
    ) -> None:
        counting = Counting(mobilenet.frozen_layers(model, FIRST), SPEC)
        store = LatentCache(tmp_path / "kept", counting, task.retraining.augmentation, VARIANTS)
        store.fill(images[:2], variants=True)
        assert counting.asked == 2 * (1 + VARIANTS)

        store.fill(images, variants=True)

        assert counting.asked == 3 * (1 + VARIANTS)

    def test_what_another_machine_computed_is_copied(
        self, model: keras.Model, task: Task, images: list[LabelledImage], tmp_path: Path
    ) -> None:
        counting = Counting(mobilenet.frozen_layers(model, FIRST), SPEC)
        blobs, augmentation = FolderStore(tmp_path / "shared"), task.retraining.augmentation
        one, other, third = (
            LatentCache(tmp_path / name, counting, augmentation, VARIANTS, shared=blobs)
            for name in ("one", "two", "three")
        )
        one.fill(images[:2], variants=True)
        before = counting.asked

        known, _ = other.fill(images[:2], variants=True)

        assert (known, counting.asked) == (images[:2], before)
        assert np.array_equal(other.latents(images[:2]), one.latents(images[:2]))
        delete_shared_latents(blobs, images[0].sha256)
        third.fill(images[:2], variants=True)
        assert counting.asked == before + 1 + VARIANTS
        third.prune({images[0].sha256})
        assert [images[0].sha256 in blob.key for blob in blobs.list()] == [True]

    def test_an_image_that_was_not_learned_from_gets_its_variants_later(
        self, store: LatentCache, images: list[LabelledImage]
    ) -> None:
        store.fill(images, variants=False)
        store.fill(images, variants=True)

        assert store.latent(images[0].sha256, VARIANTS).shape == store.backbone.shape

    def test_a_damaged_file_is_computed_again(
        self, store: LatentCache, images: list[LabelledImage]
    ) -> None:
        store.fill(images, variants=False)
        before = store.latents(images)
        for file in store.home.glob("*/*.npy"):
            file.write_bytes(b"")

        store.fill(images, variants=False)

        assert np.array_equal(store.latents(images), before)

    def test_what_cannot_be_read_is_counted_and_left_out(
        self, store: LatentCache, images: list[LabelledImage]
    ) -> None:
        images[0].path.write_bytes(b"broken")
        images[1].path.unlink()

        known, skipped = store.fill(images, variants=True)

        assert known == images[2:]
        assert skipped == {"unreadable": 2}

    def test_a_picture_that_is_another_one_by_now_is_left_out(
        self, store: LatentCache, images: list[LabelledImage]
    ) -> None:
        images[0].path.write_bytes(images[1].path.read_bytes())

        assert store.fill(images, variants=False) == (images[1:], {"unreadable": 1})

    def test_what_is_gone_or_of_another_network_is_removed(
        self, store: LatentCache, images: list[LabelledImage]
    ) -> None:
        store.fill(images, variants=False)
        other = store.folder / "another"
        other.mkdir()
        half = next(store.home.glob("*")) / f".tmp-1-{images[0].sha256}"
        half.write_bytes(b"a killed trainer was writing this")

        store.prune({images[0].sha256})

        assert [file.stem for file in store.home.glob("*/*.npy")] == [images[0].sha256]
        assert not other.exists()
        assert not half.exists()

    def test_nothing_is_written_of_an_image_that_is_deleted_while_it_is_computed(
        self, model: keras.Model, task: Task, images: list[LabelledImage], tmp_path: Path
    ) -> None:
        """It was read, and then it was gone."""

        class Deleting(FrozenBackbone):
            def __call__(self, inputs: Float32Array) -> tuple[Float16Array, Float16Array]:
                images[0].path.unlink(missing_ok=True)
                return super().__call__(inputs)

        backbone = Deleting(mobilenet.frozen_layers(model, FIRST), SPEC)
        augmentation = task.retraining.augmentation
        store = LatentCache(tmp_path / "kept", backbone, augmentation, VARIANTS, tmp_path / "locks")

        known, skipped = store.fill(images, variants=True)

        assert known == images[1:]
        assert skipped == {"deleted meanwhile": 1}
        assert not list(store.home.glob(f"*/*{images[0].sha256}*"))

    def test_an_image_that_is_measured_on_stays_in_memory_when_it_is_deleted(
        self, store: LatentCache, images: list[LabelledImage]
    ) -> None:
        store.fill(images, variants=False)
        latents, early = store.latents(images), store.early_features(images)

        delete_latents(store.folder, images[0].sha256)

        assert np.array_equal(store.latents(images), latents)
        assert np.array_equal(store.early_features(images), early)

    def test_an_image_to_learn_from_is_left_out_when_it_is_deleted(
        self, store: LatentCache, images: list[LabelledImage]
    ) -> None:
        store.fill(images, variants=True)
        delete_latents(store.folder, images[0].sha256)

        there, latents = store.found(images)

        assert there == images[1:]
        assert latents.shape == (2, *store.backbone.shape)
        assert store.early_features(images).shape == (3, 576)

    def test_nothing_has_the_right_shape(self, store: LatentCache) -> None:
        assert store.fill([], variants=True) == ([], {})
        assert store.latents([]).shape == (0, *store.backbone.shape)
        assert store.early_features([]).shape == (0, 576)


class TestDrawing:
    @pytest.fixture
    def remembered(self, backbone: FrozenBackbone, task: Task) -> Latents:
        return compute_latents(backbone, generated("train", task, dict.fromkeys(task.labels, 1)))

    @pytest.fixture
    def batches(
        self, store: LatentCache, images: list[LabelledImage], remembered: Latents, task: Task
    ) -> LatentBatches:
        store.fill(images, variants=True)
        taught = np.full((4, 4), 0.25, dtype=np.float32)
        return LatentBatches(store, images, remembered, task, taught=taught, batch_size=4, seed=0)

    def test_an_epoch_shows_every_image_once(
        self, batches: LatentBatches, backbone: FrozenBackbone
    ) -> None:
        shown = [batches[index] for index in range(len(batches))]

        assert [len(latents) for latents, _, _ in shown] == [4, 3]
        assert shown[0][0].shape[1:] == backbone.shape
        targets = np.concatenate([targets for _, targets, _ in shown])
        # Three new films are Normal; the four remembered ones get what they are taught.
        assert targets.sum(axis=0) == pytest.approx([1, 4, 1, 1, 0])

    def test_the_next_epoch_has_another_order_and_other_variants(
        self, batches: LatentBatches
    ) -> None:
        before = np.concatenate([batches[index][0] for index in range(2)])
        batches.on_epoch_end()
        after = np.concatenate([batches[index][0] for index in range(2)])

        assert not np.array_equal(before, after)

    def test_an_epoch_may_show_some_of_the_remembered_images_and_all_new_ones(
        self, store: LatentCache, images: list[LabelledImage], remembered: Latents, task: Task
    ) -> None:
        store.fill(images, variants=True)
        # What is taught tells which of the remembered ones was drawn.
        batches = LatentBatches(
            store, images, remembered, task, taught=np.diag(np.full(4, 0.5, np.float32)),
            batch_size=9, seed=0, remembered_an_epoch=2,
        )  # fmt: skip
        drawn = []
        for _ in range(6):
            _, targets, _ = batches[0]
            drawn.append(frozenset(np.flatnonzero((targets == 0.5).any(axis=0)).tolist()))
            batches.on_epoch_end()

        assert len(batches) == 1
        assert len(targets) == len(images) + 2
        assert {len(some) for some in drawn} == {2}
        assert len(set(drawn)) > 1

    def test_an_image_that_is_deleted_is_left_out_from_then_on(
        self, batches: LatentBatches, store: LatentCache, images: list[LabelledImage]
    ) -> None:
        delete_latents(store.folder, images[1].sha256)

        shown = [batches[index] for index in range(len(batches))]

        assert sum(len(latents) for latents, _, _ in shown) == 6
        assert all(len(a) == len(b) == len(c) for a, b, c in shown)

    def test_a_batch_of_deleted_images_teaches_nothing(
        self, store: LatentCache, images: list[LabelledImage], remembered: Latents, task: Task
    ) -> None:
        store.fill(images, variants=True)
        nothing = remembered.take([])
        taught = np.zeros((0, 4), dtype=np.float32)
        batches = LatentBatches(store, images, nothing, task, taught=taught, batch_size=4, seed=0)
        for image in images:
            delete_latents(store.folder, image.sha256)

        latents, targets, weights = batches[0]

        assert len(latents) == len(targets) == len(weights) == 1
        assert weights.sum() == 0
