"""`python -m api alerts`."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from api.cli import app
from api.records.database import open_database
from tests.monitoring.alerting.simulated import SimulatedServer
from tests.monitoring.sending.receiver import Receiver, receiving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """Where the command finds them."""
    monkeypatch.setenv("ROENTGEN_STATE_DIR", str(tmp_path))
    engine = open_database(f"sqlite:///{tmp_path / 'roentgen.db'}", timeout_s=1)
    yield engine
    engine.dispose()


def run(*arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["alerts", *arguments])
    assert done.exit_code == code, done.output
    return done.output


@pytest.mark.usefixtures("records")
class TestLooking:
    def test_each_alert_has_a_line_as_the_server_saw_it(
        self, records: Engine, tmp_path: Path, receiver: Receiver
    ) -> None:
        assert "| stream_shift | pneumonia | ok |" in run()

        server = SimulatedServer(records, tmp_path, receiver)
        server.sources(shifted=True)
        server.watch.look()

        assert "| stream_shift | pneumonia | firing | 1 |" in run(code=1)

    def test_a_check_says_what_the_signals_say_now(
        self, records: Engine, tmp_path: Path, receiver: Receiver
    ) -> None:
        SimulatedServer(records, tmp_path, receiver).sources(shifted=True)

        printed = run("check", code=1)

        assert "| stream_shift | pneumonia | shifted_sources > 0 | 1 | holds |" in printed
        assert "| error_rate |  | error_rate > 0.05 | no value | ok |" in printed

    @pytest.mark.parametrize("command", [(), ("check",), ("prometheus",)])
    def test_wrong_rules_end_it_with_their_sentence(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
    ) -> None:
        own = tmp_path / "own.toml"
        own.write_text('[[alert]]\nname = "disk_space"\nclear = 1\n')
        monkeypatch.setenv("ROENTGEN_ALERTS_FILE", str(own))

        assert "alert 'disk_space': 'clear' is 1, where" in run(*command, code=1)


class TestPrometheus:
    def test_the_rules_go_to_a_file(self, tmp_path: Path) -> None:
        printed = run("prometheus")

        run("prometheus", "--into", str(tmp_path / "rules.yml"))

        assert (tmp_path / "rules.yml").read_text(encoding="utf-8") == printed


class TestSending:
    def test_every_address_is_tried_and_what_fails_is_said(
        self, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ROENTGEN_WEBHOOK_SECRET", "0123456789abcdef")
        monkeypatch.setenv("ROENTGEN_WEBHOOKS", json.dumps([f"{receiver.url}/hook"]))
        people = receiver.url.replace("http", "json", 1)
        monkeypatch.setenv("ROENTGEN_NOTIFY", json.dumps([people, "carrier-pigeon://loft"]))

        printed = run("test-send", code=1)

        assert printed.count("arrived.") == 2
        assert "Apprise does not know the URL of 'carrier-pigeon#" in printed
        assert {each.path for each in receiver.received} == {"/hook", "/"}

    def test_without_an_address_it_says_how_to_name_one(self) -> None:
        assert "set ROENTGEN_NOTIFY or ROENTGEN_WEBHOOKS" in run("test-send", code=1)
