"""A signature beside a card: somebody vouches for all files of a checkpoint.

What is signed is a statement: task, version, and the SHA-256 of each file by what it is (the card
and the weights among them), as JSON with sorted keys and without spaces. The signature is Ed25519's
(Bernstein et al. 2012, RFC 8032).
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from api.errors import InvalidCheckpoint
from api.files import read_bounded, write_atomic
from api.model_card.card import Card
from api.registry.signing.artefacts import (
    ARTEFACTS,
    artefacts_of,
    bounded_sha256,
    signature_path,
)
from api.registry.signing.keys import public_of
from api.setting_groups.signers import KEY_PREFIX, Signers, public_key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

# Signed too: a signature of something else is never one of a checkpoint.
FORMAT = "roentgen-checkpoint-1"
MAX_BYTES = 20_000
# A machine that compiled the version itself has none beside the weights.
MAY_BE_MISSING = frozenset({"compiled"})
HOW_TO_SIGN = (
    "If you know where it comes from, sign it with `python -m api signing sign {version} --key "
    "FILE --task {task}`, else remove its folder."
)


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed which files.

    Attributes:
        signer: the public key.
        files: SHA-256, hex, by what the file is (see `ARTEFACTS`).
    """

    task: str
    version: str
    files: Mapping[str, str]
    signer: str
    signature: bytes

    @property
    def statement(self) -> bytes:
        """What is signed."""
        return _statement(self.task, self.version, self.files)

    def to_json(self) -> bytes:
        """As the file holds it."""
        described = {
            "format": FORMAT,
            "task": self.task,
            "version": self.version,
            "files": dict(self.files),
            "signer": self.signer,
            "signature": base64.b64encode(self.signature).decode(),
        }
        return (json.dumps(described, indent=1) + "\n").encode()

    @classmethod
    def from_json(cls, content: bytes) -> Self:
        """Raises: ValueError if it is none."""
        found: Any = json.loads(content)
        try:
            if found["format"] != FORMAT:
                raise ValueError(f"its format is not {FORMAT}")
            files = {str(name): str(sha256) for name, sha256 in found["files"].items()}
            signature = base64.b64decode(found["signature"], validate=True)
            signer = public_key(found["signer"])
            return cls(str(found["task"]), str(found["version"]), files, signer, signature)
        except (KeyError, TypeError, AttributeError, binascii.Error) as exc:
            raise ValueError("a field is missing or is something else") from exc


def sign(
    weights: Path, card: Card, key: "Ed25519PrivateKey", *, compiled: Path | None = None
) -> Signature:
    """Sign a checkpoint's files as they are, and write the signature beside its card.

    Args:
        compiled: its compiled form, where that does not lie beside the weights yet.

    Raises: StorageFailed; OSError if a file cannot be read.
    """
    paths = artefacts_of(weights) | ({"compiled": compiled} if compiled else {})
    files = {name: bounded_sha256(path) for name, path in sorted(paths.items())}
    signature = Signature(
        card.task,
        card.version,
        files,
        public_of(key),
        key.sign(_statement(card.task, card.version, files)),
    )
    write_atomic(signature_path(weights), signature.to_json())
    return signature


def require_signature(weights: Path, card: Card, signers: Signers) -> None:
    """Check that one of the signers signed every file of a checkpoint as it is now.

    Raises: InvalidCheckpoint with what to do; nothing is checked where there are no signers.
    """
    if not signers:
        return
    signature = trusted_signature(weights, card, signers)
    for name in ARTEFACTS:
        _check_file(weights, card, name, signature.files.get(name))


def trusted_signature(weights: Path, card: Card, signers: Signers) -> Signature:
    """The signature of one of the signers; of the files the card alone is compared.

    Raises: InvalidCheckpoint.
    """
    signature = read_signature(weights, card)
    if signature is None:
        raise InvalidCheckpoint(
            f"'{card.version}' is not signed, and ROENTGEN_TRUSTED_SIGNERS asks for it. "
            + HOW_TO_SIGN.format(version=card.version, task=card.task)
        )
    if signature.signer not in dict(signers):
        raise InvalidCheckpoint(
            f"'{card.version}' is signed by {signature.signer}, which ROENTGEN_TRUSTED_SIGNERS "
            "does not name. Add that key if you trust it. "
            + HOW_TO_SIGN.format(version=card.version, task=card.task)
        )
    return signature


def read_signature(weights: Path, card: Card) -> Signature | None:
    """What lies beside a card, if it is a valid signature of that card by whomever.

    Returns: None if nothing lies there. Raises: InvalidCheckpoint if it is not valid.
    """
    path = signature_path(weights)
    try:
        signature = Signature.from_json(read_bounded(path, max_bytes=MAX_BYTES))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as exc:
        raise InvalidCheckpoint(
            f"'{path.name}' of '{card.version}' cannot be read as a signature ({exc}); restore it, "
            "or sign the version again."
        ) from exc
    is_same = (signature.task, signature.version) == (card.task, card.version)
    if not (is_same and _is_genuine(signature)):
        raise InvalidCheckpoint(
            f"'{path.name}' is not a signature of '{card.version}' by the key that it names. "
            + HOW_TO_SIGN.format(version=card.version, task=card.task)
        )
    _check_file(weights, card, "card", signature.files.get("card"))
    return signature


def signed_by(weights: Path, card: Card, signers: Signers) -> str | None:
    """Who signed a checkpoint: the name of a trusted signer, else the key; None: nobody did."""
    try:
        signature = read_signature(weights, card)
    except InvalidCheckpoint:
        return None
    return dict(signers).get(signature.signer, signature.signer) if signature else None


def _check_file(weights: Path, card: Card, name: str, signed: str | None) -> None:
    path = ARTEFACTS[name](weights)
    try:
        found = bounded_sha256(path)
    except FileNotFoundError:
        if signed is None or name in MAY_BE_MISSING:
            return
        found = "none"
    except OSError as exc:
        raise InvalidCheckpoint(f"'{path.name}' cannot be read ({exc.strerror}).") from exc
    if found != signed:
        what = "was added after" if signed is None else "is not as it was when"
        raise InvalidCheckpoint(
            f"'{path.name}' of '{card.version}' {what} the version was signed. Restore its files; "
            "if you made the change yourself, sign it again: `python -m api signing sign "
            f"{card.version} --key FILE --task {card.task}`."
        )


def _statement(task: str, version: str, files: Mapping[str, str]) -> bytes:
    described = {"format": FORMAT, "task": task, "version": version, "files": dict(files)}
    return json.dumps(described, sort_keys=True, separators=(",", ":")).encode()


def _is_genuine(signature: Signature) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    raw = base64.b64decode(signature.signer.removeprefix(KEY_PREFIX))
    try:
        Ed25519PublicKey.from_public_bytes(raw).verify(signature.signature, signature.statement)
    except (InvalidSignature, ValueError):
        return False
    return True
