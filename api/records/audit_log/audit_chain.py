"""The chain of the audit log: what an entry's hash covers, and where a chain is broken."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from api.records.audit_log.audit_tables import GENESIS


@dataclass(frozen=True, slots=True)
class ChainedEntry:
    """An entry as it is stored. `before` and `after` are canonical JSON; `at` is ISO 8601, UTC.

    `address_sha256` commits to the client's address, which is stored apart and for a time only.
    """

    number: int
    at: str
    actor: str
    right: str | None
    action: str
    object: str
    task: str | None
    before: str | None
    after: str | None
    request_id: str | None
    address_sha256: str | None


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The number and the hash of the newest entry; 0 and `GENESIS` before the first."""

    number: int = 0
    hash: str = GENESIS


@dataclass(frozen=True, slots=True)
class Broken:
    """The first entry that is not as it was written, and what is wrong with it."""

    number: int
    reason: str


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces: one text for one value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def hash_of(entry: ChainedEntry, *, previous: str) -> str:
    """Hex SHA-256 of the hash before, a line feed, and the entry as canonical JSON in UTF-8."""
    content = f"{previous}\n{canonical(asdict(entry))}"
    return hashlib.sha256(content.encode()).hexdigest()


def address_digest(salt: str, address: str) -> str:
    """What an entry holds of an address: without the salt nobody can try addresses."""
    return hashlib.sha256(f"{salt}\n{address}".encode()).hexdigest()


def verify(
    entries: Iterable[tuple[ChainedEntry, str]],
    *,
    head: ChainHead,
    trusted: ChainHead | None = None,
) -> Broken | None:
    """The first broken entry of a chain; None if it is whole.

    Args:
        entries: with their hashes, from the first on, by number.
        head: the newest entry, as it is stored apart.
        trusted: an entry that somebody wrote down elsewhere, which the chain must hold.
    """
    last = ChainHead()
    for found in _followed(entries):
        if isinstance(found, Broken):
            return found
        last = found
        if trusted and last.number == trusted.number and last.hash != trusted.hash:
            return Broken(last.number, "it is not the entry whose hash was written down")
    newest = max(head.number, trusted.number if trusted else 0)
    if last.number < newest:
        return Broken(last.number + 1, f"the entries from here to {newest} are missing")
    if last != head:
        return Broken(head.number + 1, "there are entries after the newest that was written")
    return None


def _followed(entries: Iterable[tuple[ChainedEntry, str]]) -> Iterator[ChainHead | Broken]:
    """The head after each entry, and the first that does not follow."""
    last = ChainHead()
    for entry, stored in entries:
        if entry.number != last.number + 1:
            yield Broken(last.number + 1, "it is missing")
            return
        if hash_of(entry, previous=last.hash) != stored:
            yield Broken(entry.number, "it was changed, or one before it was")
            return
        last = ChainHead(entry.number, stored)
        yield last
