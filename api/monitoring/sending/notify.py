"""Messages to people through Apprise: e-mail, Slack, Teams, a webhook, whatever its URL names."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from api.errors import DeliveryFailed
from api.monitoring.sending.texts import message_text


@dataclass(frozen=True, slots=True)
class NotifySender:
    """Sends to Apprise URLs by name; `urls` is asked each time."""

    urls: Callable[[], Mapping[str, str]]

    def __call__(self, destination: str, payload: Mapping[str, Any]) -> None:
        """Send, and wait for it. Raises: DeliveryFailed, StorageFailed."""
        url = self.urls().get(destination)
        if url is None:
            raise DeliveryFailed(f"'{destination}' is not among ROENTGEN_NOTIFY any more.")
        # Here, not above: a server that has nothing to send does without its 30 MB.
        import apprise

        message = message_text(payload)
        service = apprise.Apprise()
        if not service.add(url):
            raise DeliveryFailed(
                f"Apprise does not know the URL of '{destination}'; see "
                "https://github.com/caronc/apprise/wiki for how to write it."
            )
        sent = service.notify(
            title=message.title, body=message.body, notify_type=apprise.NotifyType(message.level)
        )
        if not sent:
            raise DeliveryFailed(
                f"'{destination}' did not take the message; its address may be wrong, or it "
                "cannot be reached from here."
            )
