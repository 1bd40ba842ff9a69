"""What settings must be beyond their types."""

from ipaddress import ip_network

from cronsim import CronSim, CronSimError
from pydantic import ValidationInfo

from api.clock import now


def networks(value: tuple[str, ...]) -> tuple[str, ...]:
    """Addresses and networks. Raises: ValueError if one is neither."""
    for each in value:
        ip_network(each, strict=False)
    return value


def cron_or_empty(value: str) -> str:
    """A cron expression, or nothing. Raises: ValueError."""
    if value:
        try:
            CronSim(value, now())
        except CronSimError as exc:
            raise ValueError(f"not a cron expression ({exc})") from exc
    return value


def intended(value: bool, info: ValidationInfo) -> bool:
    """Whether everybody may do everything. Raises: ValueError where only half of it is said."""
    if info.data.get("auth") == "off" and not value:
        raise ValueError(
            "with ROENTGEN_AUTH=off everybody who reaches the port may do everything; set "
            "ROENTGEN_AUTH_OFF_IS_INTENDED=true too if that is meant, or leave ROENTGEN_AUTH away"
        )
    return value
