"""Whether a request comes from this machine itself, and was passed on by nobody."""

from functools import lru_cache

from starlette.types import Scope

from api.web.connections.proxies import TrustedProxies, address_of
from api.web.middleware.host_check import host_name

# What proxies add; with any of them, somebody else is behind it.
FORWARDING = frozenset(
    {b"forwarded", b"via", b"x-real-ip", b"x-client-ip", b"x-cluster-client-ip", b"true-client-ip"}
)
X_FORWARDED = b"x-forwarded"


def is_this_machine(scope: Scope, proxies: TrustedProxies) -> bool:
    """Whether client and `Host` are loopback and no header says that it was forwarded.

    A request of a proxy that is trusted to name its client is never this machine's own.
    """
    client = scope.get("client")
    if not client or not _is_loopback(client[0]) or client[0] in proxies:
        return False
    hosts = 0
    for name, value in scope["headers"]:
        if name == b"host":
            if not _is_loopback_name(value):
                return False
            hosts += 1
        elif name in FORWARDING or name.startswith(X_FORWARDED):
            return False
    return hosts == 1


def client_address(scope: Scope) -> str:
    """Where somebody asks from, to count attempts by: what this machine itself passes on (the UI,
    or a proxy on it) is believed, as far as the last address that it added."""
    client = scope.get("client")
    address = client[0] if client else ""
    if not _is_loopback(address):
        return str(address)[:100]
    forwarded = [v for name, v in scope["headers"] if name == b"x-forwarded-for"]
    return (
        forwarded[-1].decode("latin-1").rpartition(",")[2].strip()[:100] if forwarded else address
    )


@lru_cache(maxsize=1024)
def _is_loopback(host: str) -> bool:
    address = address_of(host)
    return address is not None and address.is_loopback


@lru_cache(maxsize=1024)
def _is_loopback_name(header: bytes) -> bool:
    """A loopback address, `localhost`, a name below it, or the address that stands for all of this
    machine's (`0.0.0.0`), as a server that listens on it is said to be at."""
    name = host_name(header.decode("latin-1"))
    if name == "localhost" or name.endswith(".localhost"):
        return True
    address = address_of(name)
    return address is not None and (address.is_loopback or address.is_unspecified)
