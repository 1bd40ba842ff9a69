"""Applications that a process starts one after another share the validators of their routes.

FastAPI builds them anew for each application, which takes as long as all the rest of a start; tests
start hundreds.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from fastapi._compat import v2
from pydantic import TypeAdapter


@contextmanager
def shared_validators() -> Iterator[None]:
    """One is built for each type with its bounds, and given to every field that has them."""
    built: dict[Any, TypeAdapter[Any]] = {}

    def adapter(annotated: Any, *, config: Any = None) -> TypeAdapter[Any]:
        # The text names functions by their address; each stays alive in what was built with it.
        key = (annotated.__origin__, repr(annotated.__metadata__), repr(config))
        if key not in built:
            built[key] = TypeAdapter(annotated, config=config)
        return built[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(v2, "TypeAdapter", adapter)
        yield
