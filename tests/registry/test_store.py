"""Checkpoints in folders: found, numbered, published whole, refused when they do not agree."""

import hashlib
import shutil
from pathlib import Path

import pytest

from api.errors import InvalidCheckpoint, NotFound, StorageFailed
from api.model_card.card_file import write_card
from api.registry.store import (
    CARD_NAME,
    WEIGHTS_NAME,
    Store,
    card_path,
    verify_weights,
)
from tests.support.cards import card

WEIGHTS = b"not really weights"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    default = tmp_path / "default.h5"
    default.write_bytes(WEIGHTS)
    write_card(card_path(default), card(version="v1", weights_sha256=sha256(WEIGHTS)))
    return Store(tmp_path / "models" / "pneumonia", default, "pneumonia")


def add(store: Store, version: str, *, says: str | None = None) -> Path:
    folder = store.folder / version
    folder.mkdir(parents=True)
    (folder / WEIGHTS_NAME).write_bytes(WEIGHTS)
    write_card(folder / CARD_NAME, card(version=says or version, weights_sha256=sha256(WEIGHTS)))
    return folder


class TestFinding:
    def test_the_default_is_found_by_its_cards_version(self, store: Store) -> None:
        assert store.get("v1").weights == store.default_weights

    def test_versions_are_sorted_by_number(self, store: Store) -> None:
        for version in ("v10", "v2", "v9"):
            add(store, version)

        assert store.versions() == ["v1", "v2", "v9", "v10"]

    def test_other_folders_are_no_versions(self, store: Store) -> None:
        for name in ("vault", "v1a", ".tmp-job", "V3"):
            add(store, name)

        assert store.versions() == ["v1"]

    def test_a_version_with_a_missing_card_is_listed_but_refused(self, store: Store) -> None:
        (add(store, "v2") / CARD_NAME).unlink()

        assert "v2" in store.versions()
        with pytest.raises(InvalidCheckpoint, match=r"'card\.json' is missing"):
            store.get("v2")

    def test_a_folder_whose_card_is_of_another_version_is_refused(self, store: Store) -> None:
        add(store, "v2", says="v7")

        with pytest.raises(InvalidCheckpoint, match="is of 'v7', not 'v2'"):
            store.get("v2")

    @pytest.mark.parametrize("version", ["v99", "", "latest", "../v1", "v2/../v1", "v²", "v1\n"])
    def test_an_unknown_version_is_refused(self, store: Store, version: str) -> None:
        with pytest.raises(NotFound, match="GET /models lists them"):
            store.get(version)

    def test_a_missing_default_is_refused_with_the_remedy(self, store: Store) -> None:
        store.default_weights.unlink()

        with pytest.raises(InvalidCheckpoint, match="python -m api train"):
            store.default()
        assert store.versions() == []

    def test_an_empty_store_lists_the_default_only(self, store: Store) -> None:
        assert store.versions() == ["v1"]


class TestNumbering:
    def test_the_first_retraining_makes_v2(self, store: Store) -> None:
        assert store.next_version() == "v2"

    def test_without_any_checkpoint_it_begins_at_v1(self, store: Store) -> None:
        store.default_weights.unlink()

        assert store.next_version() == "v1"

    def test_a_number_is_not_used_again_even_if_its_weights_are_gone(self, store: Store) -> None:
        (add(store, "v5") / WEIGHTS_NAME).unlink()

        assert store.next_version() == "v6"


class TestPublishing:
    def test_a_workspace_becomes_a_version(self, store: Store) -> None:
        with store.workspace("job") as workspace:
            (workspace / WEIGHTS_NAME).write_bytes(WEIGHTS)
            write_card(workspace / CARD_NAME, card(version="v2", weights_sha256=sha256(WEIGHTS)))
            store.publish(workspace, "v2")

        assert store.get("v2").weights.read_bytes() == WEIGHTS
        assert [path.name for path in store.folder.iterdir()] == ["v2"]

    def test_a_workspace_is_no_version_before(self, store: Store) -> None:
        with store.workspace("job") as workspace:
            (workspace / WEIGHTS_NAME).write_bytes(WEIGHTS)

            assert store.versions() == ["v1"]

    def test_nothing_is_left_of_a_workspace_that_failed(self, store: Store) -> None:
        def broken() -> None:
            with store.workspace("job") as workspace:
                (workspace / WEIGHTS_NAME).write_bytes(WEIGHTS)
                raise RuntimeError

        with pytest.raises(RuntimeError):
            broken()

        assert list(store.folder.iterdir()) == []

    def test_a_second_trainer_of_a_job_has_a_folder_of_its_own(self, store: Store) -> None:
        with store.workspace("job") as second:
            with store.workspace("job"):
                pass

            assert second.is_dir()

    def test_an_existing_version_is_never_overwritten(self, store: Store) -> None:
        add(store, "v2")

        with store.workspace("job") as workspace:
            (workspace / WEIGHTS_NAME).write_bytes(b"other")
            with pytest.raises(StorageFailed):
                store.publish(workspace, "v2")

        assert store.weights_of("v2").read_bytes() == WEIGHTS

    def test_a_folder_that_cannot_be_made_is_a_storage_error(self, store: Store) -> None:
        store.folder.parent.write_bytes(b"a file is in the way")

        with pytest.raises(StorageFailed), store.workspace("job"):
            pass


class TestVerifying:
    def test_matching_weights_pass(self, store: Store) -> None:
        verify_weights(store.default())

    def test_other_weights_are_refused_with_both_hashes(self, store: Store) -> None:
        store.default_weights.write_bytes(b"other")

        with pytest.raises(InvalidCheckpoint, match=sha256(b"other")[:12]):
            verify_weights(store.default())

    def test_weights_that_cannot_be_read_are_refused(self, store: Store) -> None:
        checkpoint = store.default()
        store.default_weights.unlink()
        store.default_weights.mkdir()

        with pytest.raises(InvalidCheckpoint, match="cannot be read"):
            verify_weights(checkpoint)
        shutil.rmtree(store.default_weights)
