"""`python -m api sites`: see and undo the profiles of a models folder."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from api.cli.console import actor
from api.registry.sites.site_profiles import SITES_FOLDER, SiteStore
from api.settings import PREFIX
from tests.support.s3_server import s3_url
from tests.support.site_profiles import fit


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SiteStore:
    monkeypatch.setenv(f"{PREFIX}MODELS_DIR", str(tmp_path))
    monkeypatch.setenv(f"{PREFIX}STATE_DIR", str(tmp_path / "state"))
    return SiteStore(tmp_path / "pneumonia" / SITES_FOLDER)


def sites(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["sites", *arguments])


class TestSites:
    def test_each_has_a_line(self, store: SiteStore) -> None:
        store.apply("St. Anna", fit(), by="api", reason="")

        (line,) = sites("list").output.splitlines()

        assert line.startswith("St. Anna: st-anna-")
        assert "made with v1 from 120 films on 20" in line

    def test_where_there_is_none_it_says_how_to_make_one(self, store: SiteStore) -> None:
        assert "Site check makes one" in sites("list").output

    def test_one_is_shown_as_json(self, store: SiteStore) -> None:
        made = store.apply("St. Anna", fit(), by="api", reason="")

        assert json.loads(sites("show", "st. anna").output)["id"] == made.id

    def test_one_is_undone_with_a_reason(self, store: SiteStore) -> None:
        store.apply("St. Anna", fit(), by="api", reason="")

        result = sites("remove", "St. Anna", "--reason", "too many referred")

        assert "no profile; the model's card decides" in result.output
        last = store.state("St. Anna").moves[-1]
        assert (last.kind, last.by, last.reason) == ("undone", actor(), "too many referred")
        assert sites("show", "St. Anna").exit_code == 1
        assert sites("remove", "St. Anna").exit_code == 1

    def test_while_the_shared_store_is_away_what_was_copied_is_shown_and_nothing_changed(
        self, store: SiteStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store.apply("St. Anna", fit(), by="api", reason="")
        monkeypatch.setenv(f"{PREFIX}STORAGE_URL", s3_url(monkeypatch))
        assert sites("list").stderr == ""
        monkeypatch.setenv(f"{PREFIX}STORAGE_URL", s3_url(monkeypatch, port=9))
        monkeypatch.setenv(f"{PREFIX}STORAGE_TIMEOUT_S", "1")

        listed, shown = sites("list"), sites("show", "St. Anna")
        removed = sites("remove", "St. Anna")

        assert listed.stdout.startswith("St. Anna: st-anna-")
        assert "last copied" in listed.stderr
        assert (listed.exit_code, shown.exit_code, removed.exit_code) == (0, 0, 1)
        assert store.state("St. Anna").profile is not None

    def test_a_name_that_is_none_is_refused(self, store: SiteStore) -> None:
        result = sites("show", "...")

        assert result.exit_code == 1
        assert "letter or a digit" in result.stderr
