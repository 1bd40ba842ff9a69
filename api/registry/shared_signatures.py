"""Signatures of versions that lie in a shared store already: given once, found by every machine."""

import contextlib
from pathlib import Path

from api.errors import BlobNotFound, InvalidCheckpoint, StorageFailed, StorageUnavailable
from api.files import write_atomic
from api.model_card.card import Card
from api.registry.published import PublishedVersions
from api.registry.signing.artefacts import ARTEFACTS, WEIGHTS_NAME, signature_path
from api.registry.signing.signatures import Signature, trusted_signature
from api.setting_groups.signers import Signers


def fetch_signature(
    weights: Path, card: Card, published: PublishedVersions | None, signers: Signers
) -> None:
    """Put the store's signature beside this machine's copy of a version that no trusted signer
    signed. Whether it is a good one is found out where the version is loaded.

    Where the store is away the copy stays as it is, and is refused for what is wrong with it.
    """
    if published is None or not signers:
        return
    with contextlib.suppress(InvalidCheckpoint):
        trusted_signature(weights, card, signers)
        return
    with contextlib.suppress(StorageFailed, StorageUnavailable):
        if content := published.signature_of(card.version):
            write_atomic(signature_path(weights), content)


def share_signature(signature: Signature, published: PublishedVersions) -> None:
    """Put a signature of a version beside its files in the store.

    Raises: InvalidCheckpoint if the store has no such version, or other files of it: there the
    signature would be refused. StorageFailed, StorageUnavailable.
    """
    version = signature.version
    try:
        listed = published.files_of(version)
    except BlobNotFound as exc:
        raise InvalidCheckpoint(
            f"Version '{version}' is signed here, and is not in the shared store; no other "
            "machine has it."
        ) from exc
    names = {what: path_of(Path(WEIGHTS_NAME)).name for what, path_of in ARTEFACTS.items()}
    there = {what: listed[name] for what, name in names.items() if name in listed}
    if there != dict(signature.files):
        differ = sorted(what for what in names if there.get(what) != signature.files.get(what))
        raise InvalidCheckpoint(
            f"Version '{version}' is signed for this machine alone: its files here are not those "
            f"in the shared store ({', '.join(differ)}). To sign it for all machines, sign it "
            "where they are the same, or remove its folder here, so that it is fetched again."
        )
    published.sign(version, signature.to_json())
