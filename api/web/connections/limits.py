"""How many connections a server holds, and how long one may take to ask for something."""

import ipaddress
import logging
import math
import time
from collections import Counter
from collections.abc import Callable, Container
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Protocol

logger = logging.getLogger(__name__)

HEADER_BYTES = 65_536
# HTTP/2 counts a header this much larger than its name and value together (RFC 9113, 10.5.1): many
# short headers cost more than their bytes.
HEADER_OVERHEAD_BYTES = 32
# What is still to come of a body whose answer was given: some time, and more for what has come.
REMAINDER_S = 20.0
REMAINDER_BYTES_PER_S = 2000.0
# A client that takes nothing of its answer for so long has stopped reading.
STALLED_WRITE_S = 60.0
SWEEP_S = 0.5
NEVER = math.inf
# Files of our own that need a descriptor: records, films, pipes.
RESERVED_FILES = 256


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What a server takes on.

    Args:
        header_s: seconds until the headers of a request are complete.
        total: connections of one process at once.
        per_address: the same of one client's address (IPv6: of one /64 network).
        exempt: addresses that are not one client's: proxies.
    """

    header_s: float = 10.0
    header_bytes: int = HEADER_BYTES
    total: int = 2000
    per_address: int = 1000
    exempt: Container[str] = ()


@dataclass(slots=True)
class RequestDeadline:
    """Until when a connection must have sent the headers of its next request. Times in seconds."""

    header_s: float
    expires_at: float = NEVER
    # Bytes of a request whose headers are not complete.
    head_bytes: int = 0
    _has_remainder: bool = False

    def opened(self, now: float) -> None:
        """Nothing was sent yet."""
        self.expires_at = now + self.header_s

    def received(self, size: int, now: float) -> None:
        """Bytes came that completed no headers, while no request is worked on."""
        if self._has_remainder:
            later = self.expires_at + size / REMAINDER_BYTES_PER_S
            self.expires_at = min(later, now + REMAINDER_S)
            return
        self.head_bytes += size
        if self.expires_at == NEVER:
            self.expires_at = now + self.header_s

    def working(self) -> None:
        """The headers are complete; from here on the application bounds the request."""
        self.expires_at, self.head_bytes, self._has_remainder = NEVER, 0, False

    def answered(self, now: float, *, head_bytes: int, body_is_complete: bool) -> None:
        """Nothing is worked on; what waits of the next request has its time from now on.

        A connection that is idle is the server's: it ends it after its keep-alive time.
        """
        self.head_bytes, self._has_remainder = head_bytes, not body_is_complete
        if self._has_remainder:
            self.expires_at = now + REMAINDER_S
        else:
            self.expires_at = now + self.header_s if head_bytes else NEVER

    def body_ended(self, now: float) -> None:
        """The rest of a body has come whose answer was given before."""
        self._has_remainder = False
        self.expires_at = now + self.header_s


class Connection(Protocol):
    """What the table needs of a connection; it is hashable by identity."""

    client: tuple[str, int] | None
    deadline: RequestDeadline

    def end(self, reason: str) -> None:
        """Close it: `expired` (its deadline has passed), `evicted` or `stalled`."""


@dataclass(slots=True)
class ConnectionTable:
    """All connections of one process; used by its event loop only.

    Where there is no room, the connection that has waited longest for a request is ended for the
    new one: connections that are held open keep nobody out. Only where all are being worked for is
    the new one refused.
    """

    limits: ConnectionLimits
    clock: Callable[[], float] = time.monotonic
    # Told the status of each answer to a connection that has no request.
    on_refusal: Callable[[int], None] = lambda _status: None
    _open: dict[Connection, str] = field(default_factory=dict)
    _by_address: Counter[str] = field(default_factory=Counter)
    _waiting: dict[str, dict[Connection, None]] = field(default_factory=dict)
    _stalled: dict[Connection, float] = field(default_factory=dict)
    _ended: Counter[str] = field(default_factory=Counter)

    def __len__(self) -> int:
        return len(self._open)

    def allow_for_files(self) -> None:
        """Hold no more than the system lets this process hold."""
        self.limits = replace(self.limits, total=open_files_limit(self.limits.total))

    def opened(self, connection: Connection) -> bool:
        """Whether there is room for one more."""
        host = connection.client[0] if connection.client else ""
        address = _network(host)
        if not self._has_room(host, address):
            self._ended["refused"] += 1
            return False
        self._open[connection] = address
        self._by_address[address] += 1
        connection.deadline.opened(self.clock())
        self.waits(connection)
        return True

    def closed(self, connection: Connection) -> None:
        """It is gone; one that was refused was never there."""
        address = self._open.pop(connection, None)
        self._stalled.pop(connection, None)
        if address is None:
            return
        self._forget_waiting(connection, address)
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]

    def waits(self, connection: Connection) -> None:
        """No request of it is worked on; it is the first of its address to go from the end."""
        if (address := self._open.get(connection)) is not None:
            self._forget_waiting(connection, address)
            self._waiting.setdefault(address, {})[connection] = None

    def works(self, connection: Connection) -> None:
        """A request of it is worked on; it is not ended for another one."""
        if (address := self._open.get(connection)) is not None:
            self._forget_waiting(connection, address)

    def stalls(self, connection: Connection, *, now_stalled: bool) -> None:
        """Whether its client has stopped reading."""
        if now_stalled and connection in self._open:
            self._stalled.setdefault(connection, self.clock())
        else:
            self._stalled.pop(connection, None)

    def sweep(self) -> None:
        """End what has taken too long, and say how many that were in one line."""
        now = self.clock()
        late = [
            connection
            for waiting in self._waiting.values()
            for connection in waiting
            if connection.deadline.expires_at <= now
        ]
        for connection in late:
            self._end(connection, "expired")
        for connection, since in list(self._stalled.items()):
            if now - since >= STALLED_WRITE_S:
                self._end(connection, "stalled")
        if self._ended:
            counted = " ".join(f"{reason}={count}" for reason, count in self._ended.items())
            logger.warning("connections ended %s open=%d", counted, len(self._open))
            self._ended.clear()

    def _has_room(self, host: str, address: str) -> bool:
        is_one_client = bool(host) and host not in self.limits.exempt
        if is_one_client and self._by_address[address] >= self.limits.per_address:
            return self._evict(address)
        return len(self._open) < self.limits.total or self._evict(None)

    def _evict(self, address: str | None) -> bool:
        """End the one that has waited longest, of this address or else of the one with the most."""
        if address is None:
            address = max(self._waiting, key=self._by_address.__getitem__, default="")
        oldest = next(iter(self._waiting.get(address, ())), None)
        if oldest is None:
            return False
        self._end(oldest, "evicted")
        return True

    def _end(self, connection: Connection, reason: str) -> None:
        self._ended[reason] += 1
        self.closed(connection)
        connection.end(reason)

    def _forget_waiting(self, connection: Connection, address: str) -> None:
        waiting = self._waiting.get(address)
        if waiting is not None:
            waiting.pop(connection, None)
            if not waiting:
                del self._waiting[address]


@lru_cache(maxsize=4096)
def _network(host: str) -> str:
    """Whose connections count together: an address, or a network that one client can have whole."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    if address.is_loopback:
        return str(address)
    return str(ipaddress.ip_network((address, 64), strict=False).network_address)


def open_files_limit(desired: int) -> int:
    """Connections that the system lets this process hold, `wanted` at most.

    Raises the soft limit of open files as far as is needed and allowed; it is for old programs.
    """
    try:
        import resource
    except ImportError:  # Windows
        return desired
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    need = desired + RESERVED_FILES
    if soft != resource.RLIM_INFINITY and soft < need:
        raised = need if hard == resource.RLIM_INFINITY else min(need, hard)
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
        except (OSError, ValueError):
            logger.warning("limit of open files not raised soft=%d hard=%d", soft, hard)
        else:
            soft = raised
    if soft == resource.RLIM_INFINITY or soft >= need:
        return desired
    room = max(16, soft - RESERVED_FILES)
    logger.warning("fewer connections than set wanted=%d possible=%d (ulimit -n)", desired, room)
    return room
