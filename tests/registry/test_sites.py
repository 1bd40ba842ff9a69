"""Site profiles on disk."""

import json
from pathlib import Path

import pytest

from api.errors import (
    Conflict,
    InvalidCheckpoint,
    InvalidRequest,
    NotFound,
    StorageUnavailable,
)
from api.registry.sites.site_files import HISTORY_NAME
from api.registry.sites.site_names import site_folder, site_key, site_name
from api.registry.sites.site_profiles import SiteStore
from api.serving.sites.live_sites import LiveSites
from api.storage.folder_store import FolderStore
from tests.support.site_profiles import fit


@pytest.fixture
def store(tmp_path: Path) -> SiteStore:
    return SiteStore(tmp_path / "sites")


def apply(store: SiteStore, name: str = "St. Anna", **changes: float) -> str:
    return store.apply(name, fit(**changes), by="api", reason="why").id  # type: ignore[arg-type]


class TestNames:
    def test_spaces_and_letters_are_tidied(self) -> None:
        assert site_name("  St.\tAnna \n") == "St. Anna"
        assert site_name("Zu\u0308rich") == "Zürich"

    @pytest.mark.parametrize("text", ["", " ", "...", "../..", "a\0b", "\ud800x", "a" * 101])
    def test_what_names_nothing_is_refused(self, text: str) -> None:
        with pytest.raises(InvalidRequest):
            site_name(text)

    def test_case_and_spaces_make_no_other_site(self) -> None:
        assert site_key("ST.  ANNA") == site_key("St. Anna")
        assert site_folder("ST.  ANNA") == site_folder("St. Anna")

    @pytest.mark.parametrize("name", ["../../etc/passwd", "Ward 3/4", "病院", "CON", "a" * 100])
    def test_folders_are_plain_and_short(self, name: str) -> None:
        folder = site_folder(name)

        assert folder.isascii()
        assert folder.replace("-", "").isalnum()
        assert len(folder) <= 29

    def test_names_that_look_alike_have_folders_of_their_own(self) -> None:
        assert site_folder("Ward 3/4") != site_folder("Ward 3-4")


class TestApplying:
    def test_a_site_has_the_profile_that_was_applied_last(self, store: SiteStore) -> None:
        apply(store)
        second = apply(store, threshold=0.8)

        state = store.state("st. anna")

        assert state.profile is not None
        assert (state.name, state.profile.id) == ("St. Anna", second)
        assert state.profile.fit.operating_points["balanced"].threshold == 0.8
        assert [(move.kind, move.reason) for move in state.moves] == [("applied", "why")] * 2

    def test_each_profile_is_a_file_that_a_person_can_read(self, store: SiteStore) -> None:
        apply(store)
        apply(store)

        (folder,) = (path for path in store.folder.iterdir() if path.is_dir())
        assert sorted(path.name for path in folder.iterdir()) == [
            HISTORY_NAME, "p1.json", "p2.json",
        ]  # fmt: skip
        assert json.loads((folder / "p1.json").read_text("utf-8"))["site"] == "St. Anna"

    def test_its_id_fits_the_records(self, store: SiteStore) -> None:
        assert len(apply(store, "a" * 100)) <= 40

    def test_a_prevalence_is_the_images_unless_it_is_given(self, store: SiteStore) -> None:
        of_images = store.apply("A", fit(), by="api", reason="")
        given = store.apply("A", fit(), by="api", reason="", prevalence=0.1)

        assert (of_images.prevalence, of_images.prevalence_is_given) == (0.5, False)
        assert (given.prevalence, given.prevalence_is_given) == (0.1, True)

    def test_sites_come_by_name(self, store: SiteStore) -> None:
        for name in ("b", "A", "c"):
            apply(store, name)

        assert [state.name for state in store.states()] == ["A", "b", "c"]

    def test_before_the_first_there_is_none(self, store: SiteStore) -> None:
        assert store.states() == []
        with pytest.raises(NotFound, match="GET /sites"):
            store.state("St. Anna")


