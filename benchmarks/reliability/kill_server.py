"""Is an answer that was given ever lost? `python -m benchmarks.reliability.kill_server`.

Sends small films over several connections, kills the server (SIGKILL) in the middle of it, starts
it again on the same records, and goes on. At the end every id that a client was given must be in
`GET /predictions`. Exit code 1 if one is not.
"""

import argparse
import signal
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import psutil
import requests

from api.reports.markdown import table
from benchmarks.support.local_server import server
from benchmarks.support.prediction_log import kept_ids


@dataclass
class Clients:
    """Send a film until `enough` were answered, or the server is gone; keep the ids."""

    url: str
    image: bytes
    enough: int
    answered: list[str] = field(default_factory=list)
    broken: int = 0
    refused: int = 0

    def __post_init__(self) -> None:
        self.arrived = threading.Event()

    def send(self) -> None:
        """On one connection; several threads may do so."""
        with requests.Session() as session:
            while not self.arrived.is_set():
                self._one(session)

    def go_on(self) -> None:
        """The same, until the server is gone."""
        with requests.Session() as session:
            while not self.broken:
                self._one(session)

    def _one(self, session: requests.Session) -> None:
        try:
            answer = session.post(self.url + "/predict", files={"file": self.image}, timeout=60)
        except requests.RequestException:
            self.broken += 1
            self.arrived.set()
            return
        if answer.ok:
            self.answered.append(answer.json()["id"])
        else:
            self.refused += 1
        if len(self.answered) >= self.enough:
            self.arrived.set()


def main() -> None:
    """Kill, restart, compare."""
    options = _arguments()
    answered: list[str] = []
    under_way = refused = 0
    started = time.perf_counter()
    share = -(-options.requests // (options.kills + 1))
    with tempfile.TemporaryDirectory() as state:
        for _ in range(options.kills):
            with server(state_dir=state) as url:
                clients = _killed_in_the_middle(url, share, options.clients)
            answered += clients.answered
            under_way += clients.broken
            refused += clients.refused
        with server(state_dir=state) as url:
            last = Clients(url, _image(url), share)
            with ThreadPoolExecutor(options.clients) as pool:
                for _ in range(options.clients):
                    pool.submit(last.send)
            answered += last.answered
            stored = kept_ids(url)
    lost = set(answered) - stored
    rows = [
        ("requests answered", f"{len(answered)}"),
        ("kills (SIGKILL)", f"{options.kills}"),
        ("requests that a kill broke off", f"{under_way}"),
        ("refused", f"{refused + last.refused}"),
        ("answers in GET /predictions", f"{len(stored)}"),
        ("answers that were given and are not there", f"{len(lost)}"),
        ("seconds", f"{time.perf_counter() - started:.0f}"),
    ]
    print(table(("figure", "measured"), rows))
    raise SystemExit(1 if lost or last.broken else 0)


def _killed_in_the_middle(url: str, count: int, connections: int) -> Clients:
    (worker,) = requests.get(url + "/status", timeout=60).json()["workers"]
    clients = Clients(url, _image(url), count)
    with ThreadPoolExecutor(connections) as pool:
        for _ in range(connections):
            pool.submit(clients.go_on)
        clients.arrived.wait()
        psutil.Process(worker["pid"]).send_signal(signal.SIGKILL)
    return clients


def _image(url: str) -> bytes:
    return requests.get(url + "/phantoms/Normal.png?seed=1", timeout=60).content


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=1)
    parser.add_argument("--clients", type=int, default=8)
    return parser.parse_args()


if __name__ == "__main__":
    main()
