"""What somebody may do. Code asks for rights; roles only bundle them."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Right(StrEnum):
    """One thing that a route may need."""

    READ = "read"
    PREDICT = "predict"
    LABEL = "label"
    TRAIN = "train"
    PROMOTE = "promote"
    ADMIN = "admin"


class Role(StrEnum):
    """A bundle of rights that a person is given."""

    VIEWER = "viewer"
    ANNOTATOR = "annotator"
    OPERATOR = "operator"
    ADMIN = "admin"


RIGHTS_OF: Mapping[Role, frozenset[Right]] = MappingProxyType(
    {
        Role.VIEWER: frozenset({Right.READ, Right.PREDICT}),
        Role.ANNOTATOR: frozenset({Right.READ, Right.PREDICT, Right.LABEL}),
        Role.OPERATOR: frozenset(Right) - {Right.ADMIN},
        Role.ADMIN: frozenset(Right),
    }
)
