"""The profiles that a server process follows."""

from pathlib import Path

import pytest

from api.registry.sites.site_profiles import SiteStore
from api.serving.sites.live_sites import LiveSites
from tests.support.site_profiles import fit


@pytest.fixture
def store(tmp_path: Path) -> SiteStore:
    return SiteStore(tmp_path / "sites")


class TestFollowing:
    def test_another_process_s_profile_decides_after_a_look(self, store: SiteStore) -> None:
        sites = LiveSites(store)
        sites.refresh()
        made = store.apply("St. Anna", fit(), by="api", reason="")
        assert sites.rules("St. Anna", "v1") is None

        sites.refresh()

        rules = sites.rules(" st.  ANNA ", "v1")
        assert rules is not None
        assert rules.profile == made

    def test_nothing_is_said_without_a_source_or_a_profile(self, store: SiteStore) -> None:
        store.apply("St. Anna", fit(), by="api", reason="")
        store.undo("St. Anna", by="api", reason="")
        sites = LiveSites(store)
        sites.refresh()

        assert sites.rules(None, "v1") is None
        assert sites.rules("St. Anna", "v1") is None
        assert sites.rules("\ud800", "v1") is None
        assert [state.name for state in sites.states] == ["St. Anna"]

    def test_files_are_read_again_only_where_they_changed(self, store: SiteStore) -> None:
        store.apply("St. Anna", fit(), by="api", reason="")
        sites = LiveSites(store)
        sites.refresh()
        before = sites.states[0]

        sites.refresh()

        assert sites.states[0] is before
