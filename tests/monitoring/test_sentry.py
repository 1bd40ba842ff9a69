"""Reports to Sentry hold what is stored here, and nothing else. Its package is a stand-in."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.main import create_app
from api.monitoring import sentry
from api.settings import Settings
from tests.records.servers.test_unexpected_errors import error

DSN = "https://key@errors.example/1"
# Writes down what it is given, as a program that runs it would see it.
PACKAGE = """
import json
from pathlib import Path

FILE = Path(__file__).with_name("told.jsonl")


def _tell(**what):
    with FILE.open("a") as file:
        file.write(json.dumps(what) + "\\n")


def init(**options):
    if "@" not in options["dsn"]:
        raise ValueError("Bad DSN")
    _tell(init=options)


def capture_event(event):
    _tell(event=event)


def flush(timeout):
    _tell(flush=timeout)
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The package is there; gives the file that it writes."""
    (tmp_path / "sentry_sdk.py").write_text(PACKAGE)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path / "told.jsonl"
    sentry.start("")
    sys.modules.pop("sentry_sdk", None)


def reported(file: Path) -> list[dict[str, dict[str, object]]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


class TestReports:
    def test_an_error_is_sent_with_its_group_and_count(self, installed: Path) -> None:
        sentry.start(DSN)

        sentry.report(error(7))
        sentry.stop()

        begun, sent, ended = reported(installed)
        assert begun["init"]["dsn"] == DSN
        assert begun["init"]["default_integrations"] is False
        assert begun["init"]["include_local_variables"] is False
        event = sent["event"]
        assert event["fingerprint"] == [error(7).fingerprint]
        assert event["message"] == "KeyError in GET /7"
        assert event["extra"] == {"count": 1, "traceback": "KeyError"}
        assert "flush" in ended

    def test_without_the_setting_nothing_is(self, installed: Path) -> None:
        sentry.start("")

        sentry.report(error())
        sentry.stop()

        assert not installed.exists()


class TestTheStart:
    def test_a_missing_package_is_named_with_the_command_that_installs_it(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # As the import system says that there is no such module.
        monkeypatch.setitem(sys.modules, "sentry_sdk", None)

        with pytest.raises(SystemExit, match="pip install sentry-sdk"):
            create_app(settings.model_copy(update={"sentry_dsn": DSN}))

    def test_an_address_that_is_none_is_refused(self, installed: Path) -> None:
        with pytest.raises(SystemExit, match="ROENTGEN_SENTRY_DSN"):
            sentry.start("nonsense")
