"""Whom an answer was shown to: what they say about its film after that is not blinded."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError

from api.clock import now
from api.records.answers.shown_tables import shown_answers
from api.records.database import reading, writing
from api.records.tables import predictions

# Ids or hashes that one query asks for.
AT_ONCE = 400


def note(engine: Engine, images: Collection[str], *, reader: str, task: str) -> None:
    """Remember that somebody was shown an answer about each of these films.

    Args:
        images: SHA-256 of the images.

    Raises: StoreBusy, StorageFailed.
    """
    for some in _chunks(images):
        new = set(some) - _known(engine, some, reader=reader, task=task)
        if not new:
            continue
        try:
            _add(engine, sorted(new), reader=reader, task=task, at=now())
        except IntegrityError:
            # Another request of theirs noted one of them just now.
            for sha256 in sorted(new - _known(engine, some, reader=reader, task=task)):
                _add(engine, [sha256], reader=reader, task=task, at=now())


def images_of(engine: Engine, ids: Collection[str], *, task: str) -> set[str]:
    """The hashes of the films that answers are about."""
    found: set[str] = set()
    with reading(engine) as connection:
        for some in _chunks(ids):
            query = select(predictions.c.image_sha256).where(
                predictions.c.task == task, predictions.c.id.in_(some)
            )
            found.update(connection.execute(query).scalars())
    return found


def was_shown(engine: Engine, image_sha256: str, *, reader: str, task: str) -> bool:
    """Whether somebody was shown an answer about a film. Raises: StoreBusy, StorageFailed."""
    return bool(_known(engine, [image_sha256], reader=reader, task=task))


def was_sent_by(engine: Engine, image_sha256: str, *, sender: str, task: str) -> bool:
    """Whether somebody asked for an answer about a film, and so got it.

    Raises: StoreBusy, StorageFailed.
    """
    query = select(predictions.c.number).where(
        predictions.c.task == task,
        predictions.c.image_sha256 == image_sha256,
        predictions.c.actor == sender,
    )
    with reading(engine) as connection:
        return connection.execute(query.limit(1)).first() is not None


def _known(engine: Engine, images: Collection[str], *, reader: str, task: str) -> set[str]:
    query = select(shown_answers.c.image_sha256).where(
        shown_answers.c.task == task,
        shown_answers.c.reader == reader,
        shown_answers.c.image_sha256.in_(images),
    )
    with reading(engine) as connection:
        return set(connection.execute(query).scalars())


def _add(engine: Engine, images: Collection[str], *, reader: str, task: str, at: datetime) -> None:
    with writing(engine) as connection:
        connection.execute(
            shown_answers.insert(),
            [{"task": task, "reader": reader, "image_sha256": image, "at": at} for image in images],
        )


def _chunks(values: Collection[str]) -> list[list[str]]:
    ordered = sorted(set(values))
    return [ordered[start : start + AT_ONCE] for start in range(0, len(ordered), AT_ONCE)]
