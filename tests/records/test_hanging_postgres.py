"""A PostgreSQL server that closes no connection and answers nothing: nobody waits without end."""

import contextlib
import os
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack

import pytest
from sqlalchemy import Engine, text

from api.errors import StoreBusy
from api.records.database import open_database, reading, writing
from api.records.locks import DatabaseLock
from api.records.postgres_connections import (
    ANSWER_S,
    CONNECT_S,
    KEEPALIVE,
    STATEMENT_S,
    Connector,
    TimeLimits,
)
from tests.support.database_relay import Way, relayed
from tests.support.databases import postgres
from tests.support.postgres import ACCOUNT, PostgresServer, programs
from tests.support.waiting import wait_until

pytestmark = pytest.mark.skipif(
    programs() is None and not os.environ.get("CI"), reason="PostgreSQL is not installed"
)
TIMEOUT_S = 1.0
# The server says nothing when it is asked whether it is there (1 s), nor to a new connection (2 s).
ASKED_S = 1.0 + 2.0
# On a machine that does other things too.
ROOM_S = 8.0
WAIT_LIMIT_S = 30.0
Hang = Callable[[], AbstractContextManager[None]]
Measured = Callable[[Callable[[], object]], float]


@pytest.fixture(scope="module")
def server() -> PostgresServer:
    return postgres()


@pytest.fixture(scope="module")
def relay(server: PostgresServer) -> Iterator[tuple[str, Way]]:
    url = server.create()
    open_database(url, timeout_s=5).dispose()
    with relayed(server, url) as found:
        yield found
    server.drop(url)


@pytest.fixture
def engine(relay: tuple[str, Way]) -> Iterator[Engine]:
    engine = open_database(relay[0], timeout_s=TIMEOUT_S, for_requests=True)
    asked(engine)
    yield engine
    engine.dispose()


@pytest.fixture(params=["frozen", "cut off"])
def hang(request: pytest.FixtureRequest, server: PostgresServer, relay: tuple[str, Way]) -> Hang:
    return server.frozen if request.param == "frozen" else lambda: cut_off(relay[1])


@contextlib.contextmanager
def cut_off(way: Way) -> Iterator[None]:
    way.is_open.clear()
    try:
        yield
    finally:
        way.is_open.set()


def asked(engine: Engine) -> int:
    with reading(engine) as connection:
        return int(connection.execute(text("SELECT 1")).scalar_one())


@pytest.fixture
def seconds_until_busy() -> Iterator[Callable[[Callable[[], object]], float]]:
    """On a thread, so that a test that fails does not wait for a server that it has stopped."""
    with ThreadPoolExecutor(1) as pool:

        def measured(work: Callable[[], object]) -> float:
            begun = time.monotonic()
            with pytest.raises(StoreBusy, match="try again"):
                pool.submit(work).result(timeout=WAIT_LIMIT_S)
            return time.monotonic() - begun

        yield measured


class TestWhoAsks:
    def test_is_told_in_time_and_the_next_ones_at_once(
        self, engine: Engine, hang: Hang, seconds_until_busy: Measured
    ) -> None:
        with hang():
            assert seconds_until_busy(lambda: asked(engine)) < ASKED_S + ROOM_S
            assert seconds_until_busy(lambda: asked(engine)) < 1.5

        wait_until(lambda: is_answered(engine), "the database answered", wait_limit_s=5)

    def test_is_told_in_time_of_a_statement_that_was_at_work(
        self, engine: Engine, hang: Hang, seconds_until_busy: Measured
    ) -> None:
        def write() -> None:
            with writing(engine) as connection:
                opened.enter_context(hang())
                connection.execute(text("SELECT 1"))

        with ExitStack() as opened:
            assert seconds_until_busy(write) < STATEMENT_S + ANSWER_S + ROOM_S
        wait_until(lambda: is_answered(engine), "the database answered", wait_limit_s=5)

    def test_is_not_kept_by_a_lock_that_is_let_go(
        self, engine: Engine, hang: Hang, seconds_until_busy: Measured
    ) -> None:
        lock = DatabaseLock(engine, "x.lock")
        assert lock.acquire()

        def let_go() -> None:
            lock.release()
            asked(engine)

        with hang():
            assert seconds_until_busy(let_go) < CONNECT_S + ASKED_S + ROOM_S


