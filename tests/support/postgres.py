"""A PostgreSQL server of the tests' own: on a socket, in a folder that goes with them."""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

# It loses nothing but a crash of the machine, which no test survives. What measures times has to
# ask for the other: a commit that waits for no disk is quicker than any that a server may promise.
FAST = ("fsync=off", "full_page_writes=off")
DURABLE = ("fsync=on", "full_page_writes=on", "synchronous_commit=on")
USUAL = ("max_connections=400",)
ACCOUNT = "postgres"


def programs() -> Path | None:
    """The folder of the newest server that is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name))
    if found:
        return found[-1]
    named = shutil.which("initdb")
    return Path(named).parent if named else None


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """One that runs; each test has a database of its own."""

    folder: Path
    bin: Path
    options: tuple[str, ...] = ()

    def url(self, name: str) -> str:
        """As `ROENTGEN_DATABASE_URL` names a database of it."""
        return f"postgresql+psycopg://{ACCOUNT}@/{name}?host={self.folder}"

    def create(self, *, template: str = "template1") -> str:
        """A new database; returns its URL."""
        name = f"t{uuid.uuid4().hex[:16]}"
        self._psql(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def drop(self, url: str) -> None:
        """With whoever is connected."""
        self._psql(f"DROP DATABASE IF EXISTS {_name_in(url)} WITH (FORCE)")

    def dump(self, url: str) -> str:
        """All of a database as SQL, a statement a row."""
        file = self.folder / f"{_name_in(url)}.sql"
        self._run(
            "pg_dump", "-h", str(self.folder), "-U", ACCOUNT, "-f", str(file),
            "--inserts", "--no-owner", "--no-privileges", _name_in(url),
        )  # fmt: skip
        return file.read_text(encoding="utf-8")

    def load(self, url: str, file: Path) -> None:
        """Run a file of SQL on a database."""
        copy = self.folder / f"{_name_in(url)}.sql"
        shutil.copyfile(file, copy)
        self._run(
            "psql", "-h", str(self.folder), "-U", ACCOUNT, "-qX", "-v", "ON_ERROR_STOP=1",
            "-f", str(copy), _name_in(url),
        )  # fmt: skip

    def start(self) -> None:
        """Accept connections again."""
        options = " ".join(f"-c {each}" for each in (*USUAL, *self.options))
        self._run(
            "pg_ctl", "-D", f"{self.folder}/data", "-l", f"{self.folder}/log", "-w", "start",
            "-o", f"-k {self.folder} -c listen_addresses='' {options}",
        )  # fmt: skip

    def stop(self, *, mode: str = "fast") -> None:
        """`immediate` is as if it were killed."""
        self._run("pg_ctl", "-D", f"{self.folder}/data", "-m", mode, "-w", "stop")

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """All its processes stand still, as where its disk or its machine does; no connection
        ends, and new ones are accepted by the kernel."""
        pid = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        postmaster = psutil.Process(pid)
        # First: it starts no other one then.
        postmaster.suspend()
        stopped = [postmaster, *postmaster.children()]
        for process in stopped[1:]:
            _signal(process.suspend)
        try:
            yield
        finally:
            for process in stopped:
                _signal(process.resume)

    def promote(self) -> None:
        """Make a standby take changes."""
        self._run("pg_ctl", "-D", f"{self.folder}/data", "-w", "promote")

    def _psql(self, statement: str) -> None:
        self._run("psql", "-h", str(self.folder), "-U", ACCOUNT, "-qXc", statement, "postgres")

    def _run(self, program: str, *arguments: str) -> None:
        # The server refuses to run as root.
        user = ACCOUNT if os.getuid() == 0 else None
        done = subprocess.run(
            [str(self.bin / program), *arguments],
            user=user,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            timeout=300,
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr}")


@contextlib.contextmanager
def running(*options: str, durable: bool = False) -> Iterator[PostgresServer]:
    """A new server, stopped and removed at the end; `options` of its own (`work_mem=64MB`).

    Args:
        durable: a commit is on the disk before it is acknowledged, as by default.
    """
    found = programs()
    if found is None:
        raise RuntimeError("PostgreSQL is not installed (Debian: postgresql)")
    how = DURABLE if durable else FAST
    with _stopped_at_the_end(PostgresServer(_own_folder(), found, (*how, *options))) as server:
        server._run(
            "initdb", "-D", f"{server.folder}/data", "-U", ACCOUNT, "-A", "trust", "-N",
            "-E", "UTF8", "--locale=C",
        )  # fmt: skip
        server.start()
        yield server


@contextlib.contextmanager
def standby_of(primary: PostgresServer) -> Iterator[PostgresServer]:
    """A second server that follows the first until it is promoted."""
    with _stopped_at_the_end(PostgresServer(_own_folder(), primary.bin, FAST)) as server:
        server._run(
            "pg_basebackup", "-h", str(primary.folder), "-U", ACCOUNT,
            "-D", f"{server.folder}/data", "-R", "-c", "fast", "--no-sync",
        )  # fmt: skip
        server.start()
        yield server


def _name_in(url: str) -> str:
    return url.partition("@/")[2].partition("?")[0]


def _own_folder() -> Path:
    # A socket's path has at most 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="roentgen-pg-", dir="/tmp"))
    if os.getuid() == 0:
        os.chown(folder, pwd.getpwnam(ACCOUNT).pw_uid, -1)
    return folder


@contextlib.contextmanager
def _stopped_at_the_end(server: PostgresServer) -> Iterator[PostgresServer]:
    try:
        yield server
    finally:
        with contextlib.suppress(RuntimeError):
            server.stop(mode="immediate")
        shutil.rmtree(server.folder, ignore_errors=True)


def _signal(send: Callable[[], None]) -> None:
    """A process that was about to end has ended, and the others are still to be told."""
    with contextlib.suppress(psutil.NoSuchProcess):
        send()
