"""How far a film was made from the way that the known hospitals make theirs.

Acquisition features (`inputs.images.acquisition`) are projected on the directions that tell the
known sources apart (linear discriminant analysis; Fisher 1936), and compared with each source's
own films there (Mahalanobis). Distances are in units of the limit that nine in ten of a source's
own films stay within: above 1 for every source is unfamiliar.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from api.arrays import AnyArray, Float32Array

PREFIX = "site_"


@dataclass(frozen=True, slots=True, eq=False)
class SiteReference:
    """What distances are taken to; float32.

    Attributes:
        low, high: (features,) what features are clipped to: one that is far out counts once.
        projection: (features, directions), standardisation included; `offset` (directions,) is
            subtracted after it.
        means: (sources, directions) of each source's films, projected.
        whitening: (sources, directions, directions); a gap times it has the length of its distance
            over the source's limit.
    """

    low: Float32Array
    high: Float32Array
    projection: Float32Array
    offset: Float32Array
    means: Float32Array
    whitening: Float32Array

    def project(self, features: Float32Array) -> Float32Array:
        """(n, features) -> (n, directions)."""
        clipped = np.clip(features, self.low, self.high)
        return np.asarray(clipped @ self.projection - self.offset, dtype=np.float32)

    def to_each(self, features: Float32Array) -> Float32Array:
        """Distance to each source over its limit; (n, features) -> (n, sources)."""
        gaps = self.project(features)[:, np.newaxis] - self.means[np.newaxis]
        white = np.einsum("nsd,sde->nse", gaps, self.whitening)
        return np.asarray(np.sqrt((white**2).sum(axis=-1)), dtype=np.float32)

    def distances(self, features: Float32Array) -> Float32Array:
        """Distance to the nearest source over its limit; (n, features) -> (n,)."""
        return np.asarray(self.to_each(features).min(axis=1))

    def with_source(self, mean: Float32Array, whitening: Float32Array) -> "SiteReference":
        """The same with one more source; (directions,) and (directions, directions)."""
        return SiteReference(
            self.low,
            self.high,
            self.projection,
            self.offset,
            np.concatenate([self.means, mean[np.newaxis]]).astype(np.float32),
            np.concatenate([self.whitening, whitening[np.newaxis]]).astype(np.float32),
        )

    def to_arrays(self) -> dict[str, Float32Array]:
        """Its arrays, by the names that they have in a file."""
        return {PREFIX + field.name: getattr(self, field.name) for field in fields(self)}


def site_reference_of(arrays: Mapping[str, AnyArray]) -> SiteReference | None:
    """What `SiteReference.to_arrays` gave, among others; None: there is none."""
    names = [field.name for field in fields(SiteReference)]
    if PREFIX + names[0] not in arrays:
        return None
    return SiteReference(**{name: np.asarray(arrays[PREFIX + name], np.float32) for name in names})
