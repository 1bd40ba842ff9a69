"""Films of known hospitals that streams are compared with, kept beside a checkpoint's weights."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from api.arrays import Float32Array, Float64Array, FloatArray, IntArray
from api.decision.stream_shift.two_sample import (
    cumulative_shares,
    median_bandwidth,
    rbf,
    summed_likeness,
)
from api.errors import InvalidCheckpoint
from api.files import sha256_of

GRID_POINTS = 128
# So many standard deviations from the mean a figure may be: a broken one must not be all there is.
CLIPPED = 6.0
# Some times what half precision loses.
ROUNDING = 2.0**-8
# Enough to tell half of its groups apart; more would make each check dearer.
MAX_GROUP = 150


@dataclass(frozen=True, slots=True, eq=False)
class ShiftReference:
    """What a checkpoint keeps.

    Attributes:
        names: of the groups, a class of a source each.
        images: (n, 66) acquisition features, as they are.
        members: (n,) the group of each.
        scores: (m, 2) log odds of the score and distance (NaN: not measured) of held-out films.
        score_members: (m,) the group of each.
    """

    names: tuple[str, ...]
    images: Float32Array
    members: IntArray
    scores: Float32Array
    score_members: IntArray

    def with_group(self, name: str, images: Float32Array) -> "ShiftReference":
        """With further films of a group, known or new, each once; as many as there is room for."""
        names = self.names if name in self.names else (*self.names, name)
        group = names.index(name)
        # As they are kept: what was kept before is found again.
        rounded = images.astype(np.float16).astype(np.float32)
        known = {image.tobytes() for image in self.images[self.members == group]}
        others = [row for row, image in enumerate(rounded) if image.tobytes() not in known]
        added = rounded[others[: max(MAX_GROUP - len(known), 0)]]
        return replace(
            self,
            names=names,
            images=np.concatenate([self.images, added]),
            members=np.concatenate([self.members, np.full(len(added), group)]),
        )

    def with_scores(self, scores: Float32Array, groups: Sequence[str]) -> "ShiftReference":
        """With these held-out films' scores instead of its own; (n, 2), a name each."""
        names = [*self.names, *sorted(set(groups) - set(self.names))]
        members = np.array([names.index(group) for group in groups], dtype=np.int64)
        return replace(self, names=tuple(names), scores=scores, score_members=members)

    def to_bytes(self) -> bytes:
        """As the bytes of a NumPy archive, half precision as with each answer."""
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            names=np.array(self.names, dtype=np.str_),
            films=self.images.astype(np.float16),
            members=self.members.astype(np.int16),
            scores=self.scores.astype(np.float16),
            score_members=self.score_members.astype(np.int16),
        )
        return buffer.getvalue()


@dataclass(frozen=True, eq=False)
class Channel:
    """One figure of the groups' films, as cumulative shares on a grid.

    Attributes:
        grid: (points,); shares: (groups, points).
    """

    grid: Float64Array
    shares: Float64Array

    def of(self, values: FloatArray) -> Float64Array:
        """Cumulative shares of other values on the same grid: (points,)."""
        return cumulative_shares(values, self.grid)


def channel(values: FloatArray, members: IntArray) -> Channel | None:
    """What groups' values look like; None where there is none. NaN are left out."""
    known = np.isfinite(values)
    values, members = values[known], members[known]
    if not len(values):
        return None
    quantiles = np.quantile(values, np.linspace(0, 1, GRID_POINTS))
    grid = np.unique(quantiles.astype(np.float64))
    groups = [values[members == group] for group in np.unique(members)]
    return Channel(grid, np.stack([cumulative_shares(group, grid) for group in groups]))


