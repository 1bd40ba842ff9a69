"""Brings the messages of the outbox to their addresses, with retries; one process at a time."""

import logging
import random
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from api.clock import now
from api.errors import AppError, NothingToDeliver
from api.records.alerting import outbox
from api.records.alerting.outbox import AddressesOf, Message

logger = logging.getLogger(__name__)

# Raises AppError where the message did not arrive.
Sender = Callable[[str, Mapping[str, Any]], None]

FIRST_RETRY_S = 5.0
LONGEST_RETRY_S = 3600.0
PARALLEL = 4
DROP_OLD_EVERY = timedelta(hours=1)


class Delivery:
    """Makes messages of events, and sends what is due.

    Args:
        addresses_of: None: messages are made elsewhere, and events left alone.
        senders: by kind of message; what has no sender here waits for a program that has.
        give_up_after: a message that did not arrive for so long is not tried again.
        finished: told of each message that was delivered or given up.
        jitter: from 0 to 1, at random.
    """

    def __init__(
        self,
        database: Engine,
        addresses_of: AddressesOf | None,
        senders: Mapping[str, Sender],
        *,
        give_up_after: timedelta,
        finished: Callable[[Message], None] = lambda _: None,
        clock: Callable[[], datetime] = now,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._database, self._addresses_of, self._senders = database, addresses_of, senders
        self._finished = finished
        self._give_up_after, self._clock, self._jitter = give_up_after, clock, jitter
        self._dropped_at: datetime | None = None

    def deliver(self, *, is_closing: Callable[[], bool] = lambda: False) -> None:
        """Send everything that is due, up to four messages at once, each to another address.

        Raises: StoreBusy, StorageFailed.
        """
        moment = self._clock()
        if self._addresses_of:
            outbox.dispatch(self._database, self._addresses_of, moment)
        while found := self._due(moment):
            with ThreadPoolExecutor(PARALLEL, thread_name_prefix="delivery") as pool:
                list(pool.map(self._send, found))
            if is_closing():
                return
        self._drop_old(moment)

    def _due(self, moment: datetime) -> list[Message]:
        found = outbox.due(self._database, moment)
        return [message for message in found if message.kind in self._senders]

    def _send(self, message: Message) -> None:
        try:
            self._senders[message.kind](message.destination, message.payload)
        except AppError as exc:
            self._failed(message, exc.message, for_good=isinstance(exc, NothingToDeliver))
        except Exception as exc:
            logger.exception("message not sent kind=%s to=%s", message.kind, message.destination)
            self._failed(message, f"Unexpected: {type(exc).__name__}.")
        else:
            outbox.delivered(self._database, message, self._clock())
            logger.info(
                "message delivered kind=%s to=%s event=%s",
                message.kind,
                message.destination,
                message.event_id,
            )
            self._is_finished(message)

    def _is_finished(self, message: Message) -> None:
        """What cannot be cleared up now must not keep other messages waiting."""
        try:
            self._finished(message)
        except AppError as exc:
            logger.warning(
                "message not cleared up event=%s reason=%r", message.event_id, exc.message
            )

    def _failed(self, message: Message, error: str, *, for_good: bool = False) -> None:
        moment = self._clock()
        next_at = moment + timedelta(seconds=retry_after_s(message.attempts, self._jitter()))
        is_over = for_good or next_at - message.created_at > self._give_up_after
        logger.log(
            logging.ERROR if is_over else logging.WARNING,
            "message %s kind=%s to=%s event=%s reason=%r",
            "given up" if is_over else "not delivered",
            message.kind,
            message.destination,
            message.event_id,
            error,
        )
        if is_over:
            outbox.given_up(self._database, message, error=error, moment=moment)
            self._is_finished(message)
        else:
            outbox.postponed(self._database, message, error=error, next_at=next_at)

    def _drop_old(self, moment: datetime) -> None:
        if self._dropped_at is None or moment - self._dropped_at >= DROP_OLD_EVERY:
            self._dropped_at = moment
            outbox.drop_old(self._database, moment)


def retry_after_s(failed_before: int, jitter: float) -> float:
    """Seconds until the next try: twice as many each time, at most an hour, less up to a half at
    random, so that many senders do not come back at once.

    Args:
        failed_before: tries before this one.
        jitter: from 0 to 1.
    """
    longest = min(FIRST_RETRY_S * 2 ** min(failed_before, 20), LONGEST_RETRY_S)
    return float(longest * (1 - jitter / 2))
