"""How each kind of message is sent."""

from collections.abc import Mapping

from api.monitoring.sending.delivery import Sender
from api.monitoring.sending.destinations import NOTIFY, WEBHOOK, Destinations
from api.monitoring.sending.notify import NotifySender
from api.monitoring.sending.webhooks import WebhookSender


def senders_of(destinations: Destinations, *, secret: str) -> Mapping[str, Sender]:
    """A sender for each kind.

    Args:
        secret: what webhooks are signed with.
    """
    return {
        WEBHOOK: WebhookSender(destinations.webhooks, secret),
        NOTIFY: NotifySender(destinations.notify),
    }