class KernelReference:
    """A reference ready to compare with: standardised, with its groups' mean likenesses.

    The scale is that of the groups on average, so that a small one counts as much as a large one.
    """

    def __init__(self, reference: ShiftReference) -> None:
        self.reference = reference
        self._groups = np.unique(reference.members)
        counts = np.bincount(reference.members)[self._groups]
        shares = (1 / counts)[np.searchsorted(self._groups, reference.members)] / len(counts)
        self._centre = shares @ reference.images.astype(np.float64)
        spread = shares @ (reference.images - self._centre) ** 2
        # Some figures are the same in all films; what half precision loses is no difference.
        lost = ROUNDING * np.abs(self._centre) + 1e-4
        self._scale = np.sqrt(np.maximum(spread, lost**2))
        self._points = self.standardised(reference.images)
        self.bandwidth = median_bandwidth(self._points)
        self._membership = (reference.members[:, np.newaxis] == self._groups) / counts
        self._cross = self._summed(self._points)
        # With each film's likeness to itself, and without (unbiased).
        self.gram: Float64Array = self._membership.T @ self._cross
        self.unbiased_gram: Float64Array = self.gram.copy()
        inner = np.diag(self.gram)
        np.fill_diagonal(
            self.unbiased_gram,
            np.where(counts > 1, (inner * counts - 1) / (np.maximum(counts - 1, 1)), inner),
        )
        self.counts: IntArray = counts

    def standardised(self, images: FloatArray) -> Float64Array:
        """(n, 66) in units of the groups' spread."""
        return np.asarray(np.clip((images - self._centre) / self._scale, -CLIPPED, CLIPPED))

    def cross(self, images: FloatArray) -> Float64Array:
        """Mean likeness of films to each group's: (n, 66) -> (n, groups)."""
        return self._summed(self.standardised(images))

    def likeness(self, images: FloatArray) -> Float64Array:
        """Of films to each other: (n, 66) -> (n, n)."""
        points = self.standardised(images)
        return rbf(points, points, bandwidth=self.bandwidth)

    def _summed(self, points: FloatArray) -> Float64Array:
        return summed_likeness(points, self._points, self._membership, bandwidth=self.bandwidth)

    def image_weights(self, weights: FloatArray) -> Float64Array:
        """What each film of the reference counts in a mixture of groups: (groups,) -> (n,)."""
        return np.asarray(self._membership @ weights)

    @cached_property
    def nearness(self) -> Channel:
        """How near the films are to their nearest group, each without itself."""
        own = self._membership > 0
        others = self._cross - own / self.counts
        factor = np.where(own & (self.counts > 1), self.counts / np.maximum(self.counts - 1, 1), 1)
        found = channel((others * factor).max(axis=1), self.reference.members)
        assert found is not None
        return found

    @cached_property
    def channels(self) -> dict[str, Channel]:
        """Of the held-out films' scores and distances, those that are known."""
        reference = self.reference
        found = {
            name: channel(reference.scores[:, column], reference.score_members)
            for column, name in enumerate(("ks_score", "ks_unlikeness"))
            if len(reference.scores)
        }
        return {name: each for name, each in found.items() if each is not None}


def load_shift_reference(path: Path, *, sha256: str) -> ShiftReference:
    """Read a reference. Raises: InvalidCheckpoint if it is missing, damaged or another one."""
    try:
        actual = sha256_of(path)
    except OSError as exc:
        raise InvalidCheckpoint(
            f"The reference of streams '{path.name}' is missing or cannot be read; without it "
            "nobody notices that a hospital's films are unlike those learned from. Restore the "
            "file, or promote another version."
        ) from exc
    if actual != sha256:
        raise InvalidCheckpoint(
            f"The reference of streams '{path.name}' is not the one its card describes; it is "
            "damaged or was replaced. Restore it, or promote another version."
        )
    try:
        return parse(path.read_bytes())
    except (OSError, ValueError, KeyError, TypeError, BadZipFile, EOFError) as exc:
        raise InvalidCheckpoint(
            f"The reference of streams '{path.name}' cannot be read: {exc}"
        ) from exc


def parse(content: bytes) -> ShiftReference:
    """What `ShiftReference.to_bytes` gave."""
    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        return ShiftReference(
            names=tuple(stored["names"].tolist()),
            images=stored["films"].astype(np.float32),
            members=stored["members"].astype(np.int64),
            scores=stored["scores"].astype(np.float32),
            score_members=stored["score_members"].astype(np.int64),
        )
