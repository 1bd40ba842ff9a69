"""Keys that all nodes have to share: the records know their fingerprints, so that a node with
another one is noticed before it takes the films of one patient for those of two."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, select

from api.clock import now
from api.errors import WrongKey
from api.files import storage_errors
from api.inputs.stored_names import KEY_NAME as FILENAME_KEY
from api.records.database import reading, writing
from api.records.servers.key_tables import shared_keys

# In the state folder: whose films belong together can be told only there.
PATIENT_KEY = "patients.key"
KEYS = (PATIENT_KEY, FILENAME_KEY)


@dataclass(frozen=True, slots=True)
class SharedKey:
    """A key of this node, by the name of its file, and what the records say of it."""

    database: Engine
    name: str
    node: str

    def check(self, key: bytes | None) -> None:
        """Compare this node's key with that of the others; the first one is theirs from now on.

        Args:
            key: None: this node has none.

        Raises: WrongKey, StoreBusy, StorageFailed.
        """
        with reading(self.database) as connection:
            known = _known(connection, self.name)
        if known is None and key is not None:
            with writing(self.database) as connection:
                known = _known(connection, self.name) or _add(connection, self, key)
        if known is None:
            return
        fingerprint, node = known
        if key is None:
            raise WrongKey(_sentence(self.name, node, "this machine has no"))
        if _fingerprint(key) != fingerprint:
            raise WrongKey(_sentence(self.name, node, "this machine has another"))


def check_keys(
    database: Engine, state_dir: Path, *, node: str, names: Collection[str] = KEYS
) -> None:
    """Compare the keys in a state folder with those of the other nodes.

    Raises: WrongKey, StoreBusy, StorageFailed.
    """
    for name in names:
        SharedKey(database, name, node).check(_read(state_dir / name))


def accept_keys(database: Engine, state_dir: Path, *, node: str) -> None:
    """Take the keys in a state folder for those of all nodes; of one that is missing nothing is
    known any more.

    Raises: StoreBusy, StorageFailed.
    """
    with writing(database) as connection:
        connection.execute(shared_keys.delete())
        for name in KEYS:
            if (key := _read(state_dir / name)) is not None:
                _add(connection, SharedKey(database, name, node), key)


def _known(connection: Connection, name: str) -> tuple[str, str] | None:
    """Fingerprint, and the node whose key it is."""
    query = select(shared_keys.c.fingerprint, shared_keys.c.node).where(shared_keys.c.name == name)
    found = connection.execute(query).first()
    return None if found is None else (found.fingerprint, found.node)


def _add(connection: Connection, shared: SharedKey, key: bytes) -> tuple[str, str]:
    row = {"name": shared.name, "fingerprint": _fingerprint(key), "node": shared.node, "at": now()}
    connection.execute(shared_keys.insert(), row)
    return _fingerprint(key), shared.node


def _fingerprint(key: bytes) -> str:
    return hashlib.sha256(b"fingerprint of a key of Roentgen\0" + key).hexdigest()


def _read(path: Path) -> bytes | None:
    with storage_errors(path):
        return path.read_bytes() if path.exists() else None


def _sentence(name: str, node: str, what: str) -> str:
    return (
        f"These records belong to the '{name}' of node '{node}', and {what} '{name}': the same "
        "patient or file would be taken for two. Copy that file from the state folder of a node "
        "that has it, or from a backup, into this one's; if it is lost everywhere, "
        "`python -m api db accept-keys` goes on with this machine's."
    )
