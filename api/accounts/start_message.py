"""What the server says at its start: what is open to whom."""

import logging

from api.accounts.accounts import Accounts
from api.errors import AppError
from api.settings import Settings

logger = logging.getLogger(__name__)

OFF = (
    "ROENTGEN_AUTH=off: everybody who reaches the port may read, delete and promote; nobody is "
    "asked who they are"
)
AUTO = (
    "ROENTGEN_AUTH=auto: open to this machine itself (loopback address and Host, not through a "
    "proxy); everybody else needs a session or a key"
)
REQUIRED = "ROENTGEN_AUTH=required: everybody needs a session or a key, this machine too"
OPEN = "open to everybody: /health/live, /health/ready, /auth/login"


def log_access(settings: Settings, accounts: Accounts) -> None:
    """Say it in the log; where there is no user yet, with the one-time token for the first one."""
    if settings.auth == "off":
        logger.warning(OFF)
        return
    logger.info("%s; %s", AUTO if settings.auth == "auto" else REQUIRED, OPEN)
    try:
        if not accounts.has_users():
            # Nobody can get in otherwise.
            level = logging.WARNING if settings.auth == "required" else logging.INFO
            logger.log(
                level,
                "there is no user yet: `python -m api user add NAME --role admin`, or the one-time "
                "token for the UI's first page and POST /auth/first-user: %s",
                accounts.first_user.get(),
            )
    except AppError as exc:
        logger.warning("it is not known whether there are users reason=%r", exc.message)
