"""The implementation of each kind of input, by the name that task files and cards give it."""

from collections.abc import Mapping
from functools import lru_cache

from api.kinds.image import ImageKind
from api.kinds.kind import Kind
from api.kinds.table import TableKind


@lru_cache(maxsize=8)
def kind_of(name: str) -> Kind:
    """The implementation of a kind, as task files and cards name it. Raises: KeyError."""
    kinds: Mapping[str, Kind] = {"image": ImageKind(), "tabular": TableKind()}
    return kinds[name]