class TestTwoServers:
    def test_the_one_that_is_left_answers_for_the_one_that_is_cut_off(
        self, server: PostgresServer, relay: tuple[str, Way]
    ) -> None:
        url, way = relay
        address, _, name = url.partition("@")[2].partition("/")
        host, _, port = address.partition(":")
        # Two ways to one server, as to a primary and to the standby that was promoted.
        both = (
            f"postgresql+psycopg://{ACCOUNT}@/{name}?host={host},{server.folder}&port={port},5432"
        )
        engine = open_database(both, timeout_s=TIMEOUT_S, for_requests=True)
        asked(engine)

        with ThreadPoolExecutor(1) as pool, cut_off(way):
            begun = time.monotonic()
            assert pool.submit(asked, engine).result(timeout=WAIT_LIMIT_S) == 1
            assert time.monotonic() - begun < ASKED_S + ROOM_S
        engine.dispose()


class TestWhoeverIsInNoHurry:
    def test_waits_for_a_server_that_stands_still(
        self, relay: tuple[str, Way], server: PostgresServer
    ) -> None:
        """As a trainer, or an upgrade of the records."""
        engine = open_database(relay[0], timeout_s=TIMEOUT_S)
        with engine.connect() as connection:
            held = connection.connection.dbapi_connection
            assert getattr(held, "answer_s", 0) is None
            assert connection.exec_driver_sql("SHOW statement_timeout").scalar_one() == "0"
        engine.dispose()


class TestAStatement:
    def test_that_takes_long_is_ended_by_the_server(self, engine: Engine) -> None:
        begun = time.monotonic()
        with pytest.raises(StoreBusy), reading(engine) as connection:
            connection.execute(text("SELECT pg_sleep(60)"))

        assert time.monotonic() - begun < STATEMENT_S + ROOM_S
        assert asked(engine) == 1


class TestTheNetwork:
    def test_a_machine_that_is_gone_is_noticed_by_both_sides(self, engine: Engine) -> None:
        """No packet may be lost here, so what the kernel was told has to do."""
        with engine.connect() as connection:
            held = connection.connection.dbapi_connection
            assert held is not None
            own = socket.socket(fileno=os.dup(held.pgconn.socket))
            with own:
                tcp = socket.IPPROTO_TCP
                assert own.getsockopt(tcp, socket.TCP_USER_TIMEOUT) == 5_000
                assert own.getsockopt(tcp, socket.TCP_KEEPIDLE) == 2
            settings = TimeLimits.of(5, for_requests=True).settings
        assert {f"tcp_{name}" for name in KEEPALIVE if name.startswith("keepalives_")} <= {
            *settings
        }
        assert settings["tcp_user_timeout"] == 5_000

    def test_after_a_connection_in_vain_none_is_tried_for_a_while(self) -> None:
        from psycopg.errors import ConnectionTimeout

        listening, moments = socket.create_server(("127.0.0.1", 0)), iter([0.0, 0.0, 1.0, 3.0, 3.0])
        options = {"host": "127.0.0.1", "port": listening.getsockname()[1], "connect_timeout": 2}
        connect = Connector(TimeLimits.of(1, for_requests=True), lambda: next(moments))
        with listening:
            for is_tried in (True, False, True):
                begun = time.monotonic()
                with pytest.raises(ConnectionTimeout):
                    connect(None, None, [], options)
                assert (time.monotonic() - begun > 1) is is_tried


def is_answered(engine: Engine) -> bool:
    try:
        return asked(engine) == 1
    except StoreBusy:
        return False
