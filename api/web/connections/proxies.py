"""Which proxies are believed when they say who their client is."""

import ipaddress
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware


class TrustedProxies:
    """Addresses and networks of a setting; `in` says whether an address is among them."""

    def __init__(self, networks: Sequence[str]) -> None:
        """Raises: ValueError for what is neither an address nor a network."""
        self._networks = [ipaddress.ip_network(each, strict=False) for each in networks]

    def __contains__(self, host: object) -> bool:
        address = address_of(host) if self._networks and isinstance(host, str) else None
        return address is not None and any(address in network for network in self._networks)


@lru_cache(maxsize=4096)
def address_of(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """A client's address without its zone, IPv4 where it is that in IPv6's clothes."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def forwarded_client(app: ASGIApp, *, trusted: Sequence[str]) -> ASGIApp:
    """Takes the client's address from `X-Forwarded-For`, if it comes from one of these.

    It is the right-most one that is not a trusted proxy itself: what is left of it, the client may
    have written.
    """
    middleware: Any = ProxyHeadersMiddleware
    wrapped: ASGIApp = middleware(app, trusted_hosts=list(trusted))
    return wrapped
