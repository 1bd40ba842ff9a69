"""Whose signatures count here, and what this installation signs with, by the settings."""

from pathlib import Path
from typing import TYPE_CHECKING

from api.errors import InvalidRequest
from api.registry.signing.keys import public_of, read_private_key
from api.setting_groups.signers import Signers, parsed_signers
from api.settings import Settings

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def trusted_signers(settings: Settings) -> Signers:
    """Whose checkpoints may serve; nobody named: everybody's. Raises: InvalidRequest."""
    try:
        return parsed_signers(settings.trusted_signers)
    except ValueError as exc:
        raise InvalidRequest(f"ROENTGEN_TRUSTED_SIGNERS: {exc}.") from exc


def own_key(settings: Settings) -> "Ed25519PrivateKey | None":
    """What a version that is made here is signed with; None: it need not be signed.

    Raises: InvalidRequest where servers would refuse what is made here.
    """
    signers = trusted_signers(settings)
    key = read_private_key(Path(settings.signing_key)) if settings.signing_key else None
    if not signers or (key is not None and public_of(key) in dict(signers)):
        return key
    wrong = "is not set" if key is None else "is the file of a key that is not among them"
    raise InvalidRequest(
        "ROENTGEN_TRUSTED_SIGNERS asks for signed versions, and ROENTGEN_SIGNING_KEY "
        f"{wrong}: no server would serve what is trained here. Set it to the file of a trusted "
        "key, then start the retraining again."
    )
