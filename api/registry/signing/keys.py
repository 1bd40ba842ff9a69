"""Ed25519 keys (RFC 8032): made and read.

`cryptography` is imported inside: a server that asks for no signatures does without.
"""

import base64
import os
from pathlib import Path
from typing import TYPE_CHECKING

from api.errors import InvalidRequest
from api.files import make_folder, read_bounded, storage_errors
from api.setting_groups.signers import KEY_PREFIX

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

MAX_KEY_BYTES = 10_000


def write_keypair(path: Path) -> str:
    """Write a new private key (PEM, PKCS#8) that only its owner may read; returns the public one.

    Raises: InvalidRequest if there is a file already; StorageFailed.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with storage_errors(path):
        make_folder(path.parent)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as exc:
            raise InvalidRequest(
                f"There is a file '{path.name}' already; name another one. What an old key signed "
                "is refused once that key is no longer trusted."
            ) from exc
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
    return public_of(key)


def read_private_key(path: Path) -> "Ed25519PrivateKey":
    """The key of a file that `write_keypair` or `openssl genpkey` wrote. Raises: InvalidRequest."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(read_bounded(path, max_bytes=MAX_KEY_BYTES), password=None)
    except OSError as exc:
        raise InvalidRequest(
            f"The signing key '{path.name}' cannot be read ({exc.strerror})."
        ) from exc
    except (ValueError, TypeError, UnsupportedAlgorithm) as exc:
        raise InvalidRequest(
            f"'{path.name}' is no private key in PEM without a password; make one with "
            "`python -m api signing keypair`."
        ) from exc
    if not isinstance(key, Ed25519PrivateKey):
        raise InvalidRequest(f"The key in '{path.name}' is not an Ed25519 key.")
    return key


def public_of(key: "Ed25519PrivateKey") -> str:
    """Its public key, as settings name it."""
    return KEY_PREFIX + base64.b64encode(key.public_key().public_bytes_raw()).decode()
