"""Versions in a shared store that are signed later: once, on one machine, for all."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.errors import InvalidCheckpoint
from api.registry.shared_signatures import share_signature
from api.registry.signing.artefacts import INT8_NAME, SHIFT_NAME, SIGNATURE_NAME
from api.registry.signing.keys import public_of, read_private_key, write_keypair
from api.registry.signing.signatures import Signature, sign
from api.registry.store import Store, verify_weights
from tests.registry.test_published import machine, shared, synchronise
from tests.support.s3_server import storage_url as storage_url


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "ours.pem"
    write_keypair(path)
    return path


@pytest.fixture
def one(tmp_path: Path, storage_url: str) -> Store:
    """A machine that has published v2, which nobody signed."""
    store = machine(tmp_path / "one", storage_url, "v2")
    synchronise(store)
    return store


@pytest.fixture
def other(one: Store, key: Path, tmp_path: Path, storage_url: str) -> Store:
    """Another machine, which has v2 too and trusts a key."""
    store = machine(tmp_path / "other", storage_url)
    synchronise(store)
    return replace(store, signers=((public_of(read_private_key(key)), "the clinic"),))


def signed(store: Store, key: Path) -> Signature:
    found = store.get("v2")
    return sign(found.weights, found.card, read_private_key(key))


class TestSigningForAll:
    def test_a_machine_that_has_a_copy_finds_the_signature(
        self, one: Store, other: Store, key: Path
    ) -> None:
        with pytest.raises(InvalidCheckpoint, match="not signed"):
            verify_weights(other.get("v2"))

        share_signature(signed(one, key), shared(one))

        verify_weights(other.get("v2"))

    def test_a_machine_that_fetches_it_later_has_it_at_once(
        self, one: Store, other: Store, key: Path, tmp_path: Path, storage_url: str
    ) -> None:
        share_signature(signed(one, key), shared(one))
        third = machine(tmp_path / "third", storage_url)

        assert shared(third).fetch("v2", third.folder)

        verify_weights(replace(third.get("v2"), signers=other.signers))

    def test_a_trusted_one_takes_the_place_of_anothers(
        self, one: Store, other: Store, key: Path, tmp_path: Path
    ) -> None:
        write_keypair(tmp_path / "theirs.pem")
        signed(other, tmp_path / "theirs.pem")
        with pytest.raises(InvalidCheckpoint, match="does not name"):
            verify_weights(other.get("v2"))

        share_signature(signed(one, key), shared(one))

        verify_weights(other.get("v2"))

    def test_a_forged_one_is_refused_as_any_other(
        self, one: Store, other: Store, key: Path
    ) -> None:
        good = json.loads(signed(one, key).to_json())
        good["files"]["weights"] = "ab" * 32
        shared(one).sign("v2", json.dumps(good).encode())

        with pytest.raises(InvalidCheckpoint, match="not a signature of 'v2'"):
            verify_weights(other.get("v2"))

    def test_files_that_differ_from_those_of_all_are_signed_for_one_machine(
        self, one: Store, other: Store, key: Path
    ) -> None:
        (one.folder / "v2" / INT8_NAME).write_bytes(b"reduced here")
        (one.folder / "v2" / SHIFT_NAME).write_bytes(b"and compared")

        with pytest.raises(InvalidCheckpoint, match=r"this machine alone.*\(int8, shift\)"):
            share_signature(signed(one, key), shared(one))

        assert shared(one).signature_of("v2") is None

    def test_a_version_that_goes_takes_it_along(self, one: Store, key: Path) -> None:
        share_signature(signed(one, key), shared(one))

        shared(one).remove("v2")

        assert shared(one).signature_of("v2") is None


class TestTheCommand:
    def test_it_says_that_every_machine_finds_it(
        self,
        one: Store,
        other: Store,
        key: Path,
        storage_url: str,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        for name, value in {
            "STORAGE_URL": storage_url,
            "MODELS_DIR": str(one.folder.parent),
            "DEFAULT_MODEL": str(one.default_weights),
            "STATE_DIR": str(tmp_path / "one" / "state"),
        }.items():
            monkeypatch.setenv(f"ROENTGEN_{name}", value)

        done = CliRunner().invoke(app, ["signing", "sign", "v2", "--key", str(key)])

        assert done.exit_code == 0, done.output
        assert "every machine finds it" in done.output
        assert (one.folder / "v2" / SIGNATURE_NAME).is_file()
        verify_weights(other.get("v2"))
