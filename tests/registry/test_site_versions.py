"""Aliases of sites: named by anything, moved like the champion's."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from api.errors import Conflict
from api.registry.champion import Alias
from api.registry.champion_file import BACKUP_NAME, FILE_NAME
from api.registry.cleanup import remove_abandoned
from api.registry.history import MoveKind, parse_history
from api.registry.retention import expired
from api.registry.sites.site_versions import (
    FOLDER_PATTERN,
    SITE_VERSIONS,
    own_version,
    site_alias,
    site_aliases,
)
from api.registry.sites.site_versions import site_of as named
from api.registry.store import Store
from tests.registry.stores import a_store

SITE = "St. Anna"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """The default v1, and v2 to v5."""
    return a_store(tmp_path / "pneumonia", "v1", "v2", "v3", "v4", "v5")


def promote(store: Store, version: str, site: str = SITE) -> Alias:
    alias = site_alias(Alias(store.folder), site)
    alias.move(version, by="test", reason="better", store=store)
    return alias


class TestNames:
    @pytest.mark.parametrize(
        "name",
        ["St. Anna", "..", "/etc/passwd", "a/b", "北京", "x" * 100, "CON", "ward\x003", "😀"],
    )
    def test_every_name_is_a_folder_of_its_own(self, store: Store, name: str) -> None:
        alias = promote(store, "v2", name)

        assert alias.folder.parent == store.folder / SITE_VERSIONS
        assert FOLDER_PATTERN.fullmatch(alias.folder.name)
        assert [found.site for found in site_aliases(Alias(store.folder))] == [name]

    def test_one_name_in_two_forms_of_an_umlaut_is_one_site(self) -> None:
        assert named("Klinik Su\u0308d ") == named("Klinik S\u00fcd")

    @pytest.mark.parametrize("source", [None, "", "  "])
    def test_no_name_is_no_site(self, source: str | None) -> None:
        assert named(source) is None


class TestMoving:
    def test_a_site_is_answered_by_the_champion_at_first(self, store: Store) -> None:
        assert own_version(site_alias(Alias(store.folder), SITE)) is None
        assert list(site_aliases(Alias(store.folder))) == []

    def test_it_gets_a_version_and_keeps_its_real_name(self, store: Store) -> None:
        promote(store, "v2", "Röntgen/Süd")

        (found,) = site_aliases(Alias(store.folder))
        assert (found.site, own_version(found)) == ("Röntgen/Süd", "v2")
        assert Alias(store.folder).current() is None

    def test_a_rollback_goes_to_the_former_version_and_then_to_the_champion(
        self, store: Store
    ) -> None:
        alias = promote(store, "v2")
        promote(store, "v3")

        targets = []
        while target := alias.rollback_target():
            alias.move(target, by="test", reason="worse", kind=MoveKind.ROLLBACK, store=store)
            targets.append(target)

        assert targets == ["v2", "champion"]
        assert own_version(alias) is None

    def test_nothing_moves_if_it_is_another_one_by_now(self, store: Store) -> None:
        alias = promote(store, "v2")

        with pytest.raises(Conflict, match=r"The version of .+ is v2 by now, no longer v1"):
            alias.move("v3", previous="v1", by="test", reason="r", store=store)
        with pytest.raises(Conflict, match=r"'v2' answers 'St\. Anna' already"):
            alias.move("v2", by="test", reason="r", store=store)
        with pytest.raises(Conflict, match="was removed meanwhile"):
            alias.move("v9", by="test", reason="r", store=store)

    def test_a_damaged_file_is_followed_by_its_copy(self, store: Store) -> None:
        alias = promote(store, "v2")
        (alias.folder / FILE_NAME).write_bytes(b"[")

        assert own_version(alias) == "v2"
        assert "v2 answers 'St. Anna'" in str(alias.standing().problem)

    def test_the_champion_itself_has_to_be_a_version(self, store: Store) -> None:
        alias = promote(store, "v2")
        alias.move("champion", by="test", reason="r", kind=MoveKind.ROLLBACK, store=store)
        content = (alias.folder / FILE_NAME).read_bytes()

        assert parse_history(content)[-1].version == "champion"
        with pytest.raises(ValidationError, match="has to be a version"):
            parse_history(content.replace(b'"site"', b'"elsewhere"'))


class TestRetention:
    def test_what_a_site_uses_and_could_go_back_to_is_kept(self, store: Store) -> None:
        champion = Alias(store.folder)
        assert expired(store, champion, keep=1) == ["v2", "v3", "v4"]
        promote(store, "v2")
        promote(store, "v3")

        assert expired(store, champion, keep=1) == ["v4"]

    def test_where_that_cannot_be_told_nothing_is_removed(self, store: Store) -> None:
        alias = promote(store, "v2")
        (alias.folder / FILE_NAME).write_bytes(b"[")
        (alias.folder / BACKUP_NAME).unlink()

        with pytest.raises(Exception, match=r"champion\.json' is damaged"):
            expired(store, Alias(store.folder), keep=1)

    def test_nobody_moves_a_site_while_versions_are_removed(self, store: Store) -> None:
        with (
            Alias(store.folder).locked(),
            pytest.raises(Exception, match="being changed by somebody else"),
            site_alias(Alias(store.folder), SITE).locked(timeout_s=0),
        ):
            pass

    def test_what_a_killed_process_left_at_a_site_goes(self, store: Store, tmp_path: Path) -> None:
        alias = promote(store, "v2")
        half = alias.folder / ".tmp-champion.json"
        half.write_bytes(b"[")

        remove_abandoned(
            store, Alias(store.folder), compiled=tmp_path / "compiled", is_at_work=lambda: False
        )

        assert not half.exists()
        assert own_version(alias) == "v2"
