"""`python -m api champion`: who serves, wherever that is kept."""

from collections.abc import Callable

import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from api.registry.champion import Alias
from api.registry.sites.site_versions import site_alias
from api.settings import Settings
from tests.support.checkpoints import TinyCheckpoint, add_version, damage

Run = Callable[..., Result]


@pytest.fixture
def champion(environment: Settings, tiny: TinyCheckpoint, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command in a folder with the versions v1, which serves, v2, and a damaged v3; the
    champion is a row."""
    add_version(environment.models_dir, tiny, "v2")
    damage(add_version(environment.models_dir, tiny, "v3"))
    monkeypatch.setenv("ROENTGEN_CHAMPION", "records")
    return lambda *arguments: CliRunner().invoke(app, ["champion", *arguments])


class TestChampion:
    def test_it_is_shown_changed_taken_back_and_written_into_files(
        self, champion: Run, environment: Settings
    ) -> None:
        assert "v1, the default; 0 moves, kept in the records" in champion("show").output

        assert "v2 serves everybody" in champion("set", "v2", "--reason", "better").output
        site = champion("set", "v2", "--reason", "theirs", "--site", "St. Anna")
        assert "v2 serves St. Anna" in site.output
        again = champion("set", "v2", "--reason", "theirs", "--site", "St. Anna")
        assert "answers 'St. Anna' already" in again.stderr
        shown = champion("show").output
        assert "v2; 1 moves" in shown
        assert "St. Anna: v2" in shown
        assert "better" in shown

        assert "v1 serves everybody again" in champion("back", "--reason", "worse").output
        assert "2 files written" in champion("export").output
        file = Alias(environment.models_dir / "pneumonia")
        assert [(move.version, move.reason) for move in file.history()] == [
            ("v2", "better"),
            ("v1", "worse"),
        ]
        assert site_alias(file, "St. Anna").current() == "v2"

    def test_what_does_not_prove_itself_or_is_not_there_does_not_serve(
        self, champion: Run, environment: Settings
    ) -> None:
        for arguments, words in (
            (("set", "v3", "--reason", "r"), "weights of 'v3'"),
            (("set", "v9", "--reason", "r"), "v9"),
            (("set", "v1", "--reason", "r"), "is the champion already"),
            (("back",), "nothing to go back to"),
        ):
            refused = champion(*arguments)
            assert refused.exit_code == 1
            assert words in refused.stderr
        assert "0 moves" in champion("show").output

    def test_the_champion_itself_is_refused_before_anything_is_compiled(
        self, champion: Run, environment: Settings
    ) -> None:
        for compiled in environment.compiled_dir.iterdir():
            compiled.unlink()

        refused = champion("set", "v1", "--reason", "r")

        assert "is the champion already" in refused.stderr
        assert list(environment.compiled_dir.iterdir()) == []

    def test_a_file_is_changed_just_so_and_need_not_be_written(
        self, champion: Run, environment: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ROENTGEN_CHAMPION", "file")

        assert champion("set", "v2", "--reason", "better").exit_code == 0
        assert "v2; 1 moves, kept in champion.json" in champion("show").output
        assert Alias(environment.models_dir / "pneumonia").current() == "v2"
        assert "in a file already" in champion("export").stderr
