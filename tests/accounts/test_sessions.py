"""Sessions and keys: how long they are good, and who sees it when they are not."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from api.accounts.accounts import Accounts
from api.accounts.credentials.verified_tokens import VERIFIED_FOR_S
from api.accounts.principal import LOCAL, Principal
from api.accounts.rights import Right, Role
from api.errors import Conflict, Forbidden, InvalidRequest, NotAuthenticated, NotFound
from tests.accounts.conftest import accounts_over
from tests.accounts.moving_clock import MovingClock
from tests.support.accounts import PASSWORD


@pytest.fixture
def token(accounts: Accounts) -> str:
    """Of a session of maria, an operator."""
    accounts.add_user("Maria", Role.OPERATOR, PASSWORD)
    return accounts.log_in("MARIA ", PASSWORD, address="a").token


def is_good(accounts: Accounts, token: str) -> bool:
    try:
        accounts.remembered(token) or accounts.verify(token)
    except NotAuthenticated:
        return False
    return True


class TestSessions:
    def test_one_stands_for_its_user_with_their_rights(
        self, accounts: Accounts, token: str
    ) -> None:
        principal = accounts.verify(token)

        assert (principal.name, principal.kind) == ("maria", "user")
        assert principal.rights == frozenset(Right) - {Right.ADMIN}

    def test_it_ends_when_it_is_idle(
        self, accounts: Accounts, token: str, clock: MovingClock
    ) -> None:
        clock.pass_by(minutes=29)
        assert is_good(accounts, token)
        clock.pass_by(minutes=29)
        assert is_good(accounts, token)
        clock.pass_by(minutes=31)

        assert not is_good(accounts, token)

    def test_it_ends_however_much_it_is_used(
        self, accounts: Accounts, token: str, clock: MovingClock
    ) -> None:
        for _ in range(8 * 3 - 1):
            clock.pass_by(minutes=20)
            assert is_good(accounts, token)
        clock.pass_by(minutes=20)

        assert not is_good(accounts, token)

    def test_those_that_ended_are_removed(
        self, accounts: Accounts, token: str, clock: MovingClock, database: Engine
    ) -> None:
        clock.pass_by(hours=9)
        accounts.log_in("maria", PASSWORD, address="a")

        with database.connect() as connection:
            kept = connection.exec_driver_sql("SELECT count(*) FROM sessions").scalar()
        assert kept == 1

    def test_the_token_is_not_in_the_records(
        self, accounts: Accounts, token: str, database: Engine, tmp_path: Path
    ) -> None:
        key, _ = accounts.add_key("pacs", frozenset({Right.READ}), by=LOCAL)

        files = b"".join(path.read_bytes() for path in tmp_path.glob("records.db*"))
        assert b"maria" in files
        assert token.encode() not in files
        assert key.encode() not in files
        assert PASSWORD.encode() not in files

    def test_a_role_that_changed_counts_at_once(self, accounts: Accounts, token: str) -> None:
        accounts.verify(token)
        accounts.change_user("maria", role=Role.VIEWER)

        assert accounts.verify(token).rights == {Right.READ, Right.PREDICT}

    def test_a_new_password_ends_all_but_the_one_that_chose_it(
        self, accounts: Accounts, token: str
    ) -> None:
        others = [accounts.log_in("maria", PASSWORD, address="a").token for _ in range(2)]
        accounts.change_own_password(
            "maria", PASSWORD, "eight red kites", address="a", token=others[0]
        )

        assert [is_good(accounts, each) for each in (token, *others)] == [False, True, False]
        with pytest.raises(NotAuthenticated):
            accounts.log_in("maria", PASSWORD, address="a")


class TestTwoProcesses:
    def test_what_one_ends_the_other_sees_within_seconds(
        self,
        accounts: Accounts,
        token: str,
        database: Engine,
        clock: MovingClock,
        tmp_path: Path,
    ) -> None:
        other = accounts_over(database, clock, tmp_path)
        key, _ = accounts.add_key("pacs", frozenset({Right.READ}), by=LOCAL)
        assert is_good(other, token)
        assert is_good(other, key)

        accounts.log_out(token, everywhere=True)
        accounts.revoke_key("pacs")

        assert not is_good(accounts, token)
        assert not is_good(accounts, key)
        clock.pass_by(seconds=VERIFIED_FOR_S)
        assert not is_good(other, token)
        assert not is_good(other, key)

    def test_a_token_is_looked_up_once_in_a_while(
        self, accounts: Accounts, token: str, clock: MovingClock
    ) -> None:
        assert accounts.remembered(token) is None
        accounts.verify(token)
        assert accounts.remembered(token) is not None
        clock.pass_by(seconds=VERIFIED_FOR_S)

        assert accounts.remembered(token) is None

    def test_so_is_one_that_is_none(self, accounts: Accounts) -> None:
        with pytest.raises(NotAuthenticated):
            accounts.verify("rgn_nothing")

        with pytest.raises(NotAuthenticated):
            accounts.remembered("rgn_nothing")


class TestKeys:
    def test_one_has_its_rights_its_site_and_an_end(
        self, accounts: Accounts, clock: MovingClock
    ) -> None:
        key, record = accounts.add_key(
            "pacs",
            frozenset({Right.PREDICT}),
            by=LOCAL,
            site="  St.   Anna ",
            lifetime=timedelta(days=2),
        )

        assert accounts.verify(key) == Principal(
            "pacs", "key", frozenset({Right.PREDICT}), "St. Anna"
        )
        assert record.created_by == "local"
        clock.pass_by(days=2)
        assert not is_good(accounts, key)

    def test_it_cannot_do_more_than_whoever_made_it(self, accounts: Accounts) -> None:
        helper = Principal("helper", "key", frozenset({Right.ADMIN, Right.READ}))

        accounts.add_key("reader", frozenset({Right.READ}), by=helper)

        with pytest.raises(Forbidden, match="promote"):
            accounts.add_key("more", frozenset({Right.READ, Right.PROMOTE}), by=helper)

    def test_without_a_right_it_is_none(self, accounts: Accounts) -> None:
        with pytest.raises(InvalidRequest, match="at least one right"):
            accounts.add_key("none", frozenset(), by=LOCAL)

    @pytest.mark.parametrize("name", ["", "Ünal", "a b", "-x", "local", "gate", "x" * 65])
    def test_names_are_plain_and_not_those_of_the_program(
        self, accounts: Accounts, name: str
    ) -> None:
        with pytest.raises(InvalidRequest):
            accounts.add_key(name, frozenset({Right.READ}), by=LOCAL)

    def test_a_user_and_a_key_never_share_a_name(self, accounts: Accounts, token: str) -> None:
        with pytest.raises(Conflict, match="maria"):
            accounts.add_key("maria", frozenset({Right.READ}), by=LOCAL)
        accounts.add_key("pacs", frozenset({Right.READ}), by=LOCAL)
        with pytest.raises(Conflict, match="pacs"):
            accounts.add_user("pacs", Role.VIEWER, PASSWORD)


class TestTheLastAdmin:
    def test_they_stay(self, accounts: Accounts) -> None:
        accounts.add_user("root", Role.ADMIN, PASSWORD)

        with pytest.raises(Conflict, match="last one"):
            accounts.remove_user("root")
        with pytest.raises(Conflict, match="last one"):
            accounts.change_user("root", role=Role.OPERATOR)
        accounts.add_user("second", Role.ADMIN, PASSWORD)
        accounts.change_user("root", role=Role.OPERATOR)

        with pytest.raises(NotFound):
            accounts.remove_user("nobody")


class TestTheFirstUser:
    def test_the_token_of_all_processes_makes_one_admin(
        self, accounts: Accounts, database: Engine, clock: MovingClock, tmp_path: Path
    ) -> None:
        other = accounts_over(database, clock, tmp_path)
        token = accounts.first_user.get()
        assert other.first_user.get() == token
        assert accounts.first_user.path.stat().st_mode & 0o077 == 0

        with pytest.raises(NotAuthenticated, match="one-time token"):
            other.add_first_user("guess", "maria", PASSWORD, address="a")
        begun = other.add_first_user(token, "maria", PASSWORD, address="a")

        assert begun.principal.may(Right.ADMIN)
        assert accounts.verify(begun.token).name == "maria"
        with pytest.raises(NotAuthenticated):
            accounts.add_first_user(token, "li", PASSWORD, address="a")

    def test_where_there_is_a_user_it_makes_no_second_one(self, accounts: Accounts) -> None:
        accounts.add_user("maria", Role.ADMIN, PASSWORD)

        with pytest.raises(Conflict, match="already"):
            accounts.add_first_user(accounts.first_user.get(), "li", PASSWORD, address="a")
