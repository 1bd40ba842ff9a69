"""What runs on a node of Ray Serve: a whole server, and how Ray learns whether it is well.

Ray itself is not needed here.
"""

import asyncio
import time
from typing import TYPE_CHECKING

from api.errors import AppError, StorageFailed, StorageUnavailable, StoreBusy
from deploy.ray.serve_proxy import BodyTaken

if TYPE_CHECKING:
    from fastapi import FastAPI

# A model that has to be compiled first takes a minute.
START_S, LOOK_S = 300.0, 0.2


def build_app() -> "FastAPI":
    """The application, with this node's settings: a finished one cannot be sent to a node."""
    from api.main import create_app
    from api.settings import from_environment

    app = create_app(from_environment())
    app.add_middleware(BodyTaken)
    return app


class Replica:
    """A server on a node; `app` is what `build_app` gave."""

    app: "FastAPI"
    start_s = START_S
    _was_ready = False

    async def check_health(self) -> None:
        """What `GET /health/ready` tells; a replica for which this raises is replaced.

        The first call waits for the model, so that no request comes before. Records or a
        store that cannot be reached would be out of reach of another replica too: requests get 503
        meanwhile.
        """
        from api.web.routes.state.status import ready

        deadline = time.monotonic() + (0.0 if self._was_ready else self.start_s)
        while True:
            try:
                await ready(services=self.app.state.services)
            except (StoreBusy, StorageFailed, StorageUnavailable):
                return
            except AppError:
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(LOOK_S)
            else:
                self._was_ready = True
                return
