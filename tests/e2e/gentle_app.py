"""`api.main:app` with a retraining of one epoch that changes next to nothing, for tests of what is
around a retraining: `uvicorn tests.e2e.gentle_app:app`, with the folder of the gentle task in the
environment, and there may be the name of another trainer.

The real recipe takes a minute of a processor; `tests/training/test_run.py` runs it.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from api.main import app
from tests.e2e import shown_trainer
from tests.streamlit_app import gentle_trainer

usual_lifespan = app.router.lifespan_context


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with usual_lifespan(app):
        trainer = os.environ.get(shown_trainer.TRAINER, gentle_trainer.NAME)
        app.state.services.training.supervisor.trainer = trainer
        yield


app.router.lifespan_context = lifespan
