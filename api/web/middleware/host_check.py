"""Which names of this server are believed in a request from this very machine.

A page on the web can make its own name point to 127.0.0.1 (DNS rebinding); its visitor's browser
then takes this server for the page's own and lets it read every answer. What gives it away is the
`Host` header: the page's name. Names cannot be checked that way for other machines, whose scripts
use whatever name this one has there.
"""

import ipaddress
import re
import socket
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.web.connections.proxies import TrustedProxies, address_of
from api.web.problems import problem_response

# As a browser or curl writes an IPv4 address: 127.0.0.1, 127.1, 0x7f.1, 2130706433.
IPV4 = re.compile(r"[0-9a-fx.]+")


class KnownHosts:
    """Names that no foreign page can have, and those of the settings.

    Args:
        allowed: names, `*.example.org` for all below one, `*` for all; a port is ignored.
        origins: web origins, whose names count too.
    """

    def __init__(self, allowed: Iterable[str], origins: Iterable[str] = ()) -> None:
        names = [host_name(each) for each in allowed]
        names += [each if each == "*" else urlsplit(each).hostname or "" for each in origins]
        # Nobody else can have the machine's own name in the network that it is in.
        self._names = frozenset([*names, socket.gethostname().lower(), "localhost", ""])
        self._suffixes = (".localhost", *(name[1:] for name in names if name.startswith("*.")))
        self.knows = lru_cache(maxsize=1024)(self._look_up)

    def _look_up(self, host: str) -> bool:
        name = host_name(host)
        return (
            "*" in self._names
            or name in self._names
            or name.endswith(self._suffixes)
            or _is_address(name)
        )


class HostCheck:
    """Refuses a request from this machine that calls it by a name that is not its own."""

    def __init__(self, app: ASGIApp, *, hosts: KnownHosts, proxies: TrustedProxies) -> None:
        self.app, self._hosts, self._proxies = app, hosts, proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _is_from_here(scope) or self._is_fine(scope):
            await self.app(scope, receive, send)
            return
        host = Headers(scope=scope).get("host", "")[:100]
        response = await run_in_threadpool(
            problem_response,
            Request(scope, receive),
            403,
            f"This machine is asked for as '{host}', which is not a name of this server. Use "
            "localhost or an address; if the name is yours, add it to ROENTGEN_ALLOWED_HOSTS, or "
            "the proxy that sends it to ROENTGEN_TRUSTED_PROXIES.",
            title="Foreign host",
        )
        await response(scope, receive, send)

    def _is_fine(self, scope: Scope) -> bool:
        if scope["client"][0] in self._proxies:
            return True
        return all(map(self._hosts.knows, Headers(scope=scope).getlist("host")))


def host_name(host: str) -> str:
    """The name of a `Host` header: without port, brackets, zone and the dot that may end it."""
    host = host.strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0].partition("%")[0]
    name = host.rpartition(":")[0] if host.count(":") == 1 else host
    return name.partition("%")[0].removesuffix(".")


def _is_from_here(scope: Scope) -> bool:
    """Whether it comes from this machine: by loopback, or from the address that it goes to.

    Without a client there is a socket in the file system, which no browser can reach.
    """
    client, server = scope.get("client"), scope.get("server")
    address = address_of(client[0]) if client else None
    if address is None:
        return False
    return address.is_loopback or bool(server and address == address_of(server[0] or ""))


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        pass
    else:
        return True
    if not IPV4.fullmatch(name):
        return False
    try:
        socket.inet_aton(name)
    except OSError:
        return False
    return True
