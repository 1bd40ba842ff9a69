"""What tests in this folder begin with."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from api.records.answers import predictions
from tests.records import stored_predictions
from tests.records.upkeep.pruned import ACTIVATION, MOMENT


@pytest.fixture
def filled(database: Engine) -> Engine:
    """An answer a day for 30 days, the youngest an hour old."""
    for age in reversed(range(30)):
        moment = MOMENT - timedelta(days=age, hours=1)
        record = replace(stored_predictions.record(age), created_at=moment)
        predictions.add_all(database, [(record, ACTIVATION)], task="pneumonia")
    return database
