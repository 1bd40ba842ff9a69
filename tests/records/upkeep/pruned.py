"""Answers to prune, and what is left of them."""

import numpy as np
from sqlalchemy import Engine, func, select

from api.clock import now
from api.records.database import reading
from api.records.upkeep import schedule
from api.records.upkeep.prediction_retention import Retention

MOMENT = now()
ACTIVATION = np.ones((7, 7, 4), dtype=np.float32)
KEEP_10 = Retention(predictions_days=10)


def rows_of(engine: Engine, of: object) -> int:
    with reading(engine) as connection:
        return connection.execute(select(func.count()).select_from(of)).scalar_one()  # type: ignore[arg-type]


def run(engine: Engine, retention: Retention) -> int:
    steps = 0
    while schedule.step(engine, retention, MOMENT, task="pneumonia"):
        steps += 1
    return steps
