"""Signatures of checkpoints: who signed which files, and what is refused."""

import dataclasses
import json
import stat
from pathlib import Path

import pytest
from pydantic import ValidationError

from api.errors import InvalidCheckpoint, InvalidRequest
from api.registry.signing.artefacts import (
    CARD_NAME,
    INT8_NAME,
    SHIFT_NAME,
    WEIGHTS_NAME,
    shipped_compiled_path,
    signature_path,
)
from api.registry.signing.chosen_keys import own_key
from api.registry.signing.keys import public_of, read_private_key, write_keypair
from api.registry.signing.signatures import sign, signed_by
from api.registry.store import Store, card_path, verify_weights
from api.settings import Settings
from tests.registry.stores import a_store


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "keys" / "ours.pem"
    write_keypair(path)
    return path


@pytest.fixture
def store(tmp_path: Path, key: Path) -> Store:
    """v1, and v2 with a file more; ours is the trusted key, and nothing is signed."""
    store = a_store(tmp_path / "store", "v1", "v2")
    (store.folder / "v2" / SHIFT_NAME).write_bytes(b"films of known hospitals")
    return dataclasses.replace(store, signers=((public_of(read_private_key(key)), "the clinic"),))


def signed(store: Store, version: str, key: Path) -> Path:
    """A version after it was signed; returns its folder."""
    found = store.get(version)
    sign(found.weights, found.card, read_private_key(key))
    return found.weights.parent


