"""Stores answers until it is killed: `python -m tests.records.writes_without_end URL`."""

import sys
import uuid
from dataclasses import replace
from itertools import count

from api.clock import now
from api.records.answers import predictions
from api.records.database import open_database
from tests.records.stored_predictions import record

if __name__ == "__main__":
    engine = open_database(sys.argv[1], timeout_s=30)
    for number in count():
        group = [
            replace(
                record(number % 40),
                id=uuid.uuid4().hex,
                created_at=now(),
                label=f"class {number % 3}",
            )
            for _ in range(number % 7 + 1)
        ]
        predictions.add_all(engine, [(answer, None) for answer in group], task="pneumonia")
