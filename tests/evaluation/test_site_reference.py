"""Fitting what tells films of known hospitals from others."""

import numpy as np
import pytest

from api.arrays import Float32Array
from api.evaluation.sites.site_reference import (
    MIN_IMAGES,
    extended,
    familiar_sources,
    fit_site_reference,
    unfamiliar_shares,
    with_limits,
)

CENTRES = {"a": 0.0, "b": 4.0, "c": 8.0}


def images(source: str, n: int, *, seed: int, centre: float | None = None) -> Float32Array:
    """Six features: the first tells sources apart, the others are alike everywhere."""
    rng = np.random.default_rng((seed, len(source)))
    drawn = rng.normal(0, 1, (n, 6))
    drawn[:, 0] = rng.normal(CENTRES.get(source, 0.0) if centre is None else centre, 0.3, n)
    # The others vary much more, and say nothing.
    drawn[:, 1:] *= 20
    return drawn.astype(np.float32)


def names(n: int) -> list[str]:
    return [name for name in CENTRES for _ in range(n)]


def fitted(n: int = 200):  # type: ignore[no-untyped-def]
    features = np.concatenate([images(name, n, seed=1) for name in CENTRES])
    reference = fit_site_reference(features, names(n), ["a", "b"])
    assert reference is not None
    held = np.concatenate([images(name, n, seed=2) for name in CENTRES])
    return with_limits(reference, held, names(n), ["a", "b"], max_unfamiliar=0.1)


class TestFitting:
    def test_a_tenth_of_each_familiar_sources_new_images_is_beyond_its_limit(self) -> None:
        reference = fitted()
        for name in ("a", "b"):
            share = unfamiliar_shares(reference.distances(images(name, 800, seed=3)), [name] * 800)
            assert share[name] == pytest.approx(0.1, abs=0.05)

    def test_an_unseen_site_is_told_by_what_tells_sources_apart(self) -> None:
        unseen = images("d", 200, seed=4, centre=-4.0)
        assert (fitted().distances(unseen) > 1).mean() > 0.95

    def test_a_source_with_one_kind_of_image_is_not_familiar(self) -> None:
        assert (fitted().distances(images("c", 200, seed=5)) > 1).mean() > 0.95

    def test_one_source_or_too_few_images_cannot_be_fitted(self) -> None:
        assert fit_site_reference(images("a", 100, seed=1), ["a"] * 100, ["a"]) is None
        few = np.concatenate([images(name, MIN_IMAGES - 1, seed=1) for name in CENTRES])
        assert fit_site_reference(few, names(MIN_IMAGES - 1), ["a"]) is None

    def test_no_familiar_source_is_nothing_to_measure_to(self) -> None:
        features = np.concatenate([images(name, 100, seed=1) for name in CENTRES])
        assert fit_site_reference(features, names(100), []) is None

    def test_constant_features_do_no_harm(self) -> None:
        features = np.concatenate([images(name, 100, seed=1) for name in CENTRES])
        features[:, 5] = 7.0
        reference = fit_site_reference(features, names(100), ["a", "b"])
        assert reference is not None
        assert np.isfinite(reference.distances(features)).all()


class TestExtending:
    def test_a_new_hospitals_images_become_familiar(self) -> None:
        reference, unseen = fitted(), images("d", 100, seed=6, centre=-4.0)

        grown = extended(reference, unseen, max_unfamiliar=0.1)

        later = images("d", 400, seed=7, centre=-4.0)
        assert (reference.distances(later) > 1).mean() > 0.95
        assert (grown.distances(later) > 1).mean() < 0.3


class TestFamiliarSources:
    def test_those_with_images_of_both_kinds(self) -> None:
        sources = ["a", "a", "b", "b", "c"]
        positive = np.array([True, False, True, True, False])
        assert familiar_sources(sources, positive) == ["a"]
