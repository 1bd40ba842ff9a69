"""`python -m api shadow`: which version a server asks beside the champion, and what it found."""

from pathlib import Path

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner, Result

from api.cli import app
from api.records.answers import predictions
from api.records.database import open_database
from api.records.watching import shadows
from api.records.watching.shadows import ShadowAnswer
from api.settings import PREFIX, Settings
from tests.records import stored_predictions
from tests.support.checkpoints import TinyCheckpoint, add_version

TASK = "pneumonia"


@pytest.fixture
def records(settings: Settings, tiny: TinyCheckpoint, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """The database of a folder with the versions v1, which serves, and v2."""
    add_version(settings.models_dir, tiny, "v2")
    for name in ("models_dir", "state_dir", "default_model"):
        monkeypatch.setenv(f"{PREFIX}{name.upper()}", str(getattr(settings, name)))
    return open_database(settings.records_url, timeout_s=5)


def shadow(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["shadow", *arguments])


class TestShadow:
    def test_a_version_begins_and_ends(self, records: Engine) -> None:
        assert "v2 runs in shadow" in shadow("start", "v2").output
        running = shadows.active(records, task=TASK)
        assert running is not None
        assert (running.version, running.started_by) == ("v2", "command line")
        assert shadow("start", "v2").exit_code == 0

        assert "no longer" in shadow("stop", "v2").output
        assert shadows.active(records, task=TASK) is None
        assert shadow("stop", "v2").exit_code == 1

    def test_the_champion_and_what_is_not_there_are_refused(self, records: Engine) -> None:
        assert "is the champion" in shadow("start", "v1").stderr
        for command in ("start", "show"):
            refused = shadow(command, "v9")
            assert refused.exit_code == 1
            assert "v9" in refused.stderr

    def test_what_it_found_is_shown(self, records: Engine, tmp_path: Path) -> None:
        assert "never ran" in shadow("show", "v2").output
        shadow("start", "v2")
        assert "no film yet" in shadow("show", "v2").output
        for number, decision in enumerate(("negative", "positive", "negative")):
            record = stored_predictions.record(number)
            predictions.add_all(records, [(record, None)], task=TASK)
            given = ShadowAnswer(record.id, record.label, decision, 0.7, 1.0)
            shadows.add(records, "v2", [given], dropped=1, failed=0, task=TASK)

        shown = shadow("show", "v2").output

        assert "the same decision about 66.7% of 3 films" in shown
        assert "3 films left out, 0 failed" in shown
        assert "| negative | positive | 1 |" in shown
        assert "| id1 | negative 0.25 | positive 0.70 |" in shown
        assert "id0" not in shown
