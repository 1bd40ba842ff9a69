"""Answers for another prevalence: the server corrects those it has, and no film is read again."""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from api_types import Prediction
from client import ApiError, RoentgenClient
from worklist.rows import Row, Worklist

AT_ONCE = 4


def fitting(worklist: Worklist) -> list[Row]:
    """The rows whose answers are for another prevalence and were asked for as is wanted now in all
    else, whichever version gave them."""
    options = worklist.options
    return [
        row
        for row in list(worklist.rows.values())
        if row.answer is not None
        and row.options.prevalence != options.prevalence
        and replace(row.options, prevalence=options.prevalence) == options
        and row.answer["prevalence"] is not None
        and row.image.key not in worklist.fixed
        # The server's own choice is known of those alone that were asked for with it.
        and (options.prevalence is not None or not row.is_asked_for_prevalence)
    ]


def revalue(worklist: Worklist, rows: Sequence[Row], client: RoentgenClient) -> None:
    """Put the corrected answers into the worklist; what has none any more is `fixed`.

    Raises: ApiDown; what was corrected until then stays.
    """
    with ThreadPoolExecutor(AT_ONCE) as threads:
        for row in threads.map(lambda row: _revalued(row, worklist, client), rows):
            if row.image.key in worklist.rows:
                worklist.rows[row.image.key] = row


def _revalued(row: Row, worklist: Worklist, client: RoentgenClient) -> Row:
    assert row.answer is not None
    prevalence = worklist.options.prevalence
    try:
        found = client.at_prevalence(row.answer["id"], prevalence)
    except ApiError:
        # Erased, or from before answers had a prevalence: the film itself has to be read again.
        worklist.fixed.add(row.image.key)
        return row
    if prevalence is not None and not _is_close(found["prevalence"], prevalence):
        worklist.fixed.add(row.image.key)
        return row
    return replace(row, answer=_with_pictures(found, row.answer), options=worklist.options)


def _with_pictures(found: Prediction, before: Prediction) -> Prediction:
    """Where the network looked, and what a DICOM film's tags say, is as it was."""
    kept: Prediction = {**found, "explanation": before.get("explanation")}
    kept["dicom"] = before.get("dicom")
    return kept


def _is_close(found: float | None, prevalence: float) -> bool:
    return found is not None and math.isclose(found, prevalence)
