"""`api.main:app` with a retraining of one epoch that changes next to nothing, for tests of what is
around a retraining: `uvicorn tests.e2e.gentle_app:app`, with the folder of the gentle task in the
environment.

The real recipe takes a minute of a processor; the journey runs it.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from api.main import app
from tests.streamlit_app import gentle_trainer

usual_lifespan = app.router.lifespan_context


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with usual_lifespan(app):
        app.state.services.training.supervisor.trainer = gentle_trainer.NAME
        yield


app.router.lifespan_context = lifespan