class TestUndoing:
    def test_a_profile_made_after_an_undo_is_undone_to_the_one_before(
        self, store: SiteStore
    ) -> None:
        first = apply(store)
        apply(store)
        store.undo("St. Anna", by="api", reason="")
        apply(store)

        state = store.undo("St. Anna", by="api", reason="")

        assert state.profile is not None
        assert state.profile.id == first
        assert [move.profile for move in state.moves][1::2] == [
            first.replace("p1", "p2"), first.replace("p1", "p3"),
        ]  # fmt: skip

    def test_another_one_than_was_meant_is_left_alone(self, store: SiteStore) -> None:
        first = apply(store)
        apply(store)

        with pytest.raises(Conflict, match="p2' by now"):
            store.undo("St. Anna", by="api", reason="", profile=first)

    def test_where_there_is_none_it_is_refused(self, store: SiteStore) -> None:
        apply(store)
        assert store.undo("St. Anna", by="api", reason="").profile is None

        with pytest.raises(NotFound):
            store.undo("St. Anna", by="api", reason="")


class TestDamage:
    def test_it_is_said_and_nothing_is_written_over_it(self, store: SiteStore) -> None:
        apply(store)
        history = store.folder / site_folder("St. Anna") / HISTORY_NAME
        history.write_text("{}", encoding="utf-8")

        assert "'history.json'" in str(store.state("St. Anna").problem)
        with pytest.raises(InvalidCheckpoint, match="damaged"):
            apply(store)
        assert history.read_text("utf-8") == "{}"

    def test_a_profile_that_is_gone_can_be_undone(self, store: SiteStore) -> None:
        apply(store)
        apply(store)
        (store.folder / site_folder("St. Anna") / "p2.json").unlink()

        assert "'p2.json' is missing" in str(store.state("St. Anna").problem)
        assert store.undo("St. Anna", by="api", reason="").problem is None

    def test_the_signature_tells_every_change(self, store: SiteStore) -> None:
        seen = {store.signature()}
        for change in (lambda: apply(store), lambda: store.undo("St. Anna", by="api", reason="")):
            change()
            seen.add(store.signature())

        assert len(seen) == 3


class TestSharing:
    """Two machines with folders of their own, and one store."""

    @pytest.fixture
    def machines(self, tmp_path: Path) -> tuple[SiteStore, SiteStore]:
        blobs = FolderStore(tmp_path / "shared")
        return SiteStore(tmp_path / "one", blobs), SiteStore(tmp_path / "two", blobs)

    def test_a_profile_made_by_one_is_followed_by_the_other(
        self, machines: tuple[SiteStore, SiteStore]
    ) -> None:
        one, other = machines
        made = apply(one)
        sites = LiveSites(other)

        sites.follow()

        rules = sites.rules("st. anna", "v1")
        assert rules is not None
        assert rules.profile is not None
        assert rules.profile.id == made

    def test_each_builds_on_what_the_other_did(self, machines: tuple[SiteStore, SiteStore]) -> None:
        one, other = machines
        first, second = apply(one), apply(other)

        state = one.undo("St. Anna", by="api", reason="")
        other.refresh()

        assert [first[-2:], second[-2:]] == ["p1", "p2"]
        assert state.profile is not None
        assert state.profile.id == first
        assert other.state("St. Anna").moves == state.moves

    def test_a_damaged_copy_is_copied_again_and_a_damaged_original_is_said(
        self, machines: tuple[SiteStore, SiteStore]
    ) -> None:
        one, other = machines
        made = apply(one)
        sites = LiveSites(other)
        sites.follow()
        copy = other.folder / site_folder("St. Anna") / "p1.json"
        whole = copy.read_bytes()
        copy.write_bytes(b"{}")

        sites.follow()

        assert copy.read_bytes() == whole
        (state,) = sites.states
        assert state.profile is not None
        assert state.profile.id == made
        other.blobs.put(f"sites/{copy.parent.name}/p1.json", b"{}")  # type: ignore[union-attr]
        for _ in range(2):
            sites.follow()
        assert "in the shared store" in str(sites.states[0].problem)

    def test_a_site_s_films_are_not_answered_before_the_store_was_read(
        self, machines: tuple[SiteStore, SiteStore]
    ) -> None:
        sites = LiveSites(machines[1])
        assert sites.rules(None, "v1") is None

        with pytest.raises(StorageUnavailable, match="has not read them yet"):
            sites.rules("St. Anna", "v1")

        sites.follow()
        assert sites.rules("St. Anna", "v1") is None
