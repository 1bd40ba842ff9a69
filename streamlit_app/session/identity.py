"""Who sits at the browser, as the API is told: by their session, or by their address.

The API lets this machine itself in without a session. The UI runs on it, and speaks for browsers
of other machines too: of those it says so, as a proxy would.
"""

import ipaddress
from collections.abc import Mapping

import streamlit as st

# Where a browser session keeps what it logged in with: in this process, never in the browser.
TOKEN = "session-token"
# Who the API took the person for at the last look: None where it does not say, absent where it was
# away then.
WHO = "who"
FORWARDING = frozenset(
    {"forwarded", "via", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "true-client-ip"}
)
UNKNOWN = "unknown"


def headers() -> dict[str, str]:
    """What a request for the person at this browser carries."""
    found: dict[str, str] = {}
    if token := st.session_state.get(TOKEN):
        found["Authorization"] = f"Bearer {token}"
    address = forwarded_for(_address(), st.context.headers, is_socket=_is_socket())
    if address is not None:
        found["X-Forwarded-For"] = address
    return found


def forwarded_for(
    address: str | None, sent: Mapping[str, str], *, is_socket: bool = False
) -> str | None:
    """The address to name to the API; None for a browser on this machine, with nobody between.

    Args:
        address: of whoever is connected; None: 127.0.0.1 or ::1, or nobody is any more.
        sent: the headers that the browser opened its connection with; empty: nobody is connected.
        is_socket: the connections come by a socket in the file system, so from a proxy.
    """
    names = {name.lower(): value for name, value in sent.items()}
    is_forwarded = any(n in FORWARDING or n.startswith("x-forwarded") for n in names)
    is_near = not is_socket and (address is None or _is_loopback(address))
    if is_near and not is_forwarded and _is_loopback_name(names.get("host", "")):
        return None
    if address is not None and not _is_loopback(address):
        return _printable(address)
    return _printable(names.get("x-forwarded-for", "").rpartition(",")[2].strip()) or UNKNOWN


def _address() -> str | None:
    found = st.context.ip_address
    return found if isinstance(found, str) else None


def _is_socket() -> bool:
    return str(st.get_option("server.address") or "").startswith("unix:")


def _is_loopback(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return (getattr(found, "ipv4_mapped", None) or found).is_loopback


def _is_loopback_name(host: str) -> bool:
    """As the API judges its own `Host`."""
    host = host.strip().lower()
    name = host[1:].partition("]")[0] if host.startswith("[") else host.rpartition(":")[0] or host
    if name == "localhost" or name.endswith(".localhost"):
        return True
    return name == "0.0.0.0" or _is_loopback(name)


def _printable(text: str) -> str:
    return "".join(c for c in text[:100] if c.isascii() and c.isprintable())