class TestWhatIsRefused:
    @pytest.mark.parametrize("version", ["v1", "v2"])
    def test_unsigned_ones_are_and_signed_ones_are_not(
        self, store: Store, key: Path, version: str
    ) -> None:
        with pytest.raises(InvalidCheckpoint, match=f"not signed.*signing sign {version} --key"):
            verify_weights(store.get(version))

        signed(store, version, key)

        verify_weights(store.get(version))

    def test_nothing_is_where_nobody_asks(self, store: Store) -> None:
        verify_weights(dataclasses.replace(store, signers=()).get("v2"))

    def test_keys_that_are_not_trusted_are(self, store: Store, tmp_path: Path) -> None:
        other = tmp_path / "other.pem"
        public = write_keypair(other)
        signed(store, "v2", other)

        with pytest.raises(InvalidCheckpoint, match="does not name") as refused:
            verify_weights(store.get("v2"))

        assert public in refused.value.message

    @pytest.mark.parametrize("name", [WEIGHTS_NAME, CARD_NAME, SHIFT_NAME])
    def test_files_that_changed_or_went_are(self, store: Store, key: Path, name: str) -> None:
        folder = signed(store, "v2", key)
        checkpoint = store.get("v2")
        with (folder / name).open("ab") as file:
            file.write(b" ")
        with pytest.raises(InvalidCheckpoint, match=f"'{name}' of 'v2' is not as it was"):
            verify_weights(checkpoint)

        (folder / name).unlink()

        with pytest.raises(InvalidCheckpoint, match=f"'{name}' of 'v2' is not as it was"):
            verify_weights(checkpoint)

    def test_files_that_came_later_are(self, store: Store, key: Path) -> None:
        folder = signed(store, "v2", key)
        (folder / INT8_NAME).write_bytes(b"another network")

        with pytest.raises(InvalidCheckpoint, match=r"int8.*was added after"):
            verify_weights(store.get("v2"))

    def test_a_compiled_form_may_be_missing_but_not_another_one(
        self, store: Store, key: Path, tmp_path: Path
    ) -> None:
        found, compiled = store.get("v2"), tmp_path / "compiled"
        compiled.write_bytes(b"compiled")
        sign(found.weights, found.card, read_private_key(key), compiled=compiled)
        verify_weights(found)
        shipped_compiled_path(found.weights).write_bytes(b"compiled")
        verify_weights(found)

        shipped_compiled_path(found.weights).write_bytes(b"another")

        with pytest.raises(InvalidCheckpoint, match=r"'model\.tflite'"):
            verify_weights(found)

    @pytest.mark.parametrize("field", ["version", "task", "signer", "signature", "files"])
    def test_signatures_of_something_else_are(
        self, store: Store, key: Path, tmp_path: Path, field: str
    ) -> None:
        other = a_store(tmp_path / "others", "v1", "v3")
        signed(other, "v3", key)
        signed(store, "v2", key)
        path = signature_path(store.get("v2").weights)
        theirs = json.loads(signature_path(other.get("v3").weights).read_bytes())
        theirs |= {"task": "iris", "signer": write_keypair(tmp_path / "third.pem")}

        path.write_text(json.dumps(json.loads(path.read_bytes()) | {field: theirs[field]}))

        with pytest.raises(InvalidCheckpoint, match="not a signature of 'v2'"):
            verify_weights(store.get("v2"))
        assert signed_by(store.get("v2").weights, store.get("v2").card, store.signers) is None

    @pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff", b'{"format": 1}', b"[" * 9999])
    def test_files_that_are_none_are(self, store: Store, content: bytes) -> None:
        signature_path(store.get("v2").weights).write_bytes(content)

        with pytest.raises(InvalidCheckpoint, match="cannot be read as a signature"):
            verify_weights(store.get("v2"))


class TestWhoSigned:
    def test_it_is_a_name_where_there_is_one_else_the_key(self, store: Store, key: Path) -> None:
        found = store.get("v2")
        assert signed_by(found.weights, found.card, store.signers) is None

        signed(store, "v2", key)

        assert signed_by(found.weights, found.card, store.signers) == "the clinic"
        assert signed_by(found.weights, found.card, ()) == public_of(read_private_key(key))

    def test_nobody_signed_a_card_that_changed(self, store: Store, key: Path) -> None:
        signed(store, "v1", key)
        found = store.get("v1")
        path = card_path(found.weights)
        path.write_bytes(path.read_bytes() + b"\n")

        assert signed_by(found.weights, found.card, store.signers) is None


class TestKeys:
    def test_the_private_one_is_its_owners_and_is_never_overwritten(self, key: Path) -> None:
        content = key.read_bytes()
        assert stat.S_IMODE(key.stat().st_mode) == 0o600

        with pytest.raises(InvalidRequest, match="already"):
            write_keypair(key)

        assert key.read_bytes() == content

    def test_other_files_are_no_keys(self, tmp_path: Path) -> None:
        path = tmp_path / "no.pem"
        with pytest.raises(InvalidRequest, match="cannot be read"):
            read_private_key(path)
        path.write_bytes(b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")

        with pytest.raises(InvalidRequest, match="no private key"):
            read_private_key(path)

    def test_a_retraining_needs_a_key_that_servers_trust(self, tmp_path: Path, key: Path) -> None:
        ours, other = public_of(read_private_key(key)), tmp_path / "other.pem"
        theirs = write_keypair(other)
        listed = tmp_path / "signers"
        listed.write_text(f"# two\n{ours} the clinic\n\n{theirs}  # the trainer\n")

        assert own_key(Settings()) is None
        for trusted in (ours, f"{theirs}, {ours}", str(listed)):
            found = own_key(Settings(trusted_signers=trusted, signing_key=str(key)))
            assert found is not None
            assert public_of(found) == ours
        for wrong in ("", str(other)):
            with pytest.raises(InvalidRequest, match="no server would serve"):
                own_key(Settings(trusted_signers=ours, signing_key=wrong))

    @pytest.mark.parametrize("wrong", ["ed25519:AAAA", "/nowhere/at/all", "ed25519:", "ed25519:é"])
    def test_a_server_does_not_start_with_signers_that_are_none(self, wrong: str) -> None:
        with pytest.raises(ValidationError):
            Settings(trusted_signers=wrong)

    def test_an_empty_list_would_refuse_everything(self, tmp_path: Path) -> None:
        listed = tmp_path / "signers"
        listed.write_text("# nobody yet\n")

        with pytest.raises(ValidationError, match="no key in it"):
            Settings(trusted_signers=str(listed))
