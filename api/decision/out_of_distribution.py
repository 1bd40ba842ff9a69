"""How far a film's features lie from those of the films that were learned from.

Two distances on pooled features that the one pass yields anyway: to the nearest group of
training films (Mahalanobis; Lee et al. 2018), and to the k-th nearest stored film (Sun et al.
2022). Both look at the features' principal components within the groups.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np

from api.arrays import Float32Array

K = 10


@dataclass(frozen=True, slots=True, eq=False)
class OodReference:
    """What distances are taken to; float32.

    Attributes:
        components: (features, reduced) principal directions within groups, each divided by its
            spread, so that a distance after projection is a Mahalanobis distance.
        means: (groups, reduced) of each class in each source, projected.
        bank: (films, reduced) some training films, projected and of unit length.
    """

    components: Float32Array
    means: Float32Array
    bank: Float32Array

    def mahalanobis(self, features: Float32Array) -> Float32Array:
        """Distance to the nearest group; (n, features) -> (n,)."""
        gaps = self._projected(features)[:, np.newaxis] - self.means[np.newaxis]
        return np.asarray(np.sqrt((gaps**2).mean(axis=-1)).min(axis=1))

    def nearest(self, features: Float32Array) -> Float32Array:
        """Angle-like distance to the k-th nearest stored film; (n, features) -> (n,)."""
        likeness = unit(self._projected(features)) @ self.bank.T
        k = min(K, len(self.bank))
        return np.asarray(1 - np.partition(likeness, -k, axis=1)[:, -k])

    def without_bank(self) -> "OodReference":
        """The same without stored films, half the size; it has no nearest ones any more."""
        return OodReference(self.components, self.means, self.bank[:0])

    def _projected(self, features: Float32Array) -> Float32Array:
        return np.asarray(features @ self.components)

    def rounded(self) -> "OodReference":
        """As it is read back from its file, where it has half precision."""
        rounded = (value.astype(np.float16).astype(np.float32) for value in asdict(self).values())
        return OodReference(*rounded)


MAHALANOBIS, NEAREST = "mahalanobis", "nearest neighbours"
METHODS: dict[str, Callable[[OodReference, Float32Array], Float32Array]] = {
    MAHALANOBIS: OodReference.mahalanobis,
    NEAREST: OodReference.nearest,
}


def unit(vectors: Float32Array) -> Float32Array:
    """Each row divided by its length."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12))
