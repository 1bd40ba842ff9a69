"""`python -m api user` and `python -m api key`."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.accounts.rights import Right, Role
from api.cli import app
from api.cli.administration.accounts_here import accounts_here
from api.errors import NotAuthenticated

runner = CliRunner()
PASSWORD = "seven green lamps"


@pytest.fixture(autouse=True)
def _records_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROENTGEN_STATE_DIR", str(tmp_path))


def run(*words: str, typed: str = "", code: int = 0) -> str:
    result = runner.invoke(app, words, input=typed)
    assert result.exit_code == code, result.output
    return result.output


class TestUser:
    def test_one_is_added_changed_and_removed(self) -> None:
        assert "python -m api user add" in run("user", "list")
        run("user", "add", "root", "--role", "admin", typed=f"{PASSWORD}\n")

        added = run("user", "add", "Maria", "--role", "viewer", typed=f"{PASSWORD}\n")
        changed = run("user", "set-role", "maria", "operator")

        assert "'maria'" in added
        assert "five seconds" in changed
        assert "| maria | operator |" in run("user", "list")
        with accounts_here() as accounts:
            assert accounts.log_in("maria", PASSWORD, address="a").principal.may(Right.PROMOTE)
        run("user", "password", "maria", typed="eight red kites\n")
        with accounts_here() as accounts:
            with pytest.raises(NotAuthenticated):
                accounts.log_in("maria", PASSWORD, address="a")
            assert accounts.open_sessions() == {}
        run("user", "remove", "maria")
        assert "maria" not in run("user", "list")

    @pytest.mark.parametrize(
        ("words", "typed", "sentence"),
        [
            (("add", "maria", "--role", "viewer"), "short\n", "12 to 256 characters"),
            (("add", "maria", "--role", "viewer"), "", "12 to 256 characters"),
            (("add", "local", "--role", "viewer"), f"{PASSWORD}\n", "choose another"),
            (("set-role", "nobody", "viewer"), "", "There is no user 'nobody'"),
            (("password", "nobody"), f"{PASSWORD}\n", "There is no user 'nobody'"),
            (("remove", "nobody"), "", "There is no user 'nobody'"),
        ],
    )
    def test_a_refusal_is_a_sentence(
        self, words: tuple[str, ...], typed: str, sentence: str
    ) -> None:
        assert sentence in run("user", *words, typed=typed, code=1)

    def test_a_password_is_no_option(self) -> None:
        for command in ("add", "password"):
            words = ("user", command, "maria", "--password", PASSWORD)
            run(*words, code=2)

    def test_an_unknown_role_is_refused(self) -> None:
        output = run("user", "add", "maria", "--role", "king", typed=f"{PASSWORD}\n", code=2)

        assert all(role in output for role in Role)


class TestKey:
    def test_one_is_printed_once_and_revoked(self) -> None:
        words = ("--right", "read", "--right", "predict", "--site", "St. Anna", "--days", "30")
        result = runner.invoke(app, ["key", "add", "pacs", *words])
        key = result.stdout.strip()

        assert key.startswith("rgn_")
        listed = run("key", "list")
        assert "| pacs | predict, read | St. Anna | local |" in listed
        assert key not in listed
        with accounts_here() as accounts:
            assert accounts.verify(key).site == "St. Anna"
        run("key", "revoke", "pacs")
        assert "There are no keys" in run("key", "list")
        assert "no key 'pacs'" in run("key", "revoke", "pacs", code=1)
