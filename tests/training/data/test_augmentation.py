"""Variants of a film: different each time, never mirrored."""

import numpy as np
import pytest

from api.inputs.images.preprocessing import PreprocessingSpec
from api.inputs.images.synthetic import synthetic_image
from api.tasks.recipe import Augmentation, Recipe
from api.tasks.task import Task
from api.training.data.augmentation import augment

SPEC = PreprocessingSpec(window_low=0.01, window_high=0.99)
IMAGE = SPEC.resize(synthetic_image("lobar", seed=1))


@pytest.fixture(params=["training", "retraining"])
def recipe(request: pytest.FixtureRequest, task: Task) -> Recipe:
    recipe: Recipe = getattr(task, request.param)
    return recipe


def variants(ranges: Augmentation, count: int = 30) -> list[np.ndarray]:
    return [augment(IMAGE, SPEC, ranges, np.random.default_rng(n)) for n in range(count)]


class TestVariants:
    def test_they_are_inputs_of_the_network(self, recipe: Recipe) -> None:
        for variant in variants(recipe.augmentation):
            assert variant.shape == (224, 224, 1)
            assert variant.dtype == np.float32
            assert -1 - 1e-6 <= variant.min() < variant.max() <= 1 + 1e-6

    def test_the_same_generator_draws_the_same_variant(self, recipe: Recipe) -> None:
        first, second = variants(recipe.augmentation, 5), variants(recipe.augmentation, 5)

        assert np.array_equal(first, second)

    def test_another_draw_is_another_variant(self, recipe: Recipe) -> None:
        first, second = variants(recipe.augmentation, 2)

        assert np.abs(first - second).mean() > 0.01

    def test_the_image_itself_is_not_changed(self, recipe: Recipe) -> None:
        before = IMAGE.copy()

        variants(recipe.augmentation, 5)

        assert np.array_equal(IMAGE, before)

    def test_without_ranges_it_is_the_image(self) -> None:
        (variant,) = variants(Augmentation(), 1)

        assert np.array_equal(variant, SPEC.normalise(IMAGE))

    def test_none_is_a_mirror_image(self, recipe: Recipe) -> None:
        """A heart lies left: what is bright on the right stays brighter than the left."""
        columns = np.tile(np.arange(224), (224, 1))
        ramp = (columns * 0.8 + 40).astype(np.uint8)

        ranges = recipe.augmentation.model_copy(update={"erase": 0.0})

        for number in range(100):
            variant = augment(ramp, SPEC, ranges, np.random.default_rng(number))
            assert np.corrcoef(variant.ravel(), columns.ravel())[0, 1] > 0


class TestSingleRanges:
    @pytest.mark.parametrize(
        "ranges",
        [
            {"rotation_deg": 15.0}, {"min_crop": 0.7}, {"shift": 0.2}, {"aspect": 0.4},
            {"gamma": 0.6}, {"contrast": 0.5}, {"blur_px": 3.0}, {"sharpen": 3.0},
            {"noise": 20.0}, {"erase": 1.0}, {"equalize": 1.0}, {"jpeg": 1.0},
        ],
        ids=lambda ranges: next(iter(ranges)),
    )  # fmt: skip
    def test_each_one_changes_something(self, ranges: dict[str, float]) -> None:
        plain = SPEC.normalise(IMAGE)

        changes = [np.abs(variant - plain).max() for variant in variants(Augmentation(**ranges), 6)]

        assert max(changes) > 0.02

    def test_what_is_turned_in_from_outside_is_black(self) -> None:
        ranges = Augmentation(shift=0.3)
        white = np.full((224, 224), 200, dtype=np.uint8)
        white[0, 0] = 0

        variant = augment(white, SPEC, ranges, np.random.default_rng(3))

        assert variant.min() == -1
