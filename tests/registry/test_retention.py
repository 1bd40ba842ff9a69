"""Which checkpoints are kept."""

from pathlib import Path

import pytest

from api.model_card.card import Card
from api.model_card.card_file import read_card, write_card
from api.registry.champion import Alias
from api.registry.retention import discard, discard_expired, expired
from api.registry.store import CARD_NAME, Store, card_path, compiled_path
from tests.support.cards import card


def born(version: str, parent: str) -> Card:
    return card(version=version).model_copy(update={"parent": parent})


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """The default v1, and v2 to v7, each made from the one before."""
    store = Store(tmp_path / "pneumonia", tmp_path / "default.h5", "pneumonia")
    store.default_weights.write_bytes(b"weights")
    write_card(card_path(store.default_weights), card(version="v1"))
    for number in range(2, 8):
        folder = store.folder / f"v{number}"
        folder.mkdir(parents=True)
        (folder / "model.h5").write_bytes(b"weights")
        write_card(folder / CARD_NAME, born(f"v{number}", f"v{number - 1}"))
    return store


@pytest.fixture
def alias(store: Store) -> Alias:
    return Alias(store.folder)


def promote(alias: Alias, version: str, previous: str) -> None:
    alias.move(version, previous=previous, by="test", reason="test")


def born_of(store: Store, version: str, parent: str) -> None:
    path = store.folder / version / CARD_NAME
    write_card(path, read_card(path).model_copy(update={"parent": parent}))


class TestKeeping:
    def test_the_newest_and_the_serving_one_are_kept(self, store: Store, alias: Alias) -> None:
        assert expired(store, alias, keep=2) == ["v2", "v3", "v4", "v5"]

    def test_the_champions_forebears_are_kept(self, store: Store, alias: Alias) -> None:
        promote(alias, "v4", "v1")

        assert expired(store, alias, keep=1) == ["v5", "v6"]

    def test_where_a_rollback_would_go_is_kept(self, store: Store, alias: Alias) -> None:
        born_of(store, "v6", "v1")
        promote(alias, "v3", "v1")
        promote(alias, "v6", "v3")

        assert expired(store, alias, keep=1) == ["v2", "v4", "v5"]

    def test_a_line_with_a_gap_ends_there(self, store: Store, alias: Alias) -> None:
        promote(alias, "v6", "v1")
        discard(store, ["v4"], compiled=store.folder)

        assert expired(store, alias, keep=1) == ["v2", "v3"]

    def test_what_somebody_else_needs_is_kept(self, store: Store, alias: Alias) -> None:
        assert expired(store, alias, keep=2, in_use=["v3"]) == ["v2", "v4", "v5"]

    def test_enough_room_keeps_all(self, store: Store, alias: Alias) -> None:
        assert expired(store, alias, keep=7) == []


class TestDiscarding:
    def test_what_is_removed_is_gone_whole_and_the_default_stays(
        self, store: Store, alias: Alias
    ) -> None:
        compiled = compiled_path(store.folder, card().weights_sha256)
        compiled.write_bytes(b"compiled")

        discard_expired(store, alias, keep=1, compiled=store.folder)

        assert store.versions() == ["v1", "v7"]
        assert store.next_version() == "v8"
        assert not list(store.folder.glob(".tmp-*"))
        assert not compiled.exists()

    def test_one_that_cannot_be_removed_leaves_the_others_to_go(self, store: Store) -> None:
        discard(store, ["v9", "v2"], compiled=store.folder)

        assert "v2" not in store.versions()
