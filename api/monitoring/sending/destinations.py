"""Where messages go, by the settings: signed webhooks, and whatever Apprise knows.

Addresses of both kinds hold passwords and tokens; the records and answers of the API know them by a
name that does not.
"""

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from api.errors import StorageFailed
from api.files import read_bounded
from api.records.alerting.events import Event, EventType
from api.records.alerting.outbox import Address

logger = logging.getLogger(__name__)

WEBHOOK, NOTIFY = "webhook", "notify"
MAX_BYTES = 100_000


class Destinations:
    """Addresses by name, as the settings ROENTGEN_WEBHOOKS and ROENTGEN_NOTIFY have them.

    Args:
        notify: a JSON list of Apprise URLs, or the path of a file with one a line, which is read
            each time; while it cannot be read, what it said before holds.
    """

    def __init__(self, *, webhooks: Sequence[str], notify: str) -> None:
        self.webhooks: Mapping[str, str] = {_webhook_name(url): url for url in webhooks}
        self._notify_setting = notify
        self._notify_urls: list[str] = []

    def notify(self) -> dict[str, str]:
        """Apprise URLs by name."""
        try:
            self._notify_urls = notify_urls(self._notify_setting)
        except StorageFailed as exc:
            logger.error("addresses not read reason=%r", exc.message)
        return {_notify_name(url): url for url in self._notify_urls}

    def addresses_of(self, event: Event) -> list[Address]:
        """Who is sent a message of an event: webhooks all, people alarms."""
        return [
            *(Address(WEBHOOK, name) for name in self.webhooks),
            *(Address(NOTIFY, name) for name in self.notify() if event.type == EventType.ALARM),
        ]

    def all(self) -> list[Address]:
        """Every address."""
        return [
            *(Address(WEBHOOK, name) for name in self.webhooks),
            *(Address(NOTIFY, name) for name in self.notify()),
        ]


def notify_urls(setting: str) -> list[str]:
    """The Apprise URLs of a setting. Raises: StorageFailed if their file cannot be read."""
    if setting.startswith("["):
        return [str(url) for url in json.loads(setting)]
    if not setting:
        return []
    try:
        text = read_bounded(Path(setting), max_bytes=MAX_BYTES).decode()
    except (OSError, ValueError) as exc:
        raise StorageFailed(
            f"ROENTGEN_NOTIFY names the file '{setting}', which cannot be read ({exc}); write one "
            "Apprise URL a line there."
        ) from exc
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _webhook_name(url: str) -> str:
    """Scheme and host; what comes after them may be secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}#{_digest(url)}"


def _notify_name(url: str) -> str:
    """The scheme alone: with many services the host is a token."""
    return f"{url.partition('://')[0][:40]}#{_digest(url)}"


def _digest(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()[:8]
