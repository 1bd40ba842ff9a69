"""Does an answer cost more the longer the server has been running?

Run it with `python -m benchmarks.growth.query_times`.

Fills the records of servers with 10^4, 10^5 and 10^6 predictions of the last 31 days, a twentieth
as many samples, a tenth as many words about answers, a two-hundredth as many jobs (`--postgresql`:
10^5, 10^6 and 10^7 in a PostgreSQL server of its own, filled by SQL, which takes 18 GB below /tmp
that are removed at the end); starts all servers at once, and asks each route of each in turn, so
that a busy machine slows them all alike.
Shows the time below which a tenth of the requests were, in milliseconds (what other programs add
is not in it), what it is relative to the smallest, and by how much the peak of the server's
resident memory rose meanwhile. Exit code 1 if a route of the largest takes more than twice as long
as with the smallest, or its peak rises by 32 MB more.

    python -m benchmarks.growth.query_times --postgresql --only /status /predictions /review
"""

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from api.reports.markdown import table
from benchmarks.growth import postgres_records
from benchmarks.growth.records import Filled, fill
from benchmarks.support.local_server import LocalServer
from tests.support import postgres
from tests.support.postgres import PostgresServer

# Fewest and most answers: of SQLite, and of PostgreSQL.
SIZES = (10_000, 1_000_000)
SIZES_POSTGRESQL = (100_000, 10_000_000)
# So that upkeep of the database's own does not come while something is measured. Filling it waits
# for no disk (`fsync=off`, as in the tests): what is measured reads, and commits next to nothing.
OPTIONS = ("autovacuum=off", "max_wal_size=8GB", "shared_buffers=1GB")
MAX_RATIO = 2.0
MAX_RISE_MB = 32.0
# A route that takes less than this cannot be told from the noise of HTTP.
FLOOR_MS = 1.0
CLEAR_PEAK = "5"
WINDOWS = {"1 min": 1, "15 min": 15, "60 min": 60, "6 h": 360, "24 h": 1440, "31 days": 44_640}


@dataclass(slots=True)
class Server:
    """A running server with so many predictions, and what was measured of it, by route."""

    rows: int
    running: LocalServer
    filled: Filled
    session: requests.Session = field(default_factory=lambda: _session())
    times_ms: dict[str, list[float]] = field(default_factory=dict)
    rise_mb: dict[str, float] = field(default_factory=dict)

    def ask(self, name: str, path: str) -> None:
        """Ask once and note how long it took."""
        begun = time.perf_counter()
        answer = self.session.get(self.running.url + path, timeout=600)
        took_ms = (time.perf_counter() - begun) * 1e3
        if not answer.ok:
            raise SystemExit(f"Error: GET {path} gave {answer.status_code}: {answer.text[:300]}")
        self.times_ms.setdefault(name, []).append(took_ms)

    def time_ms(self, name: str) -> float:
        """The time below which a tenth of the requests were."""
        return statistics.quantiles(self.times_ms[name], n=10)[0]

    @property
    def _process_folder(self) -> Path:
        assert self.running.process is not None
        return Path("/proc") / str(self.running.process.pid)

    def forget_peak(self) -> None:
        """Let the peak of resident memory begin with what is resident now (Linux)."""
        (self._process_folder / "clear_refs").write_text(CLEAR_PEAK)

    def peak_mb(self) -> float:
        """The peak since then."""
        lines = (self._process_folder / "status").read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def _session() -> requests.Session:
    """One that asks again where the server has just closed a connection that was idle."""
    session = requests.Session()
    session.mount("http://", HTTPAdapter(max_retries=Retry(connect=0, read=1, backoff_factor=0)))
    return session


def routes(filled: Filled) -> dict[str, str]:
    """What is asked, by the name under which it is shown."""
    prediction = f"/predictions/{filled.prediction}"
    explained = {
        "/predictions/{id}": f"{prediction}?explain=true",
        "/predictions/{id}/heatmap.png": f"{prediction}/heatmap.png",
    }
    return {
        "/status": "/status",
        **{
            f"/status/activity, {name}": f"/status/activity?window_minutes={minutes}"
            for name, minutes in WINDOWS.items()
        },
        "/predictions": "/predictions?limit=50",
        "/predictions, from the middle": f"/predictions?limit=50&before={filled.prediction}",
        **(explained if filled.has_heatmap else {"/predictions/{id}": prediction}),
        "/review": "/review",
        "/samples": "/samples?limit=50",
        "/samples, from the middle": f"/samples?limit=50&after={filled.sample}",
        "/samples, of a class": "/samples?limit=50&label=Normal",
        "/samples, disputed": "/samples?limit=50&disputed=true",
        "/samples/summary": "/samples/summary",
        "/retrain": "/retrain",
        "/models": "/models",
    }  # fmt: skip


def main() -> None:
    chosen = _arguments()
    smallest, largest = SIZES_POSTGRESQL if chosen.postgresql else SIZES
    with ExitStack() as stack:
        folder = chosen.folder or stack.enter_context(tempfile.TemporaryDirectory())
        database = stack.enter_context(postgres.running(*OPTIONS)) if chosen.postgresql else None
        servers = [
            _started(Path(folder), rows, stack, database)
            for rows in _sizes(chosen.smallest or smallest, chosen.rows or largest)
        ]
        for name in routes(servers[0].filled):
            if not chosen.only or name.startswith(tuple(chosen.only)):
                _measure(servers, name, chosen.times)
        print(report(servers))
        slow = too_slow(servers[0], servers[-1])
    for sentence in slow:
        print(sentence, file=sys.stderr)
    raise SystemExit(1 if slow else 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgresql", action="store_true", help="in place of SQLite")
    parser.add_argument("--smallest", type=int, help="predictions of the smallest")
    parser.add_argument("--rows", type=int, help="predictions of the largest")
    parser.add_argument("--times", type=int, default=40, help="requests of each route")
    parser.add_argument("--only", nargs="+", help="routes whose names begin so")
    parser.add_argument("--folder", help="where the records stay and are used again; of SQLite")
    return parser.parse_args()


def _sizes(smallest: int, largest: int) -> list[int]:
    """From the smallest in steps of ten to the largest."""
    sizes = [smallest]
    while sizes[-1] * 10 < largest:
        sizes.append(sizes[-1] * 10)
    return [*sizes, largest]


def _started(
    folder: Path, rows: int, stack: ExitStack, database: PostgresServer | None = None
) -> Server:
    home = folder / str(rows)
    begun = time.perf_counter()
    settings = {}
    if database:
        settings["database_url"] = url = database.create()
        filled = postgres_records.fill(url, rows)
        size_mb = postgres_records.size_mb(url)
    else:
        filled = fill(home / "state" / "roentgen.db", rows)
        size_mb = (home / "state" / "roentgen.db").stat().st_size / 1e6
    print(f"{rows} predictions: {time.perf_counter() - begun:.0f} s, {size_mb:.0f} MB", flush=True)
    first = next(
        (path for path in folder.glob("*/state/compiled") if path.parents[1] != home), None
    )
    if first is not None and not (home / "state" / "compiled").exists():
        shutil.copytree(first, home / "state" / "compiled")
    running = LocalServer(home, settings=settings)
    running.start()
    stack.callback(running.stop)
    return Server(rows, running, filled)


def _measure(servers: list[Server], name: str, times: int) -> None:
    for server in servers:
        for _ in range(3):
            server.ask(name, routes(server.filled)[name])
        server.times_ms[name].clear()
        server.forget_peak()
    before = [server.peak_mb() for server in servers]
    for _ in range(times):
        for server in servers:
            server.ask(name, routes(server.filled)[name])
    for server, peak_mb in zip(servers, before, strict=True):
        server.rise_mb[name] = server.peak_mb() - peak_mb


def ratio(smallest: Server, largest: Server, name: str) -> float:
    """How much longer a route takes."""
    return max(largest.time_ms(name), FLOOR_MS) / max(smallest.time_ms(name), FLOOR_MS)


def report(servers: list[Server]) -> str:
    """A row a route: the time of each server, how the last relates to the first, and its memory."""
    header = (
        "route",
        *(f"{server.rows} rows, ms" for server in servers),
        "ratio",
        "peak rises by, MB",
    )
    rows = [
        (
            name,
            *(f"{server.time_ms(name):.1f}" for server in servers),
            f"{ratio(servers[0], servers[-1], name):.2f}",
            f"{servers[-1].rise_mb[name]:.1f}",
        )
        for name in servers[0].times_ms
    ]
    return table(header, rows)


def too_slow(smallest: Server, largest: Server) -> list[str]:
    """What grows with the history, a sentence each."""
    found = []
    for name in smallest.times_ms:
        if (times := ratio(smallest, largest, name)) > MAX_RATIO:
            found.append(f"{name} takes {times:.2f} times as long; at most {MAX_RATIO:g} is meant.")
        more_mb = largest.rise_mb[name] - smallest.rise_mb[name]
        if more_mb > MAX_RISE_MB:
            found.append(f"{name} takes {more_mb:.0f} MB more memory.")
    return found


if __name__ == "__main__":
    main()
